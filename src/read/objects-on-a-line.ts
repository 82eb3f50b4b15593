// SPDX-License-Identifier: Apache-2.0
/**
 * Several objects on one line, cut apart (pure). Tried on a line only after its text turned out to be no JSON, so that a
 * plain line costs nothing. A line is cut only if it is whole objects one behind the other, with blanks and commas
 * between them, and at the end perhaps one that was never finished: in any other text an object may be a piece from the
 * inside of something torn, and must not pass for a record.
 */
import { crc32 } from "node:zlib";
import type { RawRecord } from "../model.ts";
import { OBJECT_OPEN, type TextRange } from "./json-bytes.ts";
import { RecordScanner } from "./record-scanner.ts";

/** Begin and end of an object, as indexes in the record's buffer. */
interface Part {
  readonly from: number;
  readonly to: number;
}

/** The objects of a line as records, whose tiles make up the line's. Undefined for a line that is none of several. */
export function separateObjects(raw: RawRecord, crcAtStart: number): RawRecord[] | undefined {
  // In a document, what is broken stays in one piece: an object in it may be a piece of a torn one.
  if (raw.isOversize || !raw.framingAtEnd.startsWith("json-lines")) return undefined;
  const parts = findObjects(raw);
  const { buffer, tile, offset, from } = raw;
  // One object is the line itself; behind a comma it is the rest of a line that a cursor has come to.
  if (parts === undefined || (parts.length === 1 && parts[0]?.from === from)) return undefined;
  const offsetOf = (index: number): number => offset + (index - from);
  // Blanks of an earlier window are not here, and their CRC-32 with them.
  if (from < offset - tile.start) return undefined;
  let start = tile.start;
  let crc = crcAtStart;
  return parts.map(({ from: begin, to }, index) => {
    const isLast = index === parts.length - 1;
    const end = isLast ? tile.end : offsetOf(to);
    crc = isLast ? raw.crcAtEnd : crc32(buffer.subarray(from - (offset - start), to), crc);
    const range = { start, end };
    start = end;
    const text = { offset: offsetOf(begin), length: to - begin, buffer, from: begin, to };
    return { ...raw, ...text, tile: range, crcAtEnd: crc };
  });
}

/**
 * The objects of a text that is nothing but objects, with blanks and commas between them, and perhaps an unfinished one at
 * its end. Undefined for any other text, and for one without objects.
 */
export function findObjects({ buffer, from, to }: TextRange): Part[] | undefined {
  const bytes = buffer.subarray(from, to);
  const scanner = new RecordScanner("", 0, { kind: "text" });
  const parts: Part[] = [];
  let stop = scanner.scan(bytes, 0, 0);
  for (; stop !== undefined; stop = scanner.scan(bytes, stop.at, 0)) {
    if (stop.kind !== "record" || bytes[stop.beganAt] !== OBJECT_OPEN) return undefined;
    parts.push({ from: from + stop.beganAt, to: from + stop.at });
  }
  if (scanner.open !== "") return undefined;
  if (scanner.beganAt !== undefined) {
    if (!scanner.isInValue || bytes[scanner.beganAt] !== OBJECT_OPEN) return undefined;
    parts.push({ from: from + scanner.beganAt, to });
  }
  return parts.length === 0 ? undefined : parts;
}
