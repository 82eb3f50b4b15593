// SPDX-License-Identifier: Apache-2.0
/**
 * The written form of a dead letter (pure): one JSON object on one line, so that `grep` and `jq`
 * work on it.
 *
 * The original stands in `text` when it is UTF-8 and in `base64` when it is not; both give back its
 * exact bytes. An oversize original is only its first bytes, and `range` says where the whole of it
 * lies. It does not judge or redact: what it is given is what it keeps.
 */
import { Buffer, isUtf8 } from "node:buffer";
import { z } from "zod";
import type { DeadLetter } from "../model.ts";

/** A dead letter with the time when it was kept. */
export interface KeptDeadLetter {
  readonly deadLetter: DeadLetter;
  /** Epoch ms. */
  readonly keptAtMs: number;
}

export type DecodedDeadLetter =
  | { readonly kind: "ok"; readonly kept: KeptDeadLetter }
  /** Not a whole entry: a line that a crash cut off, or somebody's edit. */
  | { readonly kind: "malformed"; readonly detail: string };

const position = z.int().nonnegative();

const deadLetterLine = z.object({
  version: z.literal(1),
  reason: z.enum([
    "not-json",
    "not-an-object",
    "invalid-utf8",
    "oversize",
    "incomplete",
    "unmappable",
    "partial-success",
  ]),
  detail: z.string(),
  uid: z.string(),
  time: z.iso.datetime(),
  account: z.string(),
  container: z.string(),
  blob: z.string(),
  createdAt: z.iso.datetime(),
  range: z.object({ start: position, end: position }),
  isOversize: z.boolean(),
  originalBytes: position,
  text: z.string().optional(),
  base64: z.base64().optional(),
});

/** The entry as one line, with its newline. `keptAtMs` is epoch ms. */
export function encodeDeadLetter(deadLetter: DeadLetter, keptAtMs: number): string {
  const { reason, detail, uid, blob, range, bytes } = deadLetter;
  const original = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entry = {
    version: 1,
    reason,
    detail,
    uid,
    time: new Date(keptAtMs).toISOString(),
    account: blob.account,
    container: blob.container,
    blob: blob.name,
    createdAt: new Date(blob.createdAtMs).toISOString(),
    range: { start: range.start, end: range.end },
    isOversize: reason === "oversize",
    originalBytes: range.end - range.start,
    ...(isUtf8(original)
      ? { text: original.toString("utf8") }
      : { base64: original.toString("base64") }),
  };
  // JSON escapes every newline inside a string: one entry is one line.
  return `${JSON.stringify(entry)}\n`;
}

/** Reads one line back, with or without its newline. Never throws. */
export function decodeDeadLetter(line: string): DecodedDeadLetter {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The parser's own message quotes the line, and that is an audit record.
    return { kind: "malformed", detail: "it is not JSON" };
  }
  const checked = deadLetterLine.safeParse(value);
  if (!checked.success) {
    const fields = checked.error.issues.map(({ path }) => path.join(".") || "the entry");
    return { kind: "malformed", detail: `not as it should be: ${fields.join(", ")}` };
  }
  const { reason, detail, uid, range, text, base64 } = checked.data;
  if ((text === undefined) === (base64 === undefined)) {
    return { kind: "malformed", detail: "it needs either text or base64" };
  }
  const { account, container, blob: name, createdAt, time } = checked.data;
  const blob = { account, container, name, createdAtMs: Date.parse(createdAt) };
  const bytes = text === undefined ? Buffer.from(base64 ?? "", "base64") : Buffer.from(text);
  const deadLetter = { reason, detail, uid, blob, range, bytes };
  return { kind: "ok", kept: { deadLetter, keptAtMs: Date.parse(time) } };
}
