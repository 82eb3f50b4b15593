// SPDX-License-Identifier: Apache-2.0
/**
 * Compares what the store says of a blob with what is there (pure), and names what differs with the byte range at fault,
 * as narrow as it can be known: a CRC-32 covers everything before its position, so a fault lies between the last position
 * at which the bytes are still right and the first at which they are not.
 */
import { unreachable } from "../errors.ts";
import type { ByteRange } from "../model.ts";
import { totalOf } from "./blob-claim.ts";
import type {
  BlobClaim,
  LettersFound,
  PrefixMark,
  PresentBlob,
  Recount,
  Reread,
} from "./blob-claim.ts";

/** Codes are interface: they stand in the JSON output. */
export type FindingKind =
  /** The settled bytes are not those that were read. */
  | "crc"
  /** The bytes hold another number of records than the counts add up to. */
  | "records"
  /** More records cannot be read than the counts say were kept as dead letters. */
  | "outcome"
  /** Dead letters that the counts name are not kept, and were not purged. */
  | "letters"
  /** The blob is shorter than what was settled of it. */
  | "shrunk"
  /** Another blob has the name. */
  | "replaced"
  /** An entry of the ledger says less than the one before it, of the same blob. */
  | "ledger"
  /** A blob that the store does not know, where everything is said to be settled. */
  | "unknown"
  /** Storage failed. */
  | "unreadable";

export interface Finding {
  readonly kind: FindingKind;
  readonly range: ByteRange;
  readonly detail: string;
}

/** What became of a blob. Codes are interface. */
export type BlobState =
  | "proven"
  | "differs"
  | "gone"
  | "replaced"
  | "unknown"
  | "unreadable"
  /** Not begun yet: there is nothing to prove. */
  | "behind";

export interface Verdict {
  readonly state: BlobState;
  /** Differences; empty for what is no failure. */
  readonly findings: readonly Finding[];
  /** Bytes there that are not settled yet. */
  readonly behindBytes: number;
}

/** Whether the present blob can be the claimed one, so that reading it says something. */
export function isWorthReading(claim: BlobClaim, present: PresentBlob): boolean {
  if (claim.standing !== "present") return false;
  // Nothing was read yet, so nothing can have been replaced.
  if (claim.length === 0) return true;
  return present.length >= claim.length && !isOther(claim, present);
}

/** The verdict on one blob. `letters` is undefined where dead letters are not looked at. */
export function compareBlob(
  claim: BlobClaim,
  reread: Reread,
  letters: LettersFound | undefined,
): Verdict {
  if (claim.standing === "former") return { state: "replaced", findings: [], behindBytes: 0 };
  if (claim.standing === "backwards") return backwards(claim);
  switch (reread.kind) {
    case "gone":
      return { state: "gone", findings: [], behindBytes: 0 };
    case "failed":
      return failed(claim, "unreadable", "unreadable", reread.message);
    case "not-read":
      return compareIdentity(claim, reread.present);
    case "read":
      return compareBytes(claim, reread, letters);
    default:
      return unreachable(reread);
  }
}

/** The verdict on a blob of the container that the store does not know. */
export function judgeUnknown(length: number, isBelowFloor: boolean): Verdict {
  // An empty blob holds nothing that could have been missed.
  if (!isBelowFloor || length === 0) return { state: "behind", findings: [], behindBytes: length };
  const range = { start: 0, end: length };
  const detail =
    "the store does not know this blob and says that its hour is settled; a running connector opens it with its next sweep";
  return { state: "unknown", findings: [{ kind: "unknown", range, detail }], behindBytes: 0 };
}

function backwards(claim: BlobClaim): Verdict {
  const detail = "a later entry of the ledger says less of the same blob";
  return failed(claim, "differs", "ledger", detail);
}

function failed(claim: BlobClaim, state: BlobState, kind: FindingKind, detail: string): Verdict {
  return { state, findings: [{ kind, range: whole(claim), detail }], behindBytes: 0 };
}

/** Another blob has the name, or this one lost bytes. */
function compareIdentity(claim: BlobClaim, present: PresentBlob): Verdict {
  const isReplaced = isOther(claim, present);
  // The store said so itself; what is there now, if it is another blob, was not begun.
  if (claim.isEnded) {
    return { state: "replaced", findings: [], behindBytes: isReplaced ? present.length : 0 };
  }
  if (isReplaced) return replaced(claim, present, 0);
  const range = { start: present.length, end: claim.length };
  const detail = `the blob is ${present.length} bytes long now, ${claim.length} were settled`;
  return { state: "differs", findings: [{ kind: "shrunk", range, detail }], behindBytes: 0 };
}

function replaced(claim: BlobClaim, present: PresentBlob, start: number): Verdict {
  const detail =
    `another blob has the name, created ${new Date(present.createdAtMs).toISOString()}: ` +
    "what was settled is not there any more";
  const finding: Finding = { kind: "replaced", range: { start, end: claim.length }, detail };
  return { state: "replaced", findings: [finding], behindBytes: present.length };
}

function compareBytes(
  claim: BlobClaim,
  { present, recount }: Extract<Reread, { kind: "read" }>,
  letters: LettersFound | undefined,
): Verdict {
  const isSame = recount.crc32 === claim.crc32;
  if (!isSame && claim.isEnded) {
    return { state: "replaced", findings: [], behindBytes: present.length };
  }
  const wrongBytes = faultyRange(claim, recount, "crc32");
  if (!isSame && wasWrittenSince(claim, present)) {
    return replaced(claim, present, wrongBytes.start);
  }
  const findings = [
    ...crcFindings(claim, recount),
    ...recordFindings(claim, recount),
    ...outcomeFindings(claim, recount),
    ...letterFindings(claim, letters),
  ];
  const trailerBytes = Math.max(claim.trailerBytes, recount.trailerBytes);
  const behindBytes = Math.max(0, present.length - claim.length - trailerBytes);
  const isUnbegun = claim.length === 0 && behindBytes > 0;
  const state = findings.length > 0 ? "differs" : isUnbegun ? "behind" : "proven";
  return { state, findings, behindBytes };
}

function crcFindings(claim: BlobClaim, recount: Recount): Finding[] {
  if (recount.crc32 !== claim.crc32) {
    const range = faultyRange(claim, recount, "crc32");
    const detail = `CRC-32 of the settled bytes is ${hex(recount.crc32)}, the store says ${hex(claim.crc32)}`;
    return [{ kind: "crc", range, detail }];
  }
  const wrong = claim.marks.find((mark, index) => mark.crc32 !== recount.marks[index]?.crc32);
  if (wrong === undefined) return [];
  const range = { start: 0, end: wrong.offset };
  const detail =
    "an earlier entry of the ledger has another CRC-32 than these bytes, the present one has not";
  return [{ kind: "ledger", range, detail }];
}

function recordFindings(claim: BlobClaim, recount: Recount): Finding[] {
  const said = totalOf(claim.counts);
  if (said === recount.records) return [];
  const range = faultyRange(claim, recount, "records");
  const detail = `the bytes hold ${recount.records} records, the counts add up to ${said}`;
  return [{ kind: "records", range, detail }];
}

/** A record that is no JSON object can have become nothing but a dead letter. */
function outcomeFindings(claim: BlobClaim, { unreadable, unreadableRange }: Recount): Finding[] {
  const { deadLettered } = claim.counts;
  if (unreadable <= deadLettered) return [];
  const detail =
    `${unreadable} of the records are no JSON objects or longer than maxRecordBytes, ` +
    `but ${deadLettered} are said to be dead letters`;
  return [{ kind: "outcome", range: unreadableRange ?? whole(claim), detail }];
}

/**
 * More letters than counted are no fault: a crash between letter and cursor repeats, and may repeat better. Fewer are
 * none where as many were purged: an operator's act, written to the operations log.
 */
function letterFindings(claim: BlobClaim, letters: LettersFound | undefined): Finding[] {
  if (letters === undefined) return [];
  const missing = (["deadLettered", "uncertain"] as const).flatMap((kind) => {
    const count = claim.counts[kind] - letters[kind];
    return count > 0 ? [{ kind, count }] : [];
  });
  const missingInAll = missing.reduce((sum, { count }) => sum + count, 0);
  if (missingInAll <= letters.purgedInAll) return [];
  const parts = missing.map(
    ({ kind }) => `${letters[kind]} of ${claim.counts[kind]} ${WORDS[kind]} records`,
  );
  const detail =
    `the dead letters hold ${parts.join(" and ")}, and ${letters.purgedInAll} of all were purged: ` +
    "is it another place?";
  return [{ kind: "letters", range: whole(claim), detail }];
}

const WORDS = { deadLettered: "dead-lettered", uncertain: "uncertain" } as const;

/** From the last mark that is right to the first that is not. */
function faultyRange(claim: BlobClaim, recount: Recount, what: "crc32" | "records"): ByteRange {
  const isRight = ({ offset, ...said }: PrefixMark): boolean =>
    recount.marks.some((mark) => mark.offset === offset && mark[what] === said[what]);
  const firstWrong = claim.marks.findIndex((mark) => !isRight(mark));
  const right = firstWrong < 0 ? claim.marks.at(-1) : claim.marks[firstWrong - 1];
  return {
    start: right?.offset ?? 0,
    end: firstWrong < 0 ? claim.length : (claim.marks[firstWrong]?.offset ?? claim.length),
  };
}

/** An append blob is another one by its creation time; of a block blob only the bytes can tell. */
function isOther(claim: BlobClaim, present: PresentBlob): boolean {
  return !present.isRewritable && present.createdAtMs !== claim.blob.createdAtMs;
}

/** A block blob that was written again after the store saw it last. */
function wasWrittenSince(claim: BlobClaim, present: PresentBlob): boolean {
  const seenMs = claim.lastCreatedAtMs ?? claim.blob.createdAtMs;
  return present.isRewritable && present.createdAtMs !== seenMs;
}

function whole(claim: BlobClaim): ByteRange {
  return { start: 0, end: claim.length };
}

/** As `crc32` tools print it. */
export function hex(crc32: number): string {
  return crc32.toString(16).padStart(8, "0");
}
