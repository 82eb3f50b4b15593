// SPDX-License-Identifier: Apache-2.0
/**
 * Where an ack goes: from the segments of a batch to the cursors of their blobs, the checkpoint, the byte budget and the
 * memory of the windows. A segment is begun once, in the order of reading, and settled once, in any order.
 */
import type { TrackedSegment } from "./checkpoint/ack-tracker.ts";
import type { Checkpointer } from "./checkpoint/checkpointer.ts";
import type { OpenBlob } from "./checkpoint/open-blob.ts";
import type { ProgressBook } from "./checkpoint/progress-book.ts";
import type { ResourceProgress } from "./checkpoint/resource-progress.ts";
import { ConnectorError } from "./errors.ts";
import type { BlobIdentity, Segment } from "./model.ts";
import type { WindowKeeper } from "./read/window-keeper.ts";
import type { ByteBudget } from "./runtime/byte-budget.ts";
import type { ClosedSegment } from "./segment-fates.ts";

export interface SettlementParts {
  readonly progressBook: ProgressBook;
  readonly checkpointer: Checkpointer;
  readonly budget: ByteBudget;
  readonly windows: WindowKeeper;
}

/** Whose cursor a segment moves. */
interface Owner {
  readonly blob: OpenBlob;
  readonly progress: ResourceProgress;
}

/** A segment under way, and the place in its blob's tracker. */
export interface Mark {
  readonly owner: Owner;
  readonly segment: Segment;
  readonly tracked: TrackedSegment;
}

export class Settlement {
  readonly #parts: SettlementParts;
  readonly #owners = new WeakMap<BlobIdentity, Owner>();

  constructor(parts: SettlementParts) {
    this.#parts = parts;
  }

  /** From now on, segments of this blob move its cursor. */
  own(blob: OpenBlob, progress: ResourceProgress): void {
    this.#owners.set(blob.identity, { blob, progress });
  }

  /** False since a conflict made the blob's progress void. */
  isCurrent(blob: OpenBlob): boolean {
    return this.#parts.progressBook.isCurrent(this.#ownerOf(blob.identity).progress);
  }

  /** Puts the segments behind those that their blobs have under way. */
  begin(segments: readonly Segment[]): Mark[] {
    return segments.map((segment) => {
      const owner = this.#ownerOf(segment.blob);
      return { owner, segment, tracked: owner.blob.tracker.begin(segment) };
    });
  }

  /** The ack: the cursors may pass these segments now, and their bytes leave the budget. */
  settle(marks: readonly Mark[], closed: readonly ClosedSegment[]): void {
    const { budget, checkpointer, progressBook, windows } = this.#parts;
    for (const { index, counts } of closed) {
      const mark = marks[index];
      if (mark === undefined) throw new ConnectorError("INTERNAL", "a segment without a mark");
      const { owner, segment, tracked } = mark;
      owner.blob.tracker.settle(tracked, counts);
      budget.credit(segment.chargedBytes);
      windows.settledTo(owner.blob, owner.blob.tracker.settled().offset);
      if (progressBook.isCurrent(owner.progress)) checkpointer.markDirty(owner.progress);
    }
  }

  #ownerOf(identity: BlobIdentity): Owner {
    const owner = this.#owners.get(identity);
    if (owner !== undefined) return owner;
    throw new ConnectorError("INTERNAL", `nobody reads ${identity.name}`);
  }
}
