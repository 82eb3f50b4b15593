// SPDX-License-Identifier: Apache-2.0
/**
 * The story of an audit record, top to bottom:
 *
 *   discover ─▶ read ─▶ split ─▶ parse ─▶ map ─▶ batch ─▶ export ─▶ ack ─▶ checkpoint
 *
 * `follow(resource)` makes one round: it finds the resource's blobs that may have grown and reads
 * each of them, oldest hour first, to its present end. Full batches leave through `#deliver(batch)`,
 * which waits for the receiver and only then settles the bytes that the batch covers; the cursor
 * moves over settled bytes and over nothing else. What cannot be understood travels in the same
 * batch as a dead letter: it is durable before the cursor passes it, and never blocks its
 * neighbours. A batch that the receiver refuses goes in pieces, until the record that it refuses is
 * found (parcel-delivery.ts); while that is in doubt, its resource is not read on.
 *
 * Only this file knows the order of the stages. It has no socket, file or timer of its own.
 * Backpressure is the byte budget: reading stops while too many bytes are not settled.
 */
import {
  beginReading,
  endReading,
  leaveReading,
  nextStep,
  seenTo,
  splitOn,
} from "./blob-reading.ts";
import type { Reading, TileContent } from "./blob-reading.ts";
import type { OpenBlob } from "./checkpoint/open-blob.ts";
import { isCancelled } from "./errors.ts";
import type { AuditedResource, Batch } from "./model.ts";
import type { EncodedRequest } from "./export/exporter.ts";
import { toParcel } from "./parcel.ts";
import type { Parcel } from "./parcel.ts";
import { deliverParcel, prepareParcel } from "./parcel-delivery.ts";
import type { PipelineParts } from "./pipeline-parts.ts";
import type { ReadWindow } from "./read/blob-reader.ts";
import { createDueTimer, type DueTimer } from "./runtime/due-timer.ts";
import type { Slot } from "./runtime/ordered-slots.ts";
import { PendingWork } from "./runtime/pending-work.ts";
import { SegmentFates } from "./segment-fates.ts";
import { Settlement } from "./settlement.ts";
import type { Mark } from "./settlement.ts";

/** What a round came to. */
export interface Round {
  /** There is more to read at once. */
  readonly hasMore: boolean;
  /** New bytes were read. */
  readonly hasGrown: boolean;
}

export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #settlement: Settlement;
  /** What is still to be settled of batches that have left their row. */
  readonly #aside = new PendingWork();
  /** Sends batches that nothing fills. */
  readonly #flushTimer: DueTimer;
  #activity = 0;

  constructor(parts: PipelineParts) {
    const { clock, batcher, abandon: signal, onFailure } = parts;
    this.#parts = parts;
    this.#settlement = new Settlement(parts);
    const onDue = this.#flush.bind(this);
    const dueAtMs = (): number | undefined => batcher.dueAtMs;
    this.#flushTimer = createDueTimer({ clock, dueAtMs, onDue, signal, onFailure });
  }

  /** Changes with every window read and every record settled. */
  get activity(): number {
    return this.#activity;
  }

  /** One round of a resource. Storage and store errors pass through; what was read stays read. */
  async follow(resource: AuditedResource, signal: AbortSignal): Promise<Round> {
    const { progressBook, discover, settings, checkpointer } = this.#parts;
    if (this.#settlement.isInDoubt(resource.prefix)) return { hasMore: true, hasGrown: false };
    const progress = await progressBook.of(resource.prefix);
    this.#settlement.closeSettled(progress);
    const blobs = await discover(resource, progress, signal);
    const seenBefore = new Map(blobs.map((blob) => [blob, blob.seenLength]));
    let bytesLeft = settings.roundBytes;
    for (const blob of blobs) {
      this.#settlement.own(blob, progress);
      bytesLeft -= await this.#readOn(resource, blob, { maxBytes: bytesLeft, signal });
      if (bytesLeft <= 0 || this.#mustWait(resource, blob)) break;
    }
    this.#settlement.closeSettled(progress);
    if (progressBook.isCurrent(progress)) checkpointer.markDirty(progress);
    const hasGrown = blobs.some((blob) => blob.seenLength > (seenBefore.get(blob) ?? 0));
    const isHeld = blobs.some((blob) => this.#settlement.isStuck(resource, blob));
    return { hasMore: progress.hasMore || isHeld, hasGrown };
  }

  /** Reads one blob to its present end, about `maxBytes` of it; returns how much was read. */
  async #readOn(
    resource: AuditedResource,
    blob: OpenBlob,
    limits: { maxBytes: number; signal: AbortSignal },
  ): Promise<number> {
    if (this.#settlement.isStuck(resource, blob)) return 0;
    const reading = beginReading(this.#parts, resource, blob, limits);
    try {
      let step = await nextStep(reading);
      for (; step.kind === "window"; step = await nextStep(reading)) {
        await this.#take(reading, step);
        if (this.#settlement.isStuck(resource, blob)) return leaveReading(reading);
      }
      for (const tail of endReading(this.#parts, reading, step)) this.#put(reading, tail);
      return seenTo(reading) - reading.from;
    } finally {
      reading.steps.close();
    }
  }

  /**
   * Whether younger hours have to wait for the cursor of a blob, too: then what is left of its batch leaves at once.
   * Where records are set aside they need not, for only younger ones can bring the evidence.
   */
  #mustWait(resource: AuditedResource, blob: OpenBlob): boolean {
    if (!this.#settlement.isStuck(resource, blob)) return false;
    this.#deliver(this.#parts.batcher.take(resource.prefix));
    return !this.#settlement.hasAside(resource);
  }

  /** Splits, parses, maps and batches one window; sends the batches that become full. */
  async #take(reading: Reading, window: ReadWindow): Promise<void> {
    const { start, bytes } = window;
    const { budget, slots, batcher, events, understand, windows, pause } = this.#parts;
    const { splitter, origin } = reading;
    const tiles = splitOn(understand, reading, window);
    windows.hold(reading.blob, splitter.tiledTo, window);
    this.#activity++;
    let records = 0;
    for (const tile of tiles) {
      if (tile.raw.length > 0) records++;
      if (this.#put(reading, tile)) await pause();
    }
    // An unterminated last line was copied out of the window: the line, not the copy, is charged.
    budget.credit(start + bytes.length - Math.max(splitter.tiledTo, start));
    const resource = origin.resource.prefix;
    events.windowRead({ resource, bytes: bytes.length, records });
    // With nothing in flight, nobody would give budget back before the flush timer.
    if (budget.available < bytes.length && slots.inFlight + slots.waiting === 0) {
      this.#deliver(batcher.take(resource));
    }
  }

  /** Puts one tile into its resource's batch; true when that made a batch full and sent it. */
  #put({ blob, origin }: Reading, { raw, content, chargedBytes }: TileContent): boolean {
    const { batcher, budget, clock } = this.#parts;
    const resourceKey = origin.resource.prefix;
    if (!this.#settlement.isCurrent(blob)) {
      // Void since a conflict: the next round reads it again from where the store stands.
      budget.credit(chargedBytes);
      return false;
    }
    const item = { resourceKey, blob: blob.identity, raw, chargedBytes, content };
    const full = batcher.add(item, clock.monotonicNow());
    blob.readTo = raw.tile.end;
    blob.crcAtReadTo = raw.crcAtEnd;
    blob.framingAtReadTo = raw.framingAtEnd;
    blob.trailerBytes = 0;
    this.#deliver(full);
    this.#flushTimer.start();
    return full !== undefined;
  }

  /** Encodes a batch at once, sends it when its turn has come, and settles it by what comes of it. */
  #deliver(batch: Batch | undefined): void {
    if (batch === undefined) return;
    const { delivery, encode, slots } = this.#parts;
    const marks = this.#settlement.begin(batch.segments);
    const parcel = toParcel(batch, encode);
    const prepared = prepareParcel(delivery, parcel);
    slots
      .run(
        parcel.resourceKeys,
        async (slot) => this.#send(parcel, marks, await prepared, slot),
        prepared,
      )
      .catch(this.#failed);
  }

  /**
   * Its dead letters are safe; now the receiver. A segment is settled when all its records have their fate; records that
   * wait for evidence do so beside the row of batches, so that younger ones can leave.
   */
  async #send(
    parcel: Parcel,
    marks: readonly Mark[],
    request: EncodedRequest | undefined,
    slot: Slot,
  ): Promise<void> {
    const { delivery, events } = this.#parts;
    const fates = new SegmentFates(parcel.segments);
    this.#settlement.settle(marks, fates.withoutRecords());
    const { deadLetters, newestRecordMs } = parcel;
    this.#activity++;
    if (deadLetters.length > 0) {
      events.recordsSettled({ fate: "deadLettered", records: deadLetters.length, newestRecordMs });
    }
    if (request === undefined) return;
    events.batchSent({ bytes: request.body.length });
    let endDoubt: (() => void) | undefined;
    const leftovers = await deliverParcel(delivery, parcel, request, {
      onFate: (piece, fate) => {
        this.#settlement.settle(marks, fates.decide(piece, fate));
        this.#activity++;
        events.recordsSettled({ fate, records: piece.to - piece.from, newestRecordMs });
      },
      onDoubt: () => {
        slot.giveWay();
        endDoubt ??= this.#settlement.doubt(marks);
      },
    });
    endDoubt?.();
    if (leftovers === undefined) return;
    this.#settlement.setAside(marks);
    this.#aside.add(leftovers.settled.catch(this.#failed));
  }

  /** A batch that a stop abandoned is no failure: its cursor stays before it, the next run repeats it. */
  readonly #failed = (error: unknown): void => {
    if (!isCancelled(error)) this.#parts.onFailure(error);
  };

  /** Sends every batch that is due at `nowMs`, small ones together. */
  #flush(nowMs: number): void {
    for (const batch of this.#parts.batcher.takeDue(nowMs)) this.#deliver(batch);
  }

  /** Drops what was read of a resource and not sent yet: its progress is void. */
  discard(resourceKey: string): void {
    const { batcher, budget } = this.#parts;
    for (const segment of batcher.take(resourceKey)?.segments ?? []) {
      budget.credit(segment.chargedBytes);
    }
  }

  /** Sends what is left and waits until nothing is in flight. */
  async drain(): Promise<void> {
    this.#flush(Infinity);
    for (;;) {
      await this.#parts.slots.whenIdle();
      if (this.#aside.isEmpty) return;
      await this.#aside.settle();
    }
  }
}
