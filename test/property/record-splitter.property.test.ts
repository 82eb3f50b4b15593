// SPDX-License-Identifier: Apache-2.0
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RawRecord } from "../../src/model.ts";
import { createRecordSplitter } from "../../src/read/record-splitter.ts";

const MAX_RECORD_BYTES = 40;
const KEPT_BYTES = 12;

/** Bytes that look like trouble: newlines, CRs, blanks, BOM bytes, multi-byte characters, and text. */
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constant(Buffer.from("\n")) },
  { weight: 1, arbitrary: fc.constant(Buffer.from("\r\n")) },
  { weight: 1, arbitrary: fc.constant(Buffer.from(" \t")) },
  { weight: 1, arbitrary: fc.constant(Buffer.from([0xef, 0xbb, 0xbf])) },
  { weight: 1, arbitrary: fc.constant(Buffer.from("é€😀")) },
  { weight: 4, arbitrary: fc.string({ maxLength: 8 }).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
);
const blob = fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.concat(pieces));
const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });

interface Split {
  readonly tiles: RawRecord[];
  readonly tiledTo: number;
  readonly tailBytes: number;
  readonly tail: RawRecord | undefined;
}

function split(bytes: Buffer, at: readonly number[], offset = 0): Split {
  const splitter = createRecordSplitter({
    offset,
    crc32: 0,
    maxRecordBytes: MAX_RECORD_BYTES,
    keptBytes: KEPT_BYTES,
  });
  const edges = [...new Set([0, ...at.filter((cut) => cut < bytes.length), bytes.length])].sort(
    (a, b) => a - b,
  );
  const tiles: RawRecord[] = [];
  for (let index = 1; index < edges.length; index++) {
    // A fresh buffer for each window, as the network gives them, spoiled afterwards where the
    // splitter promised to have copied: only records may still look into it.
    tiles.push(...splitter.push(Buffer.from(bytes.subarray(edges[index - 1], edges[index]))));
  }
  const { tiledTo, tailBytes } = splitter;
  return { tiles, tiledTo, tailBytes, tail: splitter.takeTail() };
}

function textOf(record: RawRecord): string {
  return record.buffer.toString("latin1", record.from, record.to);
}

function contents(tiles: readonly RawRecord[]): unknown[] {
  return tiles
    .filter((tile) => tile.length > 0)
    .map((tile) => [tile.offset, tile.length, tile.isOversize, textOf(tile)]);
}

describe("record splitter, for any bytes in windows of any size", () => {
  it("gives the same records as for the whole blob in one window", () => {
    fc.assert(
      fc.property(blob, cuts, (bytes, at) => {
        const whole = split(bytes, []);
        const cut = split(bytes, at);
        expect(contents(cut.tiles)).toEqual(contents(whole.tiles));
        expect([cut.tiledTo, cut.tailBytes]).toEqual([whole.tiledTo, whole.tailBytes]);
        expect(contents(cut.tail ? [cut.tail] : [])).toEqual(
          contents(whole.tail ? [whole.tail] : []),
        );
      }),
    );
  });

  it("gives tiles that cover the blob without gap, each with the CRC-32 of all bytes before its end", () => {
    fc.assert(
      fc.property(blob, cuts, fc.nat({ max: 1000 }), (bytes, at, offset) => {
        const { tiles, tiledTo, tailBytes, tail } = split(bytes, at, offset);
        let end = offset;
        for (const { tile, crcAtEnd } of tail === undefined ? tiles : [...tiles, tail]) {
          expect(tile.start).toBe(end);
          expect(tile.end).toBeGreaterThan(tile.start);
          end = tile.end;
          expect(crcAtEnd).toBe(crc32(bytes.subarray(0, end - offset)));
        }
        expect(tiledTo + tailBytes).toBe(offset + bytes.length);
        expect(end).toBe(offset + bytes.length);
      }),
    );
  });

  it("loses no content: every line with content is one record, found at its offset", () => {
    fc.assert(
      fc.property(blob, cuts, (bytes, at) => {
        const { tiles, tail } = split(bytes, at);
        const records = [...tiles, ...(tail ? [tail] : [])].filter((tile) => tile.length > 0);
        const lines = bytes.toString("latin1").split("\n");
        const hasContent = (line: string): boolean =>
          line.replace(/^\xef\xbb\xbf/, "").replace(/[ \t\r]+/, "") !== "";
        // A line beyond the maximum is a record whatever is in it: nobody kept enough to tell.
        const expected = lines.filter((line) => line.length > MAX_RECORD_BYTES || hasContent(line));
        expect(records).toHaveLength(expected.length);
        for (const record of records) {
          const found = bytes.toString("latin1", record.offset, record.offset + record.length);
          expect(record.isOversize ? found.slice(0, textOf(record).length) : found).toBe(
            textOf(record),
          );
        }
      }),
    );
  });
});
