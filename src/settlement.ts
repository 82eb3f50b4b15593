// SPDX-License-Identifier: Apache-2.0
/**
 * Where an ack goes: from the segments of a batch to the cursors of their blobs, the checkpoint, the byte budget and the
 * memory of the windows. A segment is begun once, in the order of reading, and settled once, in any order.
 *
 * A batch in doubt (refused, while nothing is taken) can stay for long, and only what others send can end that. So it
 * gives its share of the byte budget back meanwhile, up to as much again in all, and its resources are not read on: one
 * resource whose records are all refused must not use up the memory that the others need.
 */
import type { TrackedSegment } from "./checkpoint/ack-tracker.ts";
import type { Checkpointer } from "./checkpoint/checkpointer.ts";
import type { OpenBlob } from "./checkpoint/open-blob.ts";
import type { ProgressBook } from "./checkpoint/progress-book.ts";
import type { ResourceProgress } from "./checkpoint/resource-progress.ts";
import { ConnectorError } from "./errors.ts";
import type { AuditedResource, BlobIdentity, Segment } from "./model.ts";
import type { WindowKeeper } from "./read/window-keeper.ts";
import type { ByteBudget } from "./runtime/byte-budget.ts";
import type { Clock } from "./runtime/clock.ts";
import type { ClosedSegment } from "./segment-fates.ts";
import type { ConnectorEvents } from "./telemetry/events.ts";

export interface SettlementParts {
  readonly progressBook: ProgressBook;
  readonly checkpointer: Checkpointer;
  readonly budget: ByteBudget;
  readonly windows: WindowKeeper;
  readonly clock: Pick<Clock, "now" | "monotonicNow">;
  readonly events: Pick<ConnectorEvents, "blobClosed">;
  readonly settings: { readonly budgetBytes: number; readonly closeAfterMs: number };
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
  /** Its share of the budget was given back before it is settled. */
  isLent: boolean;
  /** Records of it wait for evidence, outside the row of batches. */
  isAside: boolean;
}

export class Settlement {
  readonly #parts: SettlementParts;
  readonly #owners = new WeakMap<BlobIdentity, Owner>();
  /** Segments that are not settled, by resource. */
  readonly #underWay = new Map<string, Set<Mark>>();
  /** Batches in doubt, by resource. */
  readonly #doubts = new Map<string, number>();
  #lentBytes = 0;

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
      const tracked = owner.blob.tracker.begin(segment);
      const mark = { owner, segment, tracked, isLent: false, isAside: false };
      const marks = this.#underWay.get(segment.resourceKey) ?? new Set();
      this.#underWay.set(segment.resourceKey, marks.add(mark));
      return mark;
    });
  }

  /**
   * A batch of these segments is in doubt: what its resources have under way leaves the budget until it is settled, as
   * much of it as may be. Call what comes back, once, when the doubt is over.
   */
  doubt(marks: readonly Mark[]): () => void {
    const keys = new Set(this.#open(marks).map(({ segment }) => segment.resourceKey));
    for (const key of keys) {
      this.#doubts.set(key, (this.#doubts.get(key) ?? 0) + 1);
      for (const mark of this.#underWay.get(key) ?? []) this.#lend(mark);
    }
    return () => {
      for (const key of keys) this.#endDoubt(key);
    };
  }

  /** These segments may stay for long, each by itself: as much of them as may be leaves the budget meanwhile. */
  setAside(marks: readonly Mark[]): void {
    for (const mark of this.#open(marks)) {
      mark.isAside = true;
      this.#lend(mark);
    }
  }

  /** Whether records of the resource wait aside. */
  hasAside({ prefix }: AuditedResource): boolean {
    return [...(this.#underWay.get(prefix) ?? [])].some(({ isAside }) => isAside);
  }

  #open(marks: readonly Mark[]): Mark[] {
    return marks.filter((mark) => this.#underWay.get(mark.segment.resourceKey)?.has(mark) === true);
  }

  #lend(mark: Mark): void {
    const { budget, settings } = this.#parts;
    const { chargedBytes } = mark.segment;
    // In memory there may be twice the budget then, and no more.
    if (mark.isLent || this.#lentBytes + chargedBytes > settings.budgetBytes) return;
    mark.isLent = true;
    this.#lentBytes += chargedBytes;
    budget.credit(chargedBytes);
  }

  /** Whether a batch of the resource is in doubt. */
  isInDoubt(resourceKey: string): boolean {
    return this.#doubts.has(resourceKey);
  }

  /** The ack: the cursors may pass these segments now, and their bytes leave the budget. */
  settle(marks: readonly Mark[], closed: readonly ClosedSegment[]): void {
    const { budget, checkpointer, progressBook, windows } = this.#parts;
    for (const { index, counts } of closed) {
      const mark = marks[index];
      if (mark === undefined) throw new ConnectorError("INTERNAL", "a segment without a mark");
      const { owner, segment, tracked } = mark;
      owner.blob.tracker.settle(tracked, counts);
      this.#forget(mark);
      if (mark.isLent) this.#lentBytes -= segment.chargedBytes;
      else budget.credit(segment.chargedBytes);
      windows.settledTo(owner.blob, owner.blob.tracker.settled().offset);
      if (progressBook.isCurrent(owner.progress)) checkpointer.markDirty(owner.progress);
    }
  }

  /**
   * Whether a blob is not to be read on for now: its resource is in doubt, or it is read far ahead of its cursor. One
   * record that is not settled keeps all windows behind it in memory, and a crash would repeat all that was delivered
   * there; in doubt, twice the budget is under way.
   */
  isStuck({ prefix }: AuditedResource, { readTo, tracker }: OpenBlob): boolean {
    const aheadBytes = readTo - tracker.settled().offset;
    return this.isInDoubt(prefix) || aheadBytes > 2 * this.#parts.settings.budgetBytes;
  }

  /** Closes the blobs of a resource that are settled to their end and have been still for long enough. */
  closeSettled(progress: ResourceProgress): void {
    const { clock, settings, events } = this.#parts;
    for (const blob of progress.closeSettled(progress.serviceNow(clock), settings.closeAfterMs)) {
      events.blobClosed({ blob: blob.identity, length: blob.tracker.settled().offset });
    }
  }

  #endDoubt(key: string): void {
    const left = (this.#doubts.get(key) ?? 1) - 1;
    if (left > 0) this.#doubts.set(key, left);
    else this.#doubts.delete(key);
  }

  #forget(mark: Mark): void {
    const marks = this.#underWay.get(mark.segment.resourceKey);
    marks?.delete(mark);
    if (marks?.size === 0) this.#underWay.delete(mark.segment.resourceKey);
  }

  #ownerOf(identity: BlobIdentity): Owner {
    const owner = this.#owners.get(identity);
    if (owner !== undefined) return owner;
    throw new ConnectorError("INTERNAL", `nobody reads ${identity.name}`);
  }
}
