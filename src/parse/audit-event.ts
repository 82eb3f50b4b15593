// SPDX-License-Identifier: Apache-2.0
/**
 * Turns the bytes of one record into an AuditEvent (pure). Every JSON object is an AuditEvent: a
 * field that is unknown or of an unexpected type stays as it is, for the mapping to take or to pass
 * on. The text beside the event is the record itself: encoded again it gives the same bytes, so
 * bytes that are not UTF-8 are malformed, never repaired.
 *
 * No schema runs here. The zod schema of the documented shapes (audit-event-schema.ts) takes 1.6 µs
 * for a 1.2 kB event beside 2 to 3 µs for the rest, copies the record, and could only ever answer
 * "yes": a departure from the documents must not condemn a record. Tests use it; types are checked
 * where a field is taken (the mapping table's coercions).
 */
import { isUtf8 } from "node:buffer";
import type { AuditEvent, DeadLetterReason } from "../model.ts";

export type ParseResult =
  | { readonly kind: "ok"; readonly event: AuditEvent; readonly text: string }
  | {
      readonly kind: "malformed";
      readonly reason: DeadLetterReason;
      /** What is wrong and where; never a piece of the record. */
      readonly detail: string;
    };

/**
 * The only form of V8's message that names a place; its other forms quote the text and are not
 * used.
 */
const PLACE = / at position (\d+) \(line \d+ column \d+\)$/;

/**
 * Parses one record's own bytes (no newline, no BOM). Never throws: what is no JSON object comes
 * back as `malformed` with a reason and a detail that is safe to log.
 */
export function parseAuditEvent(bytes: Buffer): ParseResult {
  if (!isUtf8(bytes)) return malformed("invalid-utf8", invalidUtf8Detail(bytes));
  const text = bytes.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // V8's parser does not recurse; should a runtime give up on a strange text all the same, the
    // record is not at fault.
    if (!(error instanceof SyntaxError)) return malformed("unmappable", "the JSON cannot be read");
    return malformed("not-json", notJsonDetail(error.message));
  }
  if (isJsonObject(value)) return { kind: "ok", event: value, text };
  return malformed("not-an-object", `the record is ${kindOf(value)}, not an object`);
}

function isJsonObject(value: unknown): value is AuditEvent {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(reason: DeadLetterReason, detail: string): ParseResult {
  return { kind: "malformed", reason, detail };
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

function notJsonDetail(message: string): string {
  const place = PLACE.exec(message)?.[1];
  if (place !== undefined) return `not JSON at character ${place}`;
  if (message === "Unexpected end of JSON input") return "the text ends before the JSON does";
  return "not JSON";
}

/**
 * Decoding replaces the first bad byte, so encoding again differs there first. Only ever runs on a
 * bad record.
 */
function invalidUtf8Detail(bytes: Buffer): string {
  const again = Buffer.from(bytes.toString("utf8"), "utf8");
  let position = 0;
  while (position < bytes.length && again[position] === bytes[position]) position += 1;
  return `not UTF-8 at byte ${position}`;
}
