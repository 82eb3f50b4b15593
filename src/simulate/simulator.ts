// SPDX-License-Identifier: Apache-2.0
/**
 * Runs generator and writer: live at a rate, or history as fast as storage takes it.
 *
 * Times come from the plan, not from the moment of writing: the n-th record is due at `start + n / rate`, so that the
 * same seed, resources, count and start give the same bytes on a slow machine too. A stop never tears: it is looked at
 * between appends only, and then what is half-written is finished.
 */
import { isCancelled } from "../errors.ts";
import type { Clock } from "../runtime/clock.ts";
import type { AuditBlobWriter, WrittenCounts } from "./audit-blob-writer.ts";
import type { AuditEventGenerator } from "./audit-event-generator.ts";
import type { RandomSource } from "./random-source.ts";

export type SimulationPlan =
  /** From now on, until the count or the duration is reached; without both, until stopped. */
  | {
      readonly kind: "live";
      /** Records a second over all resources. */
      readonly ratePerSecond: number;
      readonly durationMs: number | undefined;
      readonly count: number | undefined;
    }
  /** `count` records evenly over `[fromMs, toMs)`. */
  | {
      readonly kind: "history";
      readonly fromMs: number;
      readonly toMs: number;
      readonly count: number;
    };

export interface SimulationParts {
  readonly generator: AuditEventGenerator;
  readonly writer: AuditBlobWriter;
  readonly clock: Clock;
  /** Decides which resource is next, and how old an event is when it is received. Not the writer's. */
  readonly random: RandomSource;
  /** Events are received up to so long after they happened. Default 0. */
  readonly maxEventDelayMs?: number;
  /** How often blobs are appended to in a live run. Default 1,000. */
  readonly appendIntervalMs?: number;
}

export interface SimulationSignals {
  /** Ends the run between two appends. */
  readonly stop: AbortSignal;
  /** Breaks an append off: what is in the blob then is unknown. */
  readonly abandon: AbortSignal;
}

export interface SimulationSummary extends WrittenCounts {
  readonly elapsedMs: number;
  readonly blobs: number;
  /** False when it was stopped before its end. */
  readonly isComplete: boolean;
  readonly resources: readonly ResourceSummary[];
}

export interface ResourceSummary extends WrittenCounts {
  readonly name: string;
  readonly resourceId: string;
}

/** Enough for good blocks, small enough for any machine. */
const FLUSH_BYTES = 4 * 1024 * 1024;
const DEFAULT_APPEND_INTERVAL_MS = 1_000;

/**
 * Runs until the plan is fulfilled or `stop` aborts; both end well, with a summary of what is in the blobs.
 * `onProgress` hears after every flush. Throws the storage's error when an append fails, CANCELLED when abandoned.
 */
export async function runSimulation(
  parts: SimulationParts,
  plan: SimulationPlan,
  signals: SimulationSignals,
  onProgress: (progress: SimulationSummary) => void = () => undefined,
): Promise<SimulationSummary> {
  const startMs = parts.clock.now();
  const report = (isComplete: boolean): SimulationSummary =>
    summarise(parts, parts.clock.now() - startMs, isComplete);
  const flush = async (): Promise<void> => {
    await parts.writer.flush(signals.abandon);
    onProgress(report(false));
  };
  const schedule = scheduleOf(plan, startMs);
  const isComplete = await produce(parts, schedule, flush, signals.stop);
  await parts.writer.finish(signals.abandon);
  return report(isComplete);
}

/** When which record is due. */
interface Schedule {
  /** Infinity: until stopped. */
  readonly total: number;
  /** Epoch milliseconds of the record's receipt. */
  dueAtMs(index: number): number;
  /** False when all is past: then nobody waits. */
  readonly isLive: boolean;
}

function scheduleOf(plan: SimulationPlan, startMs: number): Schedule {
  if (plan.kind === "history") {
    const stepMs = (plan.toMs - plan.fromMs) / plan.count;
    return {
      total: plan.count,
      dueAtMs: (index) => Math.floor(plan.fromMs + index * stepMs),
      isLive: false,
    };
  }
  const { ratePerSecond, durationMs = Infinity, count = Infinity } = plan;
  return {
    total: Math.min(count, Math.floor((durationMs * ratePerSecond) / 1000)),
    dueAtMs: (index) => Math.floor(startMs + (index * 1000) / ratePerSecond),
    isLive: true,
  };
}

/** True when all records of the schedule were produced, false when the signal came first. */
async function produce(
  parts: SimulationParts,
  schedule: Schedule,
  flush: () => Promise<void>,
  signal: AbortSignal,
): Promise<boolean> {
  const { clock, writer } = parts;
  for (let index = 0; index < schedule.total; index++) {
    const dueAtMs = schedule.dueAtMs(index);
    if (schedule.isLive && dueAtMs > clock.now()) {
      await flush();
      if (!(await slept(parts, dueAtMs, signal))) return false;
    }
    addEvent(parts, dueAtMs);
    if (writer.pendingBytes < FLUSH_BYTES) continue;
    await flush();
    if (signal.aborted) return false;
  }
  return true;
}

/** Sleeps for an append interval, or until the next record of a slow schedule; false when stopped. */
async function slept(
  parts: SimulationParts,
  dueAtMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const intervalMs = parts.appendIntervalMs ?? DEFAULT_APPEND_INTERVAL_MS;
  try {
    await parts.clock.sleep(Math.max(intervalMs, dueAtMs - parts.clock.now()), signal);
    return true;
  } catch (error) {
    if (isCancelled(error)) return false;
    throw error;
  }
}

function addEvent(parts: SimulationParts, receivedAtMs: number): void {
  const { generator, random, writer } = parts;
  const resource = random.pickPopular(generator.resources);
  const delayMs = random.below((parts.maxEventDelayMs ?? 0) + 1);
  writer.add(resource, generator.nextEvent(resource, receivedAtMs - delayMs), receivedAtMs);
}

function summarise(
  parts: SimulationParts,
  elapsedMs: number,
  isComplete: boolean,
): SimulationSummary {
  const written = parts.writer.written();
  const resources = parts.generator.resources.map((resource) => ({
    name: resource.name,
    resourceId: resource.resourceId,
    ...(written.get(resource.resourceId) ?? { records: 0, bytes: 0, blocks: 0 }),
  }));
  const total = (key: keyof WrittenCounts): number =>
    resources.reduce((sum, resource) => sum + resource[key], 0);
  return {
    records: total("records"),
    bytes: total("bytes"),
    blocks: total("blocks"),
    blobs: parts.writer.blobNames().length,
    elapsedMs,
    isComplete,
    resources,
  };
}
