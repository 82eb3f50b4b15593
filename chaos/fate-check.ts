// SPDX-License-Identifier: Apache-2.0
/**
 * What must be true at the end of everything that was written, received and kept.
 *
 * A record may be at the receiver and in a dead letter only where nobody can know better:
 * - `partial-success`: the receiver had said of a request with the record in it that it rejected some.
 * - `refused` or `too-large`, of a record that the receiver kept: its acknowledgement was lost on the way, or the
 *   process died before it had saved it, so the record was sent again, and was then refused by a receiver that took
 *   others. Each such letter must be on evidence: the receiver had refused the record alone, acknowledged another request
 *   after that, and refused it alone again. A record that was acknowledged and is not sent again can never get there,
 *   since its refusals would be missing. Poison is never kept by this receiver, so none of it can be in both.
 */
import type { Letter, Letters } from "./letters.ts";
import type { Receipts } from "./receipts.ts";
import type { Settlement } from "./settlement.ts";
import type { Destiny, Found, Truth } from "./truth.ts";
import type { Violations } from "./violations.ts";

export interface FateParts {
  readonly truth: Truth;
  readonly receipts: Receipts;
  readonly letters: Letters;
  readonly settlement: Settlement;
  readonly violations: Violations;
}

const REASONS: Readonly<Record<Destiny, readonly Letter["reason"][]>> = {
  record: ["partial-success", "refused", "too-large"],
  poison: ["refused"],
  broken: ["not-json", "not-an-object", "invalid-utf8"],
  oversize: ["oversize"],
};

/** The clocks are one; a letter is dated a little before it is durable. */
const LETTER_TOLERANCE_MS = 1_000;

export function checkFates(parts: FateParts): void {
  checkLost(parts);
  checkReceipts(parts);
  checkLetters(parts);
}

function checkLost({ truth, settlement, violations }: FateParts): void {
  for (const blob of truth.blobs) {
    for (const record of settlement.openOf(blob)) {
      const uids = blob.uidsOf(record).join(" or ");
      const gone = blob.isGone ? " (deleted)" : "";
      const detail = `${record.destiny} ${uids}: ${blob.name}${gone}, bytes [${record.start}, ${record.end})`;
      violations.add("lost", detail);
    }
  }
}

function checkReceipts({ truth, receipts, violations }: FateParts): void {
  for (const uid of receipts.changed) violations.add("changed-repeat", describe(uid, truth));
  for (const [uid, { bodyHash }] of receipts.kept) {
    const found = truth.find(uid);
    if (found === undefined) violations.add("invented", `${uid} at the receiver`);
    else if (found.record.bodyHash !== bodyHash) {
      violations.add("invented", `other bytes at the receiver: ${describe(uid, truth)}`);
    } else if (found.record.destiny !== "record") {
      violations.add("invented", `at the receiver: ${describe(uid, truth)}`);
    }
  }
}

function checkLetters(parts: FateParts): void {
  const { truth, letters, violations } = parts;
  for (const [uid, kept] of letters.byUid) {
    const found = truth.find(uid);
    if (found === undefined) violations.add("invented", `${uid} as a dead letter`);
    else for (const letter of kept) checkLetter(parts, found, letter);
  }
}

function checkLetter(parts: FateParts, { record }: Found, letter: Letter): void {
  const { truth, receipts, violations } = parts;
  const { uid, reason, keptAtMs } = letter;
  const what = `${describe(uid, truth)}, dead letter ${reason}`;
  if (record.bodyHash !== letter.bodyHash) violations.add("invented", `other bytes: ${what}`);
  if (!REASONS[record.destiny].includes(reason)) violations.add("condemned", what);
  if (reason === "partial-success") {
    if (!receipts.uncertain.has(uid)) violations.add("condemned", `nobody said so: ${what}`);
  } else if (reason === "refused" || reason === "too-large") {
    if (!receipts.hasEvidence(uid, keptAtMs + LETTER_TOLERANCE_MS)) {
      violations.add("condemned", `without evidence: ${what}`);
    }
  } else if (receipts.kept.has(uid)) violations.add("both", what);
}

function describe(uid: string, truth: Truth): string {
  const found = truth.find(uid);
  if (found === undefined) return uid;
  const { blob, record } = found;
  return `${record.destiny} ${uid}: ${blob.name}, bytes [${record.start}, ${record.end})`;
}
