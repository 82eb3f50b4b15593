// SPDX-License-Identifier: Apache-2.0
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RawRecord } from "../../src/model.ts";
import { contents, splitBlob, textOf } from "../support/split-blob.ts";
import type { SplitBlob } from "../support/split-blob.ts";

/** Small limits, so that a few bytes cross them. */
const LIMITS = { maxRecordBytes: 40, keptBytes: 12 };

const text = (...texts: string[]): fc.Arbitrary<Buffer> =>
  fc.constantFrom(...texts).map((piece) => Buffer.from(piece));
/** Bytes that look like trouble: newlines, blanks, BOM bytes, multi-byte characters, brackets, quotes, envelopes. */
const piece = fc.oneof(
  { weight: 5, arbitrary: text("\n", "\n", "\r\n", " \t", ",") },
  { weight: 2, arbitrary: fc.constant(Buffer.from([0xef, 0xbb, 0xbf])) },
  { weight: 1, arbitrary: text("é€😀", "\0", '"', "\\", ":", "1") },
  { weight: 3, arbitrary: text("{", "}", "[", "]", '{"records":[', "]}") },
  { weight: 5, arbitrary: text('{"a":1}', '{"b":["}"]}', '{\n  "c": 1\n}', '{"d":"\\""}') },
  { weight: 2, arbitrary: fc.string({ maxLength: 8 }).map((each) => Buffer.from(each)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
);
const blob = fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.concat(pieces));
const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });

/** What may stand outside records: white space, separators, and the brackets of envelopes. */
const OUTSIDE = /^(?:[\s,[\]}]|\xef\xbb\xbf|\{\s*"records"\s*:\s*\[)*$/;

function all({ tiles, tail }: SplitBlob): RawRecord[] {
  return [...tiles, ...tail];
}

describe("record splitter, for any bytes in windows of any size", () => {
  it("gives the same records as for the whole blob in one window", () => {
    fc.assert(
      fc.property(blob, cuts, (bytes, at) => {
        const whole = splitBlob(bytes, LIMITS);
        const cut = splitBlob(bytes, { ...LIMITS, cuts: at });
        expect(contents(all(cut))).toEqual(contents(all(whole)));
        expect(cut.trailerBytes > 0).toBe(whole.trailerBytes > 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it("gives tiles that cover the blob without gap, each with the CRC-32 of all bytes before its end", () => {
    fc.assert(
      fc.property(blob, cuts, (bytes, at) => {
        const split = splitBlob(bytes, { ...LIMITS, cuts: at });
        let end = 0;
        for (const { tile, crcAtEnd } of all(split)) {
          expect(tile.start).toBe(end);
          expect(tile.end).toBeGreaterThan(tile.start);
          end = tile.end;
          expect(crcAtEnd).toBe(crc32(bytes.subarray(0, end)));
        }
        expect(split.tiledTo + split.tailBytes).toBe(bytes.length);
        // Only the end of a document is in no tile.
        expect(end + (split.tail.length > 0 ? 0 : split.trailerBytes)).toBe(bytes.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it("loses no content: what is in no record is white space, a separator or the bracket of an envelope", () => {
    fc.assert(
      fc.property(blob, cuts, (bytes, at) => {
        const split = splitBlob(bytes, { ...LIMITS, cuts: at });
        let outside = "";
        let end = 0;
        for (const record of all(split).filter((tile) => tile.length > 0)) {
          const found = bytes.toString("latin1", record.offset, record.offset + record.length);
          expect(record.isOversize ? found.slice(0, LIMITS.keptBytes) : found).toBe(textOf(record));
          outside += `${bytes.toString("latin1", end, record.offset)}\n`;
          end = record.offset + record.length;
        }
        outside += bytes.toString("latin1", end);
        expect(outside).toMatch(OUTSIDE);
      }),
      { numRuns: 2_000 },
    );
  });
});

const object = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, maxKeys: 4 });
/** Written as a whole line, or as a printer writes it. */
const written = fc
  .tuple(object, fc.constantFrom(0, 2, 4, "\t"))
  .map(([value, indent]) => JSON.stringify(value, undefined, indent))
  .filter((json) => !/^\{\s*"records"\s*:\s*\[/.test(json));
const objects = fc.array(written, { minLength: 1, maxLength: 6 });
const line = written.map((json) => JSON.stringify(JSON.parse(json)));
const gap = fc.constantFrom("", " ", "\n", "\r\n  ");
const end = fc.constantFrom("", "\n", "\r\n\n");

interface Document {
  readonly text: string;
  readonly records: readonly string[];
}

const inEnvelope = fc
  .tuple(
    objects,
    gap,
    gap,
    fc.constantFrom(["[", "]"], ['{"records":[', "]}"], ['[{ "records":\n[', "]}]"]),
    end,
  )
  .map(([records, before, behind, [open, close], last]): Document => {
    const body = records.join(`${before},${behind}`);
    return { text: `${open}${before}${body}${behind}${close}${last}`, records };
  });
const lines = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 6 }), fc.constantFrom("\n", "\r\n", "\n\n"))
  .map(([records, newline]): Document => {
    return { text: records.map((each) => each + newline).join(""), records };
  });
const bare = fc
  .tuple(objects, fc.constantFrom("", " ", ",\n"), end)
  .filter(([records]) => records.length > 1)
  .map(([records, between, last]): Document => ({ text: records.join(between) + last, records }));
const documents = fc.oneof(
  inEnvelope,
  lines,
  bare,
  fc.array(inEnvelope, { minLength: 2, maxLength: 3 }).map((parts): Document => {
    const join = (parts: readonly Document[]): string => parts.map((part) => part.text).join("");
    return { text: join(parts), records: parts.flatMap((part) => part.records) };
  }),
  // Lines, one of which is an envelope of its own.
  fc
    .tuple(lines, fc.array(line, { maxLength: 4 }), lines)
    .map(([first, inside, last]): Document => {
      const text = `${first.text}{"records":[${inside.join(",")}]}\n${last.text}`;
      return { text, records: [...first.records, ...inside, ...last.records] };
    }),
);

describe("record splitter, for JSON objects in any framing", () => {
  it("finds exactly the objects", () => {
    fc.assert(
      fc.property(documents, cuts, ({ text, records }, at) => {
        const split = splitBlob(Buffer.from(text), { cuts: at });
        const found = all(split).filter((tile) => tile.length > 0);
        expect(found.map((each) => Buffer.from(textOf(each), "latin1").toString())).toEqual(
          records,
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it("finds the same ones again from the end of any tile, by the framing there", () => {
    fc.assert(
      fc.property(documents, cuts, fc.nat(), ({ text }, at, pick) => {
        const bytes = Buffer.from(text);
        const whole = splitBlob(bytes, { cuts: at });
        fc.pre(whole.tiles.length > 0);
        const { tile, crcAtEnd, framingAtEnd } = whole.tiles[pick % whole.tiles.length]!;
        const position = { offset: tile.end, crc32: crcAtEnd, framing: framingAtEnd };
        const rest = splitBlob(bytes.subarray(tile.end), { ...position, cuts: at });
        const behind = all(whole).filter((each) => each.tile.start >= tile.end);
        expect(contents(all(rest))).toEqual(contents(behind));
        expect(all(rest).at(-1)?.crcAtEnd).toBe(behind.at(-1)?.crcAtEnd);
        expect(rest.trailerBytes).toBe(whole.trailerBytes);
      }),
      { numRuns: 1_000 },
    );
  });
});
