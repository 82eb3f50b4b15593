// SPDX-License-Identifier: Apache-2.0
/**
 * Proves the ledger: every blob that the checkpoint store knows is read again as far as it is settled and compared, and
 * every blob of the container is looked up in the store. Reads only, from ports alone; a connector may run meanwhile.
 *
 * Memory follows the number of resources and of dead letters, never the length or the number of blobs.
 */
import { patiently, rereadBlob } from "./blob-reread.ts";
import type { RereadParts } from "./blob-reread.ts";
import type { LettersOfBlob } from "./dead-letter/letter-index.ts";
import { findHourBlobs } from "./discover/blob-finder.ts";
import type { HourBlob } from "./discover/blob-finder.ts";
import type { BlobListing } from "./discover/blob-listing.ts";
import { parseResource } from "./discover/blob-path.ts";
import { findResources } from "./discover/resource-finder.ts";
import { ConnectorError, isCancelled } from "./errors.ts";
import { claimsOf } from "./ledger-claims.ts";
import type { ClaimSource } from "./ledger-claims.ts";
import type { AuditedResource, BlobIdentity } from "./model.ts";
import { mapInOrder } from "./runtime/map-in-order.ts";
import type { BlobContainer } from "./read/blob-container.ts";
import type { BlobClaim, Reread } from "./verify/blob-claim.ts";
import { compareBlob, judgeUnknown } from "./verify/compare-blob.ts";
import type { Verdict } from "./verify/compare-blob.ts";

export interface LedgerProofParts extends ClaimSource, RereadParts {
  readonly storage: BlobListing & BlobContainer;
  /** Undefined where dead letters are not to be looked at. */
  readonly letters: LetterBook | undefined;
  /** What the ids of a blob's records begin with. */
  readonly uidPrefix: (blob: BlobIdentity) => string;
  readonly selects: (resource: AuditedResource) => boolean;
}

export interface LetterBook {
  refresh(): Promise<void>;
  before(uidPrefix: string, offset: number): LettersOfBlob;
}

/** One blob and its verdict. `claim` is undefined for one that the store does not know. */
export interface BlobProof {
  readonly resource: AuditedResource;
  readonly name: string;
  readonly hourMs: number;
  readonly claim: BlobClaim | undefined;
  readonly reread: Reread | undefined;
  readonly verdict: Verdict;
}

export type ProofStep =
  | { readonly kind: "resource"; readonly resource: AuditedResource }
  | { readonly kind: "blob"; readonly proof: BlobProof }
  /** A listing failed, or so many reads in a row that the rest is not tried. */
  | { readonly kind: "fault"; readonly message: string; readonly isEnd: boolean };

/** Blobs read at once: most are small, and the way to storage is long. */
const CONCURRENT_BLOBS = 4;
/** Blobs in a row that could not be read before the rest is given up. */
const MAX_FAILED_IN_A_ROW = 3;
/** Names looked up in one go. */
const LOOKUP_PAGE = 200;

/** The proof, resource by resource. Store and dead-letter errors pass through; rejects with CANCELLED at a stop. */
export async function* proveLedger(parts: LedgerProofParts): AsyncGenerator<ProofStep> {
  await parts.letters?.refresh();
  const startHourMs = (await parts.archive.start()) ?? Infinity;
  const known = new Set<string>();
  for await (const { resourceKey } of parts.archive.resources()) {
    known.add(resourceKey);
    const resource = parseResource(resourceKey);
    if (!parts.selects(resource)) continue;
    yield { kind: "resource", resource };
    if (yield* proveKnown(parts, resource)) return;
    yield* findUnknown(parts, resource, startHourMs);
  }
  yield* findOtherResources(parts, known, startHourMs);
}

/** True when storage cannot be read any more. */
async function* proveKnown(
  parts: LedgerProofParts,
  resource: AuditedResource,
): AsyncGenerator<ProofStep, boolean> {
  let failedInARow = 0;
  const claims = claimsOf(parts, resource.prefix);
  const proofs = mapInOrder(claims, CONCURRENT_BLOBS, (claim) => proveBlob(parts, resource, claim));
  for await (const proof of proofs) {
    yield { kind: "blob", proof };
    failedInARow = proof.reread?.kind === "failed" ? failedInARow + 1 : 0;
    if (failedInARow < MAX_FAILED_IN_A_ROW) continue;
    const message = `${failedInARow} blobs in a row could not be read: the rest was not tried`;
    yield { kind: "fault", message, isEnd: true };
    return true;
  }
  return false;
}

async function proveBlob(
  parts: LedgerProofParts,
  resource: AuditedResource,
  claim: BlobClaim,
): Promise<BlobProof> {
  const { letters } = parts;
  const { blob, hourMs, length } = claim;
  const origin = { resource, blob, hourMs, observedAtMs: undefined };
  // Of a former blob nothing is left to read.
  let reread: Reread =
    claim.standing === "present" ? await rereadBlob(parts, claim, origin) : { kind: "gone" };
  const lettersNow = (): LettersOfBlob | undefined =>
    letters?.before(parts.uidPrefix(blob), length);
  let verdict = compareBlob(claim, reread, lettersNow());
  if (has(verdict, "letters") && letters !== undefined) {
    // A connector that runs has kept more of them since they were looked at.
    await letters.refresh();
    verdict = compareBlob(claim, reread, lettersNow());
  }
  const cuts = lettersNow()?.incompleteEnds ?? [];
  if (has(verdict, "records") && !has(verdict, "crc") && cuts.length > 0) {
    // The right bytes and another count: a torn line that was given up was a record, and what came later another one.
    const again = await rereadBlob(parts, claim, origin, cuts);
    const other = compareBlob(claim, again, lettersNow());
    if (!has(other, "records")) [reread, verdict] = [again, other];
  }
  return { resource, name: blob.name, hourMs, claim, reread, verdict };
}

function has({ findings }: Verdict, kind: string): boolean {
  return findings.some((finding) => finding.kind === kind);
}

/** Resources of the container that the store does not know: nothing of them was begun. */
async function* findOtherResources(
  parts: LedgerProofParts,
  known: ReadonlySet<string>,
  startHourMs: number,
): AsyncGenerator<ProofStep> {
  let others: AuditedResource[] = [];
  try {
    others = await patiently(parts, () => resourcesOf(parts, known));
  } catch (reason) {
    yield faultOf(reason);
  }
  for (const resource of others) {
    yield { kind: "resource", resource };
    yield* findUnknown(parts, resource, startHourMs);
  }
}

async function resourcesOf(
  { storage, selects, signal }: LedgerProofParts,
  known: ReadonlySet<string>,
): Promise<AuditedResource[]> {
  const others: AuditedResource[] = [];
  for await (const resource of findResources(storage, signal)) {
    if (!known.has(resource.prefix) && selects(resource)) others.push(resource);
  }
  return others;
}

/** Blobs of a resource, from the store's start on, that the store does not know. */
async function* findUnknown(
  parts: LedgerProofParts,
  resource: AuditedResource,
  startHourMs: number,
): AsyncGenerator<ProofStep> {
  let fromHourMs = Math.max(startHourMs, parts.span.fromHourMs);
  if (!Number.isFinite(fromHourMs)) return;
  try {
    for (;;) {
      const page = await patiently(parts, () => listPage(parts, resource, fromHourMs));
      for (const proof of await unknownOf(parts, resource, page.blobs)) {
        yield { kind: "blob", proof };
      }
      if (page.nextHourMs === undefined) return;
      fromHourMs = page.nextHourMs;
    }
  } catch (reason) {
    yield faultOf(reason);
  }
}

/** A page of whole hours, so that a listing that fails begins again there. */
async function listPage(
  { storage, span, signal }: LedgerProofParts,
  resource: AuditedResource,
  fromHourMs: number,
): Promise<{ blobs: HourBlob[]; nextHourMs: number | undefined }> {
  const blobs: HourBlob[] = [];
  for await (const blob of findHourBlobs(storage, resource, fromHourMs, signal)) {
    if (blob.hourMs >= span.toMs) break;
    const isOfNextHour = blob.hourMs !== blobs.at(-1)?.hourMs;
    if (blobs.length >= LOOKUP_PAGE && isOfNextHour) return { blobs, nextHourMs: blob.hourMs };
    blobs.push(blob);
  }
  return { blobs, nextHourMs: undefined };
}

async function unknownOf(
  { archive }: LedgerProofParts,
  resource: AuditedResource,
  blobs: readonly HourBlob[],
): Promise<BlobProof[]> {
  // In this order: a blob goes from the document to the ledger, and never the other way without staying there.
  const checkpoint = await archive.load(resource.prefix);
  const names = blobs.map(({ name }) => name);
  const closed = await archive.findClosed(resource.prefix, names);
  const known = new Set([...(checkpoint?.open ?? []), ...closed].map(({ name }) => name));
  const floorHourMs = checkpoint?.floorHourMs ?? -Infinity;
  return blobs
    .filter(({ name }) => !known.has(name))
    .map(({ name, hourMs, length }) => {
      const verdict = judgeUnknown(length, hourMs < floorHourMs);
      return { resource, name, hourMs, claim: undefined, reread: undefined, verdict };
    });
}

function faultOf(reason: unknown): ProofStep {
  if (isCancelled(reason)) throw reason;
  const { code, message } = ConnectorError.from(reason);
  if (!code.startsWith("STORAGE_")) throw reason;
  return { kind: "fault", message, isEnd: false };
}
