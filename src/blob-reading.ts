// SPDX-License-Identifier: Apache-2.0
/**
 * One blob being read in one round: how it begins, and what its end means for the blob. The windows between belong to
 * the pipeline.
 */
import type { OpenBlob } from "./checkpoint/resource-progress.ts";
import type { AuditedResource, RawRecord, RecordOrigin } from "./model.ts";
import type { PipelineParts, PipelineSettings } from "./pipeline-parts.ts";
import type { BlobState } from "./read/blob-container.ts";
import type { BlobReading, ReadStep } from "./read/blob-reader.ts";
import { countRecords, createRecordSplitter } from "./read/record-splitter.ts";
import type { RecordSplitter } from "./read/record-splitter.ts";
import { ruleOnTail } from "./read/tail-rule.ts";
import { asIncomplete, isDeadLetter } from "./understanding.ts";
import type { Understanding } from "./understanding.ts";

/** An oversize record keeps its first bytes only. */
const KEPT_OVERSIZE_BYTES = 64 * 1024;

export interface Reading {
  readonly blob: OpenBlob;
  readonly splitter: RecordSplitter;
  readonly origin: RecordOrigin;
  /** First byte of this reading. */
  readonly from: number;
  /** Byte to stop before in any case. */
  readonly goal: number;
  readonly open: (from: number) => BlobReading;
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
  const open = (start: number): BlobReading => {
    const until = Math.min(start + maxBytes, goal);
    return reader.open({ name, createdAtMs, from: start, until, minBlockCount }, signal);
  };
  return {
    blob,
    from,
    goal,
    open,
    steps: open(from),
    splitter: createRecordSplitter({
      offset: from,
      crc32: blob.crcAtReadTo,
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
    reading.steps = reading.open(seen);
  }
}

/** How far a reading has seen, a half-written last line included. */
export function seenTo({ splitter }: Reading): number {
  return splitter.tiledTo + splitter.tailBytes;
}

/**
 * Notes on the blob how the reading ended. Returns the last line without a newline when it is to be taken now: because
 * it is whole, or because nothing more will come.
 */
export function endReading(
  parts: Pick<PipelineParts, "events" | "settings" | "understand">,
  reading: Reading,
  end: Exclude<ReadStep, { kind: "window" }>,
): { raw: RawRecord; content: Understanding } | undefined {
  const { blob } = reading;
  if (end.kind === "caught-up") {
    noteCaughtUp(reading, end.state, parts.settings);
    return blob.seenLength >= end.state.length ? takeTail(parts, reading, end.state) : undefined;
  }
  parts.events.blobChanged({
    change: end.kind === "gone" ? "deleted" : end.kind,
    blob: blob.identity,
    settledBytes: blob.tracker.settled().offset,
    lostBytes: Math.max(0, blob.knownLength - blob.readTo),
  });
  blob.isEnded = true;
  return undefined;
}

function noteCaughtUp(reading: Reading, state: BlobState, { isPolling }: PipelineSettings): void {
  const { blob } = reading;
  blob.isSuspect = false;
  blob.blockCount = state.blockCount;
  blob.lastModifiedMs = state.lastModifiedMs;
  blob.seenLength = seenTo(reading);
  // Without polling, the length that was first seen stays the goal, however the blob grows.
  blob.knownLength = isPolling ? state.length : Math.min(blob.knownLength, state.length);
}

function takeTail(
  { settings, understand, events }: Pick<PipelineParts, "events" | "settings" | "understand">,
  { blob, splitter, origin }: Reading,
  state: BlobState,
): { raw: RawRecord; content: Understanding } | undefined {
  blob.tailCheckAtMs = undefined;
  if (splitter.tailBytes === 0) return undefined;
  const { action, lookAgainAtMs } = ruleOnTail(state, settings);
  blob.tailCheckAtMs = lookAgainAtMs;
  const raw = action === "wait" ? undefined : splitter.takeTail();
  if (raw === undefined) return undefined;
  const content = understand(raw, origin);
  if (isDeadLetter(content) && action !== "take") return undefined;
  blob.tailCheckAtMs = undefined;
  // Its bytes were counted when they were read, as a record it is counted here.
  events.windowRead({ resource: origin.resource.prefix, bytes: 0, records: countRecords([raw]) });
  return { raw, content: isDeadLetter(content) ? asIncomplete(content) : content };
}
