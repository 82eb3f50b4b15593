// SPDX-License-Identifier: Apache-2.0
/**
 * Begins, runs and ends delivery, from ports alone.
 *
 * The walk that finds resources and the scheduler's rounds run side by side until the stop signal.
 * Stopping has two phases: `stop` ends reading, and what is in flight may finish; `abandon`, or the
 * end of the grace, drops it, and the next run repeats it. The last save comes after the last ack.
 */
import { findResources } from "./discover/resource-finder.ts";
import { ConnectorError, isCancelled } from "./errors.ts";
import type { LifecycleParts, ReceiverState, RunEnd, StopSignals } from "./lifecycle-parts.ts";
import { assemblePipeline } from "./pipeline-assembly.ts";
import type { PipelineAssembly } from "./pipeline-assembly.ts";
import type { Round } from "./pipeline.ts";
import { backoffDelayMs } from "./runtime/backoff.ts";
import { Scheduler } from "./scheduler.ts";
import { watchProgress } from "./watchdog.ts";

/** Waits after a walk for resources that failed. */
const BACKOFF = { initialMs: 1_000, maxMs: 60_000 };
/** The last save may take this long, whatever happened to the rest. */
const LAST_SAVE_MS = 5_000;
/** Stands for the walk among the names of resources. */
const WALK = "";

export class Lifecycle {
  readonly #parts: LifecycleParts;
  readonly #signals: StopSignals;
  /** Ends reading from within: a failure, or a run that gives up. */
  readonly #halt = new AbortController();
  /** Ends what is in flight, when the grace is over. */
  readonly #abandon = new AbortController();
  readonly #stop: AbortSignal;
  /** The first thing that must not happen, if it did. */
  #failure: unknown;
  /** Present storage faults that only a person can mend, by resource (`""` is the walk). */
  readonly #faults = new Map<string, ConnectorError>();
  #activeRounds = 0;
  /** Resources that a walk has found, and those that were looked at: both are progress. */
  readonly #found = new Set<string>();
  readonly #followed = new Set<string>();

  constructor(parts: LifecycleParts, signals: StopSignals) {
    this.#parts = parts;
    this.#signals = signals;
    this.#stop = AbortSignal.any([signals.stop, signals.abandon, this.#halt.signal]);
  }

  /** Follows the container until it is told to stop. Throws what must not happen. */
  async run(): Promise<RunEnd> {
    const { scheduler, assembly } = await this.#begin({ isPolling: true });
    const walking = this.#walkForEver(scheduler);
    await scheduler.run(this.#stop, { untilCaughtUp: false });
    await walking;
    return this.#end(assembly);
  }

  /** Delivers what the container holds now, and ends. Throws what must not happen. */
  async once(): Promise<RunEnd> {
    const { scheduler, assembly } = await this.#begin({ isPolling: false });
    const done = new AbortController();
    const watching = watchProgress(
      {
        clock: this.#parts.clock,
        giveUpAfterMs: this.#parts.settings.giveUpAfterMs,
        activity: () => assembly.pipeline.activity + this.#found.size + this.#followed.size,
        fault: () => this.#faults.values().next().value ?? this.#receiverFault("fault"),
        doubt: () => this.#receiverFault("refusing"),
      },
      AbortSignal.any([done.signal, this.#stop]),
    );
    const working = this.#deliverOnce(scheduler, assembly);
    const gaveUp = await Promise.race([working, watching.catch(() => undefined)]);
    if (gaveUp !== undefined) {
      this.#halt.abort();
      this.#abandon.abort();
    }
    await working;
    done.abort();
    const end = await this.#end(assembly);
    return gaveUp === undefined ? end : { kind: "gave-up", error: gaveUp };
  }

  async #begin({ isPolling }: { isPolling: boolean }): Promise<{
    scheduler: Scheduler;
    assembly: PipelineAssembly;
  }> {
    const { store, events, settings } = this.#parts;
    const { startHourMs, isFresh } = await store.resolveStart(settings.proposedStartHourMs);
    events.started({
      startHourMs,
      askedStartHourMs: settings.proposedStartHourMs,
      isFresh,
      destination: settings.destination,
    });
    const assembly = assemblePipeline(this.#parts, {
      startHourMs,
      isPolling,
      abandon: this.#abandon.signal,
      onFailure: (error) => {
        this.#failure ??= error;
        this.#halt.abort();
      },
      activeRounds: () => this.#activeRounds,
    });
    const scheduler = new Scheduler({
      ...this.#parts,
      follow: (resource, signal) =>
        this.#counted(resource.prefix, () => assembly.pipeline.follow(resource, signal)),
      maxConcurrent: settings.maxConcurrentResources,
      pollIntervalMs: settings.pollIntervalMs,
      maxIdlePollIntervalMs: settings.maxIdlePollIntervalMs,
    });
    return { scheduler, assembly };
  }

  async #counted(resourceKey: string, follow: () => Promise<Round>): Promise<Round> {
    this.#activeRounds++;
    try {
      const round = await follow();
      this.#followed.add(resourceKey);
      this.#faults.delete(resourceKey);
      return round;
    } catch (reason) {
      this.#noteFault(resourceKey, reason);
      throw reason;
    } finally {
      this.#activeRounds--;
    }
  }

  async #deliverOnce(scheduler: Scheduler, { pipeline }: PipelineAssembly): Promise<undefined> {
    while (!(await this.#walk(scheduler))) if (this.#stop.aborted) return;
    await scheduler.run(this.#stop, { untilCaughtUp: true });
    // A stop has a grace to keep, which a receiver that is down must not stretch: #end drains on.
    if (!this.#stop.aborted) await Promise.race([pipeline.drain(), whenAborted(this.#stop)]);
  }

  async #walkForEver(scheduler: Scheduler): Promise<void> {
    const { clock, settings } = this.#parts;
    while (!this.#stop.aborted) {
      const isDone = await this.#walk(scheduler);
      if (isDone) await quietly(clock.sleep(settings.resourceIntervalMs, this.#stop));
    }
  }

  #walkFailures = 0;

  /** One walk for resources; a failed one is told, waited out, and false. */
  async #walk(scheduler: Scheduler): Promise<boolean> {
    const { storage, clock, events, random } = this.#parts;
    try {
      for await (const resource of findResources(storage, this.#stop)) {
        this.#found.add(resource.prefix);
        scheduler.add(resource);
      }
      if (this.#walkFailures > 0) events.storageRecovered({ resource: undefined });
      this.#walkFailures = 0;
      this.#faults.delete(WALK);
      return true;
    } catch (reason) {
      if (isCancelled(reason)) return false;
      this.#noteFault(WALK, reason);
      const error = ConnectorError.from(reason);
      const waitMs = Math.max(
        backoffDelayMs(++this.#walkFailures, random, BACKOFF),
        error.retryAfterMs ?? 0,
      );
      events.storageFailed({ resource: undefined, error, waitMs });
      await quietly(clock.sleep(waitMs, this.#stop));
      return false;
    }
  }

  /** Drains within the grace, saves, and says how it ended. */
  async #end({ pipeline, checkpointer }: PipelineAssembly): Promise<RunEnd> {
    const { clock, settings, events } = this.#parts;
    const graceIsOver = new AbortController();
    const isDrained = await Promise.race([
      pipeline.drain().then(() => true),
      quietly(
        clock.sleep(
          settings.shutdownGraceMs,
          AbortSignal.any([this.#signals.abandon, this.#abandon.signal, graceIsOver.signal]),
        ),
      ).then(() => false),
    ]);
    graceIsOver.abort();
    this.#abandon.abort();
    const isSaved = await this.#saveLast(checkpointer);
    events.stopped({ isDrained: isDrained && isSaved });
    if (this.#failure !== undefined) throw ConnectorError.from(this.#failure);
    return { kind: isDrained && isSaved ? "drained" : "abandoned" };
  }

  async #saveLast(checkpointer: PipelineAssembly["checkpointer"]): Promise<boolean> {
    const { clock } = this.#parts;
    const deadline = new AbortController();
    const saving = checkpointer.flush(deadline.signal).then(
      () => true,
      () => false,
    );
    const tooLate = quietly(clock.sleep(LAST_SAVE_MS, deadline.signal)).then(() => false);
    const isSaved = await Promise.race([saving, tooLate]);
    deadline.abort();
    // Nothing is saved behind our back from here on; a save that hangs is not waited for.
    const stopped = checkpointer.stop();
    if (isSaved) await stopped;
    return isSaved;
  }

  #noteFault(source: string, reason: unknown): void {
    const error = ConnectorError.from(reason);
    const isLasting = error.code === "STORAGE_DENIED" || error.code === "STORAGE_NOT_FOUND";
    if (isLasting) this.#faults.set(source, error);
    else this.#faults.delete(source);
  }

  #receiverFault(state: ReceiverState): ConnectorError | undefined {
    if (this.#parts.exporter.state() !== state) return undefined;
    return new ConnectorError("RECEIVER_FAULT", "the receiver refuses what it is sent");
  }
}

async function whenAborted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    signal.addEventListener(
      "abort",
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

/** Waits for something whose cancellation is an answer, not an error. */
async function quietly(waiting: Promise<void>): Promise<void> {
  try {
    await waiting;
  } catch (reason) {
    if (!isCancelled(reason)) throw reason;
  }
}
