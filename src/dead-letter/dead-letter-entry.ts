// SPDX-License-Identifier: Apache-2.0
/**
 * The written form of a dead letter (pure): one JSON object on one line, so that `grep` and `jq`
 * work on it.
 *
 * The original stands in `text` when it is UTF-8 and in `base64` when it is not; both give back its
 * exact bytes. An oversize original is only its first bytes, and `range` says where the whole of it
 * lies. It does not judge or redact: what it is given is what it keeps.
 *
 * Version 2 adds the reasons `refused` and `too-large`, and the receiver's word. Version 1 is still
 * read. Other names than these make a line malformed: who wrote it meant something that we would
 * lose.
 */
import { Buffer, isUtf8 } from "node:buffer";
import { z } from "zod";
import type { DeadLetter, DeadLetterReason } from "../model.ts";

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

const FIRST_REASONS = [
  "not-json",
  "not-an-object",
  "invalid-utf8",
  "oversize",
  "incomplete",
  "unmappable",
  "partial-success",
] as const;

/** Every reason that an entry may have. */
export const DEAD_LETTER_REASONS = [
  ...FIRST_REASONS,
  "refused",
  "too-large",
] as const satisfies readonly DeadLetterReason[];

const position = z.int().nonnegative();

/** `log.record.uid`: 32 hex digits. */
export const uidText = z.string().regex(/^[0-9a-f]{32}$/);

const whatAnEntrySays = {
  detail: z.string(),
  uid: uidText,
  time: z.iso.datetime(),
  account: z.string(),
  container: z.string(),
  blob: z.string(),
  createdAt: z.iso.datetime(),
  range: z.strictObject({ start: position, end: position }).refine((r) => r.start <= r.end),
  isOversize: z.boolean(),
  originalBytes: position,
  text: z.string().optional(),
  base64: z.base64().optional(),
};

const deadLetterLine = z.discriminatedUnion("version", [
  z.strictObject({
    version: z.literal(1),
    reason: z.enum(FIRST_REASONS),
    receiver: z.undefined().optional(),
    ...whatAnEntrySays,
  }),
  z.strictObject({
    version: z.literal(2),
    reason: z.enum(DEAD_LETTER_REASONS),
    receiver: z
      .strictObject({ status: position, message: z.string(), attempts: position })
      .optional(),
    ...whatAnEntrySays,
  }),
]);

/** The entry as one line, with its newline. `keptAtMs` is epoch ms. */
export function encodeDeadLetter(deadLetter: DeadLetter, keptAtMs: number): string {
  const { reason, detail, uid, blob, range, bytes, receiver } = deadLetter;
  const original = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entry = {
    version: 2,
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
    ...(receiver && {
      receiver: {
        status: receiver.status,
        message: receiver.message,
        attempts: receiver.attempts,
      },
    }),
    ...(isUtf8(original)
      ? { text: original.toString("utf8") }
      : { base64: original.toString("base64") }),
  };
  // JSON escapes every newline inside a string: one entry is one line.
  return `${JSON.stringify(entry)}\n`;
}

/** Reads one line back, with or without its newline. Never throws. */
export function decodeDeadLetter(line: string): DecodedDeadLetter {
  const value = parseLine(line);
  // The parser's own message quotes the line, and that is an audit record.
  if (value === undefined) return { kind: "malformed", detail: "it is not JSON" };
  const checked = deadLetterLine.safeParse(value);
  if (!checked.success) return { kind: "malformed", detail: fieldsOf(checked.error) };
  const { reason, detail, uid, range, text, base64, receiver } = checked.data;
  if ((text === undefined) === (base64 === undefined)) {
    return { kind: "malformed", detail: "it needs either text or base64" };
  }
  const { account, container, blob: name, createdAt, time } = checked.data;
  const blob = { account, container, name, createdAtMs: Date.parse(createdAt) };
  const bytes = text === undefined ? Buffer.from(base64 ?? "", "base64") : Buffer.from(text);
  const deadLetter = { reason, detail, ...(receiver && { receiver }), uid, blob, range, bytes };
  return { kind: "ok", kept: { deadLetter, keptAtMs: Date.parse(time) } };
}

/** The JSON value of a line; undefined when it has none. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

/** What is wrong, by names of fields only. */
export function fieldsOf(error: z.ZodError): string {
  const fields = error.issues.map((issue) => {
    const unknown = issue.code === "unrecognized_keys" ? "a name that is not known" : undefined;
    return unknown ?? (issue.path.join(".") || "the entry");
  });
  return `not as it should be: ${[...new Set(fields)].join(", ")}`;
}
