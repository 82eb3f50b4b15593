// SPDX-License-Identifier: Apache-2.0
/**
 * Several objects on one line, cut apart (pure). Tried on a line only after its text turned out to be no JSON, so that a
 * plain line costs nothing. A line is cut only if it is whole objects one behind the other, with blanks and commas
 * between them, and at the end perhaps one that was never finished: in any other text an object may be a piece from the
 * inside of something torn, and must not pass for a record.
 */
import { crc32 } from "node:zlib";
import type { RawRecord } from "../model.ts";
import { OBJECT_OPEN } from "./json-bytes.ts";
import { RecordScanner } from "./record-scanner.ts";

/** Begin and end of an object, as indexes in the record's buffer. */
interface Part {
  readonly from: number;
  readonly to: number;
}

/** The objects of a line as records, whose tiles make up the line's. Undefined for a line that is none of several. */
export function separateObjects(raw: RawRecord, crcAtStart: number): RawRecord[] | undefined {
  if (raw.isOversize || raw.length === 0) return undefined;
  const parts = findObjects(raw);
  if (parts === undefined) return undefined;
  const { buffer, tile, offset, from } = raw;
  const offsetOf = (index: number): number => offset + (index - from);
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

function findObjects({ buffer, from, to }: RawRecord): Part[] | undefined {
  const bytes = buffer.subarray(from, to);
  const scanner = new RecordScanner("", 0, false);
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
  const isWhole = parts.length === 1 && parts[0]?.from === from && parts[0].to === to;
  return parts.length === 0 || isWhole ? undefined : parts;
}
