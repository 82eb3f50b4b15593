// SPDX-License-Identifier: Apache-2.0
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { RawRecord } from "../../../src/model.ts";
import { separateObjects } from "../../../src/read/objects-on-a-line.ts";
import { createRecordSplitter } from "../../../src/read/record-splitter.ts";

const BEFORE = Buffer.from('{"first":1}\n');

/** The only record of a text that stands behind another line. */
function lineOf(text: string): RawRecord {
  const position = { offset: BEFORE.length, crc32: crc32(BEFORE), framing: "json-lines" } as const;
  const splitter = createRecordSplitter({ ...position, maxRecordBytes: 1_000, keptBytes: 4 });
  const [raw] = splitter.push(Buffer.from(text));
  if (raw === undefined) throw new Error("no record");
  return raw;
}

function textsOf(text: string): string[] | undefined {
  const parts = separateObjects(lineOf(text), crc32(BEFORE));
  return parts?.map(({ buffer, from, to }) => buffer.toString("utf8", from, to));
}

describe("separateObjects", () => {
  it("cuts whole objects, with blanks and commas between them", () => {
    expect(textsOf('{"a":1}{"b":"}{"}\t, {"c":3},\n')).toEqual([
      '{"a":1}',
      '{"b":"}{"}',
      '{"c":3}',
    ]);
  });

  it("leaves an object that was never finished as the last one", () => {
    expect(textsOf('{"a":1}{"b":\n')).toEqual(['{"a":1}', '{"b":']);
  });

  it("takes the rest of a line that a cursor has come to", () => {
    expect(textsOf(' ,{"b":2}\n')).toEqual(['{"b":2}']);
  });

  it.each([
    '{"a":1}\n',
    '{"a":1},\n',
    ",\n",
    '{"a":1\n',
    '{"id":1}}\n',
    '{"a":1}x\n',
    'x{"a":1}{"b":2}\n',
    '"s":{"a":1}\n',
    "1 2\n",
    '{"a":1}]{"b":2}\n',
    '{"a":1}[2]\n',
  ])("leaves any other line whole, for an object in it may be a piece of one: %j", (text) => {
    expect(textsOf(text)).toBeUndefined();
  });

  it("tiles the line's tile, with the CRC-32 at each end", () => {
    const text = ' \n\n  {"é":1} {"b":2},\r\n';
    const parts = separateObjects(lineOf(text), crc32(BEFORE)) ?? [];
    const blob = Buffer.concat([BEFORE, Buffer.from(text)]);
    expect(parts.map(({ tile }) => [tile.start, tile.end])).toEqual([
      [BEFORE.length, BEFORE.length + 13],
      [BEFORE.length + 13, blob.length],
    ]);
    for (const { tile, crcAtEnd, offset, length, buffer, from, to } of parts) {
      expect(crcAtEnd).toBe(crc32(blob.subarray(0, tile.end)));
      expect(blob.subarray(offset, offset + length)).toEqual(buffer.subarray(from, to));
    }
  });
});
