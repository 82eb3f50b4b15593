// SPDX-License-Identifier: Apache-2.0
/**
 * What became of a batch's records, added up by segment (pure). A segment may be settled once every record in it has
 * its fate, whatever the others of its batch still wait for.
 */
import type { Piece } from "./export/pieces.ts";
import type { Fate, RecordCounts, Segment } from "./model.ts";

interface Account {
  /** Records `[from, to)` of the batch. */
  readonly from: number;
  readonly to: number;
  open: number;
  readonly counts: { -readonly [Key in keyof RecordCounts]: RecordCounts[Key] };
}

/** A segment all of whose records have their fate, by its index, with the counts to settle it with. */
export interface ClosedSegment {
  readonly index: number;
  readonly counts: RecordCounts;
}

/** Records of a batch stand in the order of its segments. */
export class SegmentFates {
  readonly #accounts: Account[] = [];

  constructor(segments: readonly Pick<Segment, "records" | "deadLetters">[]) {
    let from = 0;
    for (const { records, deadLetters } of segments) {
      const to = from + records;
      const counts = { delivered: 0, uncertain: 0, deadLettered: deadLetters, filtered: 0 };
      this.#accounts.push({ from, to, open: records, counts });
      from = to;
    }
  }

  /** Segments that wait for no record: there is nothing in them, or nothing but dead letters. */
  withoutRecords(): ClosedSegment[] {
    return this.#accounts.flatMap(({ open, counts }, index) =>
      open === 0 ? [{ index, counts }] : [],
    );
  }

  /** Records of the piece have this fate now; returns the segments that this closed. Each record has one fate. */
  decide({ from, to }: Piece, fate: Fate): ClosedSegment[] {
    const closed: ClosedSegment[] = [];
    this.#accounts.forEach((account, index) => {
      const records = Math.min(to, account.to) - Math.max(from, account.from);
      if (records <= 0) return;
      account.counts[fate] += records;
      account.open -= records;
      if (account.open === 0) closed.push({ index, counts: account.counts });
    });
    return closed;
  }
}
