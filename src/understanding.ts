// SPDX-License-Identifier: Apache-2.0
/**
 * Parse, map and encode in one go: a record's bytes become an encoded log record or, with a reason, a dead letter. Total: whatever the
 * bytes are, one of the two comes back, so a bad record can never stop those behind it (promise D6).
 */
import type {
  DeadLetter,
  DeadLetterReason,
  EncodedRecord,
  MappedRecord,
  RawRecord,
  RecordOrigin,
} from "./model.ts";

/** A record's own text, understood or not. `Event` is the parser's business and the mapper's. */
export type Parsed<Event> =
  | { readonly kind: "ok"; readonly event: Event; readonly text: string }
  | { readonly kind: "malformed"; readonly reason: DeadLetterReason; readonly detail: string };

export interface Mapped {
  readonly logRecord: EncodedRecord;
  readonly uid: string;
  readonly approxBytes: number;
}

/** Undefined for blank bytes, which are nothing to deliver. */
export type Understanding = MappedRecord | DeadLetter | undefined;

export type Understand = (raw: RawRecord, origin: RecordOrigin) => Understanding;

export interface UnderstandingParts<Event> {
  readonly parse: (text: Buffer) => Parsed<Event>;
  readonly map: (event: Event, text: string, offset: number, origin: RecordOrigin) => Mapped;
  readonly recordUid: (origin: RecordOrigin, offset: number) => string;
}

export function createUnderstand<Event>(parts: UnderstandingParts<Event>): Understand {
  return (raw, origin) => {
    if (raw.length === 0) return undefined;
    const refuse = (reason: DeadLetterReason, detail: string): DeadLetter =>
      toDeadLetter(raw, origin, { reason, detail, uid: parts.recordUid(origin, raw.offset) });
    if (raw.isOversize) return refuse("oversize", `the record is ${raw.length} bytes long`);
    const parsed = parts.parse(raw.buffer.subarray(raw.from, raw.to));
    if (parsed.kind === "malformed") return refuse(parsed.reason, parsed.detail);
    try {
      const mapped = parts.map(parsed.event, parsed.text, raw.offset, origin);
      return { ...mapped, raw, origin };
    } catch (reason) {
      // Mapper and encoder promise not to throw; if one does, one record must not cost the others.
      return refuse("unmappable", reason instanceof Error ? reason.name : "unknown failure");
    }
  };
}

/** True for a record that is kept instead of exported. */
export function isDeadLetter(understanding: Understanding): understanding is DeadLetter {
  return understanding !== undefined && "reason" in understanding;
}

/** The torn last line of a blob that closes: kept under its own reason. */
export function asIncomplete(letter: DeadLetter): DeadLetter {
  return { ...letter, reason: "incomplete", detail: `the blob ends inside this record` };
}

function toDeadLetter(
  raw: RawRecord,
  origin: RecordOrigin,
  why: { reason: DeadLetterReason; detail: string; uid: string },
): DeadLetter {
  return {
    ...why,
    blob: origin.blob,
    range: { start: raw.offset, end: raw.offset + raw.length },
    bytes: raw.buffer.subarray(raw.from, raw.to),
  };
}
