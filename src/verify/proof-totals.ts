// SPDX-License-Identifier: Apache-2.0
/**
 * The sum of all verdicts (pure). Every blob is in exactly one state, and its records with it, so the states add up to the
 * total: what the store says was settled is proven, or one of the others, and nothing besides.
 */
import { NO_RECORDS } from "../model.ts";
import type { RecordCounts } from "../model.ts";
import { totalOf } from "./blob-claim.ts";
import type { BlobClaim } from "./blob-claim.ts";
import type { BlobState, Verdict } from "./compare-blob.ts";

/** The states, best news first: the order of the summary. */
export const BLOB_STATES: readonly BlobState[] = [
  "proven",
  "behind",
  "gone",
  "replaced",
  "differs",
  "unknown",
  "unreadable",
];

/** Blobs of one state, and what the store says was settled of them. */
export interface StateSum extends RecordCounts {
  readonly blobs: number;
  readonly records: number;
  readonly bytes: number;
}

const NOTHING: StateSum = { blobs: 0, records: 0, bytes: 0, ...NO_RECORDS };

export class ProofTotals {
  readonly #sums = new Map<BlobState, StateSum>();
  /** Blobs with a difference. */
  differing = 0;
  /** Blobs with unread bytes, and those bytes. */
  behindBlobs = 0;
  behindBytes = 0;
  /** Listings that failed, and a proof that was broken off. */
  faults = 0;

  add(claim: BlobClaim | undefined, { state, findings, behindBytes }: Verdict): void {
    this.#sums.set(state, plus(this.of(state), sumOf(claim)));
    if (findings.length > 0) this.differing++;
    if (behindBytes > 0) this.behindBlobs++;
    this.behindBytes += behindBytes;
  }

  of(state: BlobState): StateSum {
    return this.#sums.get(state) ?? NOTHING;
  }

  get all(): StateSum {
    return [...this.#sums.values()].reduce(plus, NOTHING);
  }

  /** Everything that the store says was found to be so, or is gone by the store's or the retention's own doing. */
  get isProven(): boolean {
    return this.differing === 0 && this.faults === 0;
  }
}

function sumOf(claim: BlobClaim | undefined): StateSum {
  if (claim === undefined) return { ...NOTHING, blobs: 1 };
  const { counts, length } = claim;
  return { blobs: 1, records: totalOf(counts), bytes: length, ...counts };
}

function plus(a: StateSum, b: StateSum): StateSum {
  return {
    blobs: a.blobs + b.blobs,
    records: a.records + b.records,
    bytes: a.bytes + b.bytes,
    delivered: a.delivered + b.delivered,
    uncertain: a.uncertain + b.uncertain,
    deadLettered: a.deadLettered + b.deadLettered,
    filtered: a.filtered + b.filtered,
  };
}
