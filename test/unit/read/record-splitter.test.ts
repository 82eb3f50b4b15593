// SPDX-License-Identifier: Apache-2.0
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createRecordSplitter } from "../../../src/read/record-splitter.ts";
import type { RecordSplitter } from "../../../src/read/record-splitter.ts";

function splitterAt(offset: number, maxRecordBytes = 1000): RecordSplitter {
  const position = { offset, crc32: 0, framing: "json-lines" } as const;
  return createRecordSplitter({ ...position, maxRecordBytes, keptBytes: 4 });
}

function seen(splitter: RecordSplitter, text: string): unknown[] {
  return splitter
    .push(Buffer.from(text))
    .map(({ tile, offset, buffer, from, to }) => [
      tile.start,
      tile.end,
      offset,
      buffer.toString("utf8", from, to),
    ]);
}

describe("record splitter, for JSON Lines", () => {
  it("cuts lines at the newline and leaves a half-written line unread", () => {
    const splitter = splitterAt(100);
    expect(seen(splitter, '{"a":1}\n{"b":2}\n{"c"')).toEqual([
      [100, 108, 100, '{"a":1}'],
      [108, 116, 108, '{"b":2}'],
    ]);
    expect([splitter.tiledTo, splitter.tailBytes]).toEqual([116, 4]);
    expect(seen(splitter, ":3}\n")).toEqual([[116, 124, 116, '{"c":3}']]);
  });

  it("gives BOM, CR and blank lines to a neighbour's tile and keeps them out of the text", () => {
    expect(seen(splitterAt(0), "\ufeff{}\r\n\r\n \n{}\n")).toEqual([
      [0, 7, 3, "{}"],
      [7, 14, 11, "{}"],
    ]);
  });

  it("gives blank lines that nothing follows a tile of their own, so that the cursor passes them", () => {
    const splitter = splitterAt(0);
    expect(seen(splitter, "{}\n\n\n")).toEqual([
      [0, 3, 0, "{}"],
      [3, 5, 5, ""],
    ]);
    expect(splitter.tiledTo).toBe(5);
  });

  it("joins a character that two windows cut in half", () => {
    const bytes = Buffer.from('{"name":"Žofie €"}\n');
    for (let cut = 1; cut < bytes.length; cut++) {
      const splitter = splitterAt(0);
      const records = [
        ...splitter.push(Buffer.from(bytes.subarray(0, cut))),
        ...splitter.push(Buffer.from(bytes.subarray(cut))),
      ].filter((tile) => tile.length > 0);
      expect(records.map((r) => r.buffer.toString("utf8", r.from, r.to))).toEqual([
        '{"name":"Žofie €"}',
      ]);
    }
  });

  it("keeps only the first bytes of an oversize line, its whole length, and goes on behind it", () => {
    const splitter = splitterAt(0, 10);
    const tiles = splitter.push(Buffer.from("0123456789ab"));
    tiles.push(...splitter.push(Buffer.from("cdef")), ...splitter.push(Buffer.from("gh\n{}\n")));
    expect(tiles.map((t) => [t.isOversize, t.offset, t.length, t.to - t.from])).toEqual([
      [true, 0, 18, 4],
      [false, 19, 2, 2],
    ]);
    expect(tiles.map((t) => t.tile)).toEqual([
      { start: 0, end: 18 },
      { start: 18, end: 22 },
    ]);
    expect(splitter.tiledTo).toBe(22);
  });

  it("hands out the last line without newline when it is asked to, and reads on behind it", () => {
    const splitter = splitterAt(0);
    expect(splitter.push(Buffer.from('{"a":1}'))).toEqual([]);
    const [tail, ...others] = splitter.takeTail();
    expect(others).toEqual([]);
    expect(tail?.tile).toEqual({ start: 0, end: 7 });
    expect(tail?.crcAtEnd).toBe(crc32('{"a":1}'));
    expect(splitter.takeTail()).toEqual([]);
    expect(seen(splitter, "\n{}\n")).toEqual([[7, 11, 8, "{}"]]);
  });

  it("does not hold the memory of a window for its unterminated rest", () => {
    const splitter = splitterAt(0);
    const window = Buffer.from('{}\n{"tail":');
    splitter.push(window);
    window.fill(0);
    const [record] = splitter.push(Buffer.from("1}\n"));
    expect(record?.buffer.toString("utf8", record.from, record.to)).toBe('{"tail":1}');
  });
});
