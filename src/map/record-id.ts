// SPDX-License-Identifier: Apache-2.0
/**
 * `log.record.uid` (pure): position, not content, so that equal lines are distinct events and a
 * replay is the same event. The form is permanent interface: receivers use it to drop repeats, dead
 * letters are named by it. Golden vectors in the test were computed outside this program.
 */
import { hash } from "node:crypto";
import type { BlobIdentity } from "../model.ts";

const HEX_DIGITS = 16;
const ZEROS = "0".repeat(HEX_DIGITS);

/**
 * The part of the id that all records of a blob share: 16 hex digits, the first 8 bytes of SHA-256
 * over the UTF-8 text `account NUL container NUL blob name as listed NUL creation time in epoch
 * seconds (decimal)`.
 */
export function recordIdPrefix(blob: BlobIdentity): string {
  const createdAtSeconds = Math.floor(blob.createdAtMs / 1000);
  const text = `${blob.account}\0${blob.container}\0${blob.name}\0${createdAtSeconds}`;
  return hash("sha256", text, "hex").slice(0, HEX_DIGITS);
}

/**
 * The id of the record whose own text begins at byte `offset`: the prefix and 16 hex digits of the
 * offset.
 */
export function recordUid(prefix: string, offset: number): string {
  const hex = offset.toString(16);
  return prefix + ZEROS.slice(hex.length) + hex;
}
