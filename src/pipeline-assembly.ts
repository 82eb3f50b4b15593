// SPDX-License-Identifier: Apache-2.0
/** Puts the pipeline together from the ports of a lifecycle. */
import { createBatcher } from "./batch/batcher.ts";
import { createCheckpointer } from "./checkpoint/checkpointer.ts";
import type { Checkpointer } from "./checkpoint/checkpointer.ts";
import { createProgressBook } from "./checkpoint/progress-book.ts";
import type { ProgressBook } from "./checkpoint/progress-book.ts";
import { createDeadLetterKeeper } from "./dead-letter/dead-letter-keeper.ts";
import { hourOfBlob } from "./discover/blob-path.ts";
import { discoverRound } from "./discovery-round.ts";
import { ConnectorError } from "./errors.ts";
import type { LifecycleParts } from "./lifecycle-parts.ts";
import type { EncodedRecord } from "./model.ts";
import type { Original } from "./parcel.ts";
import type { PipelineParts } from "./pipeline-parts.ts";
import { Pipeline } from "./pipeline.ts";
import { createBlobReader } from "./read/blob-reader.ts";
import { createWindowKeeper } from "./read/window-keeper.ts";
import { yieldToIo } from "./runtime/clock.ts";
import { createByteBudget } from "./runtime/byte-budget.ts";
import type { ByteBudget } from "./runtime/byte-budget.ts";
import { createOrderedSlots } from "./runtime/ordered-slots.ts";
import type { OrderedSlotsOptions } from "./runtime/ordered-slots.ts";

/** Leftovers below this may share a request. */
const SHARE_BELOW_BYTES = 256 * 1024;
/** How much of one resource a round reads before it lets others in. */
const ROUND_BYTES = 32 * 1024 * 1024;
/** Windows never become smaller than this, however many resources are behind. */
const MIN_WINDOW_BYTES = 256 * 1024;

export interface AssemblyOptions {
  readonly startHourMs: number;
  readonly isPolling: boolean;
  readonly abandon: AbortSignal;
  readonly onFailure: (error: unknown) => void;
  /** How many rounds run now: they share the byte budget. */
  readonly activeRounds: () => number;
}

export interface PipelineAssembly {
  readonly pipeline: Pipeline;
  readonly checkpointer: Checkpointer;
}

export function assemblePipeline(
  parts: LifecycleParts,
  options: AssemblyOptions,
): PipelineAssembly {
  const { clock, events, settings } = parts;
  const { startHourMs, isPolling, abandon, onFailure } = options;
  const budget = createByteBudget(settings.budgetBytes);
  const { checkpointIntervalMs: intervalMs } = settings;
  const checkpointer = createCheckpointer({ ...parts, intervalMs });
  const pipeline: Pipeline = new Pipeline({
    discover: discoverWith(parts, options),
    ...readingWith(parts, options, budget),
    understand: parts.understand,
    batcher: createBatcher(batchLimits(settings)),
    encode: parts.encode,
    pause: async () => {
      await yieldToIo();
      await parts.roomToEncode?.();
    },
    slots: createOrderedSlots(slotLimits(settings)),
    ...deliveryWith(parts, abandon),
    progressBook: bookOf(parts, startHourMs, (resourceKey) => {
      pipeline.discard(resourceKey);
    }),
    checkpointer,
    clock,
    events,
    settings: { ...settings, roundBytes: ROUND_BYTES, isPolling },
    abandon,
    onFailure,
  });
  return { pipeline, checkpointer };
}

function deliveryWith(
  { exporter, encode, understand, deadLetters: sink, clock, events, random }: LifecycleParts,
  signal: AbortSignal,
): Pick<PipelineParts, "delivery"> {
  const deadLetters = createDeadLetterKeeper({ sink, clock, events, random });
  const requestOf: PipelineParts["delivery"]["requestOf"] = (originals) =>
    encode(mapAgain(understand, originals));
  return { delivery: { exporter, deadLetters, requestOf, clock, events, signal } };
}

/** Equal originals give equal bytes, so what was mapped once is mapped again. */
function mapAgain(
  understand: LifecycleParts["understand"],
  originals: readonly Original[],
): EncodedRecord[] {
  return originals.map(({ raw, origin }) => {
    const understood = understand(raw, origin);
    if (understood !== undefined && "logRecord" in understood) return understood.logRecord;
    throw new ConnectorError("INTERNAL", "a record that was mapped before is not any more");
  });
}

function readingWith(
  { storage, releaseWindow, settings }: LifecycleParts,
  { activeRounds }: AssemblyOptions,
  budget: ByteBudget,
): Pick<PipelineParts, "reader" | "budget" | "windows"> {
  const reader = createBlobReader({
    container: storage,
    budget,
    windowBytes: () => windowBytes(settings, activeRounds()),
  });
  return { reader, budget, windows: createWindowKeeper((bytes) => releaseWindow?.(bytes)) };
}

function discoverWith(
  { storage, store, clock, events, settings }: LifecycleParts,
  { startHourMs, isPolling }: AssemblyOptions,
): PipelineParts["discover"] {
  const discovery = {
    listing: storage,
    container: storage,
    store,
    clock,
    events,
    settings: { ...settings, startHourMs, isPolling },
  };
  return (resource, progress, signal) => discoverRound(discovery, resource, progress, signal);
}

function bookOf(
  { store, events, settings }: LifecycleParts,
  startHourMs: number,
  discard: (resourceKey: string) => void,
): ProgressBook {
  return createProgressBook({
    store,
    account: settings.account,
    container: settings.container,
    startHourMs,
    hourOf: hourOfBlob,
    onLoaded: ({ resourceKey }, isKnown) => {
      events.resourceFound({ resource: resourceKey, isKnown });
    },
    onConflict: discard,
  });
}

function batchLimits(settings: LifecycleParts["settings"]): Parameters<typeof createBatcher>[0] {
  return {
    maxBytes: settings.batchMaxBytes,
    maxRecords: settings.batchMaxRecords,
    flushAfterMs: settings.batchFlushMs,
    shareBelowBytes: SHARE_BELOW_BYTES,
  };
}

function slotLimits(settings: LifecycleParts["settings"]): OrderedSlotsOptions {
  return { total: settings.maxInFlight, perKey: settings.maxInFlightPerResource };
}

/** A quarter of the budget for each reader, so that one reads while the others are sent. */
function windowBytes(
  settings: { windowBytes: number; budgetBytes: number },
  activeRounds: number,
): number {
  const share = Math.floor(settings.budgetBytes / (4 * Math.max(1, activeRounds)));
  return Math.min(settings.windowBytes, Math.max(MIN_WINDOW_BYTES, share));
}
