// SPDX-License-Identifier: Apache-2.0
/** Sentences of the program's own log that are longer than a line (pure). */
import type { LogCode } from "./log-code.ts";

/** Dead letters have passed their warning mark. */
export const NEARLY_FULL =
  "dead letters take more than 80 % of what they may; when it is full, delivery waits: run " +
  '"dead-letters replay" (uncertain ones with --uncertain) and "dead-letters purge", or raise deadLetter.maxBytes';

export const REFUSED = "the receiver refused a request; its records are sent again in smaller ones";
export const ONE_REFUSED =
  "the receiver refused a single record; it waits until another one shows that the receiver is well";

/** What can happen to a blob, by the kind of change. */
export const BLOB_CHANGES = {
  deleted: ["BLOB_DELETED", "a blob is gone"],
  replaced: ["BLOB_REPLACED", "a blob was replaced by another of the same name"],
  shrunk: ["BLOB_SHRUNK", "a blob is shorter than what was read of it"],
  reopened: ["BLOB_REOPENED", "a closed blob grew and is read on"],
} as const satisfies Record<string, readonly [LogCode, string]>;

/** Which records are delivered at all: said at every start, because silence here is read as "everything". */
export function coverage(startHourMs: number): string {
  if (startHourMs <= 0) return "everything in the container is delivered";
  const hour = `${new Date(startHourMs).toISOString().slice(0, 16)}Z`;
  return `blobs of hours before ${hour} are not delivered`;
}
