// SPDX-License-Identifier: Apache-2.0
/**
 * What the entries of one blob name come to (pure): which of them is the present state, which are earlier states of the
 * same blob, and which belong to a blob that had the name before.
 *
 * Counts and lengths of an entry are of the whole blob up to there. An entry of the same blob that goes on from an earlier
 * one therefore takes its place; the earlier one still tells the CRC-32 of a shorter prefix, and that reading began anew
 * there.
 */
import type { RecordCounts } from "../model.ts";
import type { ClosedBlob, OpenBlobCheckpoint } from "./checkpoint-store.ts";

/** One blob, as the store has it last. */
export interface KnownBlob {
  readonly state: ClosedBlob | OpenBlobCheckpoint;
  /** Shorter states of the same blob, the shortest first. */
  readonly earlier: readonly ClosedBlob[];
  /**
   * `former`: another blob has taken the name since. `backwards`: what follows has the same creation time, though this
   * blob is not said to have ended, and says less: no run writes that.
   */
  readonly standing: "present" | "former" | "backwards";
}

export function lengthOf(state: ClosedBlob | OpenBlobCheckpoint): number {
  return "offset" in state ? state.offset : state.length;
}

/**
 * The blobs that had the name, the present one last. `entries` are the ledger's, the oldest first; `open` is what the
 * resource's document says, read after the ledger was, so that it is the younger of the two.
 */
export function blobsOfName(
  entries: readonly ClosedBlob[],
  open: OpenBlobCheckpoint | undefined,
): KnownBlob[] {
  const states = open === undefined ? entries : [...entries, open];
  const blobs: { state: ClosedBlob | OpenBlobCheckpoint; earlier: ClosedBlob[] }[] = [];
  for (const state of states) {
    const last = blobs.at(-1);
    if (last === undefined || !goesOn(last.state, state)) {
      blobs.push({ state, earlier: [] });
    } else {
      // Only the last state can be an open one.
      if ("length" in last.state) last.earlier.push(last.state);
      last.state = state;
    }
  }
  return blobs.map((blob, index) => ({
    ...blob,
    standing: standingOf(blob.state, blobs[index + 1]),
  }));
}

function standingOf(
  state: ClosedBlob | OpenBlobCheckpoint,
  next: Pick<KnownBlob, "state"> | undefined,
): KnownBlob["standing"] {
  if (next === undefined) return "present";
  const isEnded = "isEnded" in state && state.isEnded;
  return next.state.createdAtMs === state.createdAtMs && !isEnded ? "backwards" : "former";
}

/** Whether `later` may be the same blob as `earlier`, further on or just as far. */
function goesOn(
  earlier: ClosedBlob | OpenBlobCheckpoint,
  later: ClosedBlob | OpenBlobCheckpoint,
): boolean {
  return (
    earlier.createdAtMs === later.createdAtMs &&
    lengthOf(earlier) <= lengthOf(later) &&
    isAtMost(earlier.counts, later.counts)
  );
}

function isAtMost(a: RecordCounts, b: RecordCounts): boolean {
  return (
    a.delivered <= b.delivered &&
    a.uncertain <= b.uncertain &&
    a.deadLettered <= b.deadLettered &&
    a.filtered <= b.filtered
  );
}
