// SPDX-License-Identifier: Apache-2.0
/**
 * One blob being read in one round: how it begins, and what its end means for the blob. The windows between belong to
 * the pipeline.
 */
import type { OpenBlob } from "./checkpoint/open-blob.ts";
import type { AuditedResource, RawRecord, RecordOrigin } from "./model.ts";
import type { PipelineParts } from "./pipeline-parts.ts";
import type { BlobState } from "./read/blob-container.ts";
import type { BlobReading, ReadStep, ReadWindow } from "./read/blob-reader.ts";
import { separateObjects } from "./read/objects-on-a-line.ts";
import { countRecords, createRecordSplitter } from "./read/record-splitter.ts";
import type { RecordSplitter } from "./read/record-splitter.ts";
import { ruleOnTail } from "./read/tail-rule.ts";
import { asIncomplete, isDeadLetter } from "./understanding.ts";
import type { Understanding } from "./understanding.ts";

/** An oversize record keeps its first bytes only. */
const KEPT_OVERSIZE_BYTES = 64 * 1024;

/** A tile, and what was made of the record in it. */
export interface TileContent {
  readonly raw: RawRecord;
  readonly content: Understanding;
  /** Bytes of the budget that it holds: none for what earlier windows brought, which was copied and credited. */
  readonly chargedBytes: number;
}

export interface Reading {
  readonly blob: OpenBlob;
  readonly splitter: RecordSplitter;
  readonly origin: RecordOrigin;
  /** First byte of this reading. */
  readonly from: number;
  /** Byte to stop before in any case. */
  readonly goal: number;
  /** Reads on from a position; `etag` names the version of a rewritable blob that was read up to there. */
  readonly open: (from: number, etag: string | undefined) => BlobReading;
  steps: BlobReading;
}

/** Begins where the blob was left; reads about `maxBytes` of it. */
export function beginReading(
  parts: PipelineParts,
  resource: AuditedResource,
  blob: OpenBlob,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): Reading {
  const { reader, settings, clock } = parts;
  const from = blob.readTo;
  const goal = settings.isPolling ? Infinity : Math.max(from, blob.knownLength);
  const { name, createdAtMs } = blob.identity;
  const { blockCount: minBlockCount } = blob;
  const open = (start: number, etag: string | undefined): BlobReading => {
    const until = Math.min(start + maxBytes, goal);
    const crcBefore = start === blob.readTo ? blob.crcAtReadTo : undefined;
    const known = { name, createdAtMs, minBlockCount, etag, crcBefore };
    return reader.open({ ...known, from: start, until }, signal);
  };
  return {
    blob,
    from,
    goal,
    open,
    steps: open(from, blob.etag),
    splitter: createRecordSplitter({
      offset: from,
      crc32: blob.crcAtReadTo,
      framing: blob.framingAtReadTo,
      maxRecordBytes: settings.maxRecordBytes,
      keptBytes: KEPT_OVERSIZE_BYTES,
    }),
    origin: {
      resource,
      blob: blob.identity,
      hourMs: blob.hourMs,
      observedAtMs: settings.observedTimestamp === "read" ? clock.now() : undefined,
    },
  };
}

/**
 * The next step. A share of bytes that ends inside the first record is extended: the next round would come back to the
 * same record, with the same share, for ever.
 */
export async function nextStep(reading: Reading): Promise<ReadStep> {
  for (;;) {
    const step = await reading.steps.next();
    if (step.kind !== "caught-up") return step;
    const seen = seenTo(reading);
    const isAtEnd = seen >= Math.min(step.state.length, reading.goal);
    if (isAtEnd || reading.splitter.tiledTo > reading.from) return step;
    reading.steps = reading.open(seen, step.state.etag);
  }
}

/** How far a reading has seen, a half-written last line included. */
export function seenTo({ splitter }: Reading): number {
  return splitter.tiledTo + splitter.tailBytes;
}

/** Leaves a reading before its end; returns how much was read. What is behind the last whole record is read again. */
export function leaveReading(reading: Reading): number {
  const { blob, from } = reading;
  blob.seenLength = Math.max(blob.seenLength, blob.readTo);
  return seenTo(reading) - from;
}

/** Splits a window at once, and understands its tiles one by one as they are asked for. */
export function splitOn(
  understand: PipelineParts["understand"],
  { splitter, origin }: Reading,
  { start, bytes }: ReadWindow,
): Iterable<TileContent> {
  const crcBefore = splitter.crcAtTiledTo;
  return contentsOf(understand, splitter.push(bytes), { start, crcBefore, origin });
}

/**
 * A line that is no JSON may hold several objects: then each is a tile of its own. `crcBefore` is the CRC-32 of the blob
 * up to the first tile; bytes before `start` were copied out of earlier windows, and are charged no more.
 */
export function* contentsOf(
  understand: PipelineParts["understand"],
  tiles: readonly RawRecord[],
  { start, crcBefore, origin }: { start: number; crcBefore: number; origin: RecordOrigin },
): Generator<TileContent> {
  let crc = crcBefore;
  const chargedBytes = ({ tile }: RawRecord): number =>
    Math.max(0, tile.end - Math.max(tile.start, start));
  for (const raw of tiles) {
    const content = understand(raw, origin);
    const isNotJson = isDeadLetter(content) && content.reason === "not-json";
    const objects = isNotJson ? separateObjects(raw, crc) : undefined;
    crc = raw.crcAtEnd;
    if (objects === undefined) yield { raw, content, chargedBytes: chargedBytes(raw) };
    for (const part of objects ?? []) {
      yield { raw: part, content: understand(part, origin), chargedBytes: chargedBytes(part) };
    }
  }
}

type EndParts = Pick<PipelineParts, "clock" | "events" | "settings" | "understand">;

/**
 * Notes on the blob how the reading ended. Returns the unfinished last record or line when it is to be taken now:
 * because it is whole, or because nothing more will come.
 */
export function endReading(
  parts: EndParts,
  reading: Reading,
  end: Exclude<ReadStep, { kind: "window" }>,
): readonly TileContent[] {
  const { blob } = reading;
  if (end.kind === "caught-up") {
    noteCaughtUp(parts, reading, end.state);
    return blob.seenLength >= end.state.length ? takeTail(parts, reading, end.state) : [];
  }
  if (end.kind === "rewritten") {
    // The next round begins anew, and sees by the bytes whether it is still the same blob.
    blob.isSuspect = true;
    return [];
  }
  blob.isEnded = true;
  // A block blob that was written again before anything was read of it has lost nothing.
  if (end.kind === "replaced" && end.state.isRewritable && blob.readTo === 0) return [];
  parts.events.blobChanged({
    change: end.kind === "gone" ? "deleted" : end.kind,
    blob: blob.identity,
    settledBytes: blob.tracker.settled().offset,
    lostBytes: Math.max(0, blob.ownLength - blob.readTo),
  });
  return [];
}

function noteCaughtUp({ clock, settings }: EndParts, reading: Reading, state: BlobState): void {
  const { blob } = reading;
  blob.isSuspect = false;
  blob.blockCount = state.blockCount;
  blob.lastModifiedMs = state.lastModifiedMs;
  blob.serviceAheadMs = state.serviceDateMs - clock.monotonicNow();
  blob.lastCreatedAtMs = state.createdAtMs;
  blob.etag = state.isRewritable ? state.etag : undefined;
  blob.trailerBytes = reading.splitter.trailerBytes;
  blob.seenLength = seenTo(reading);
  blob.ownLength = state.length;
  // Without polling, the length that was first seen stays the goal, however the blob grows.
  blob.knownLength = settings.isPolling ? state.length : Math.min(blob.knownLength, state.length);
}

function takeTail(
  { clock, settings, understand, events }: EndParts,
  { blob, splitter, origin }: Reading,
  state: BlobState,
): readonly TileContent[] {
  blob.tailCheckAtMs = undefined;
  // The end of a document is no tail: a block blob that is written again has its next records there.
  if (splitter.tailBytes === splitter.trailerBytes) return [];
  const { action, lookAgainAtMs } = ruleOnTail(state, settings);
  // Their times tell how long to wait; ours may be another, and tells only when that is over.
  blob.tailCheckAtMs = clock.monotonicNow() + lookAgainAtMs - state.serviceDateMs;
  if (action === "wait") return [];
  const place = { start: Infinity, crcBefore: splitter.crcAtTiledTo, origin };
  const tail = [...contentsOf(understand, splitter.takeTail(), place)];
  if (tail.some(({ content }) => isDeadLetter(content)) && action !== "take") return [];
  blob.tailCheckAtMs = undefined;
  // Its bytes were counted when they were read, as a record it is counted here.
  const records = countRecords(tail.map(({ raw }) => raw));
  events.windowRead({ resource: origin.resource.prefix, bytes: 0, records });
  return tail.map((tile) => {
    return isDeadLetter(tile.content) ? { ...tile, content: asIncomplete(tile.content) } : tile;
  });
}
