// SPDX-License-Identifier: Apache-2.0
/**
 * Gathers records into batches by bytes, count and age (pure; the caller tells the time).
 *
 * A batch holds one resource, in the order of reading. Only leftovers below `shareBelowBytes` that the flush timer finds
 * go together into one batch, so that a thousand quiet vaults do not cost a thousand requests. A batch also carries the
 * dead letters found between its records: they are settled together, so a bad line never blocks its neighbours.
 */
import type {
  Batch,
  BlobIdentity,
  DeadLetter,
  MappedRecord,
  RawRecord,
  Segment,
} from "../model.ts";

export interface BatcherOptions {
  /** Most bytes of an uncompressed request, by the records' own estimate. */
  readonly maxBytes: number;
  readonly maxRecords: number;
  /** Age at which a batch is due, counted from its first record. */
  readonly flushAfterMs: number;
  /** Due batches below this size may share a request. */
  readonly shareBelowBytes: number;
}

/** One tile, understood: a record to export, a dead letter, or neither (blank lines). */
export interface BatchItem {
  readonly resourceKey: string;
  readonly blob: BlobIdentity;
  readonly raw: RawRecord;
  /** Bytes of the budget that this tile holds. */
  readonly chargedBytes: number;
  readonly content: MappedRecord | DeadLetter | undefined;
}

export interface Batcher {
  /** Adds a tile; returns the batch that this made full. */
  add(item: BatchItem, nowMs: number): Batch | undefined;
  /** Takes every batch that is due at `nowMs`, small ones together. */
  takeDue(nowMs: number): Batch[];
  /** Takes a resource's open batch, whatever its age. */
  take(resourceKey: string): Batch | undefined;
  /** When the oldest open batch becomes due, epoch ms; undefined when nothing is open. */
  readonly dueAtMs: number | undefined;
}

export function createBatcher(options: BatcherOptions): Batcher {
  const open = new Map<string, OpenBatch>();

  const take = (resourceKey: string): Batch | undefined => {
    const batch = open.get(resourceKey);
    open.delete(resourceKey);
    return batch;
  };

  return {
    add: (item, nowMs) => {
      const bytes = bytesOf(item.content);
      let batch = open.get(item.resourceKey);
      let full: Batch | undefined;
      const isFull = batch !== undefined && batch.bytes + bytes > options.maxBytes;
      if (isFull || (batch?.items ?? 0) >= options.maxRecords) {
        full = take(item.resourceKey);
        batch = undefined;
      }
      if (batch === undefined) {
        batch = new OpenBatch(item.resourceKey, nowMs + options.flushAfterMs);
        open.set(item.resourceKey, batch);
      }
      batch.add(item, bytes);
      return full;
    },
    takeDue: (nowMs) => {
      const due = [...open.values()].filter((batch) => batch.dueAtMs <= nowMs);
      for (const batch of due) open.delete(batch.resourceKeys[0] ?? "");
      return shareRequests(due, options);
    },
    take,
    get dueAtMs() {
      // Batches open in the order of the map, and all wait equally long: the first is the oldest.
      return open.values().next().value?.dueAtMs;
    },
  };
}

/** A batch still being filled. */
class OpenBatch implements Batch {
  readonly resourceKeys: string[];
  readonly records: MappedRecord[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly segments: GrowingSegment[] = [];
  readonly dueAtMs: number;
  bytes = 0;
  items = 0;

  constructor(resourceKey: string, dueAtMs: number) {
    this.resourceKeys = [resourceKey];
    this.dueAtMs = dueAtMs;
  }

  add(item: BatchItem, bytes: number): void {
    const segment = this.#segmentFor(item);
    segment.end = item.raw.tile.end;
    segment.crcAtEnd = item.raw.crcAtEnd;
    segment.framingAtEnd = item.raw.framingAtEnd;
    segment.chargedBytes += item.chargedBytes;
    this.bytes += bytes;
    this.items++;
    if (item.content === undefined) return;
    if ("logRecord" in item.content) {
      this.records.push(item.content);
      segment.records++;
    } else {
      this.deadLetters.push(item.content);
      segment.deadLetters++;
    }
  }

  #segmentFor({ blob, resourceKey, raw }: BatchItem): GrowingSegment {
    const last = this.segments.at(-1);
    if (last?.blob === blob && last.end === raw.tile.start) return last;
    const segment = {
      blob,
      resourceKey,
      start: raw.tile.start,
      end: raw.tile.start,
      crcAtEnd: raw.crcAtEnd,
      framingAtEnd: raw.framingAtEnd,
      chargedBytes: 0,
      records: 0,
      deadLetters: 0,
    };
    this.segments.push(segment);
    return segment;
  }
}

type GrowingSegment = { -readonly [Key in keyof Segment]: Segment[Key] };

function bytesOf(content: BatchItem["content"]): number {
  return content !== undefined && "logRecord" in content ? content.approxBytes : 0;
}

/** Puts small batches together as long as they fit one request; large ones stay alone. */
function shareRequests(due: readonly OpenBatch[], options: BatcherOptions): Batch[] {
  const batches: Batch[] = due.filter((batch) => batch.bytes >= options.shareBelowBytes);
  let group: OpenBatch[] = [];
  let bytes = 0;
  let items = 0;
  for (const batch of due.filter((small) => small.bytes < options.shareBelowBytes)) {
    const isFull =
      bytes + batch.bytes > options.maxBytes || items + batch.items > options.maxRecords;
    if (isFull && group.length > 0) {
      batches.push(merge(group));
      group = [];
      bytes = items = 0;
    }
    group.push(batch);
    bytes += batch.bytes;
    items += batch.items;
  }
  if (group.length > 0) batches.push(merge(group));
  return batches;
}

function merge(group: readonly OpenBatch[]): Batch {
  return {
    resourceKeys: group.flatMap((batch) => batch.resourceKeys),
    records: group.flatMap((batch) => batch.records),
    deadLetters: group.flatMap((batch) => batch.deadLetters),
    segments: group.flatMap((batch) => batch.segments),
  };
}
