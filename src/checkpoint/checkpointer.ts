// SPDX-License-Identifier: Apache-2.0
/**
 * Saves what changed: one save for all changed resources, every `intervalMs` while there is
 * something to save. With nothing changed it has no timer and writes nothing.
 *
 * A resource stays marked until a save that began after the mark has succeeded, so a failing store
 * delays cursors (a crash would repeat more) and never loses one. Saves are retried with back-off
 * for ever, one at a time, each with the newest snapshot. Ledger entries travel in the save of the
 * document that drops them, and the source learns which ones are durable, so each is written
 * exactly once. A conflict unmarks the resource: its progress is void.
 */
import { cancelled, ConnectorError, isCancelled } from "../errors.ts";
import { backoffDelayMs } from "../runtime/backoff.ts";
import type { Clock } from "../runtime/clock.ts";
import type { ConnectorEvents } from "../telemetry/events.ts";
import { isSameCheckpoint } from "./checkpoint-format.ts";
import type {
  CheckpointChange,
  CheckpointStore,
  CheckpointVersion,
  ClosedBlob,
  ResourceCheckpoint,
  SaveOutcome,
} from "./checkpoint-store.ts";

/**
 * What a resource's progress looks like to the checkpointer. The methods are quick and must not
 * throw.
 */
export interface CheckpointSource {
  readonly resourceKey: string;
  /** Version that was loaded or last saved, as `onSaved` told it. */
  readonly version: CheckpointVersion | undefined;
  /** The present state; `closed` holds every ledger entry that `onSaved` has not confirmed. */
  snapshot(): { checkpoint: ResourceCheckpoint; closed: readonly ClosedBlob[] };
  /** The snapshot is durable, with these entries of it. */
  onSaved(version: CheckpointVersion, closed: readonly ClosedBlob[]): void;
  /** The store holds another writer's version. */
  onConflict(): void;
}

export interface Checkpointer {
  /** Notes that a resource's state may have changed. */
  markDirty(source: CheckpointSource): void;
  /**
   * Saves at once, and resolves when everything that was marked before the call is durable (or void
   * by a conflict). A failing save is retried; rejects with CANCELLED when the signal aborts first.
   */
  flush(signal: AbortSignal): Promise<void>;
  /**
   * Ends the timer and waits for a save that is under way. What is still marked stays unsaved:
   * flush before.
   */
  stop(): Promise<void>;
}

export interface CheckpointerOptions {
  readonly store: Pick<CheckpointStore, "save">;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly events: Pick<
    ConnectorEvents,
    "checkpointSaved" | "checkpointFailed" | "checkpointConflicted"
  >;
  /** Numbers in [0, 1) for the jitter of the back-off. */
  readonly random: () => number;
}

/** A full disk is looked at again twice a minute at least. */
const BACKOFF = { initialMs: 500, maxMs: 30_000 };

export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  return new IntervalCheckpointer(options);
}

interface FlushWaiter {
  /** The number of marks that must be durable. */
  readonly marks: number;
  readonly onDurable: () => void;
}

interface SourcedChange extends CheckpointChange {
  readonly source: CheckpointSource;
}

class IntervalCheckpointer implements Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #stop = new AbortController();
  #dirty = new Map<string, CheckpointSource>();
  /** What the store holds, as far as this checkpointer wrote it. */
  readonly #lastSaved = new WeakMap<CheckpointSource, ResourceCheckpoint>();
  /** All marks ever made, and how many of the first of them a save has covered. */
  #marks = 0;
  #savedMarks = 0;
  #failures = 0;
  #waitMs: number;
  #flushes: FlushWaiter[] = [];
  #isRunning = false;
  #running: Promise<void> = Promise.resolve();
  #wake = new AbortController();

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#waitMs = options.intervalMs;
  }

  markDirty(source: CheckpointSource): void {
    this.#marks++;
    // A reloaded resource takes the place of its void predecessor.
    this.#dirty.set(source.resourceKey, source);
    this.#run();
  }

  async flush(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#stop.signal]);
    if (either.aborted) throw cancelled(either);
    if (this.#savedMarks === this.#marks) return;
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#flushes = this.#flushes.filter((other) => other !== waiter);
        reject(cancelled(either));
      };
      const onDurable = (): void => {
        either.removeEventListener("abort", onAbort);
        resolve();
      };
      const waiter: FlushWaiter = { marks: this.#marks, onDurable };
      this.#flushes.push(waiter);
      either.addEventListener("abort", onAbort, { once: true });
      this.#wake.abort();
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    await this.#running;
  }

  /** Keeps one loop running while something is marked. */
  #run(): void {
    if (this.#isRunning || this.#stop.signal.aborted) return;
    this.#isRunning = true;
    this.#running = this.#saveWhileDirty();
  }

  async #saveWhileDirty(): Promise<void> {
    while (this.#dirty.size > 0) {
      await this.#pause();
      if (this.#stop.signal.aborted) break;
      await this.#saveAll();
    }
    // Here and not after the promise has settled: a mark in between would find no loop and start
    // none.
    this.#isRunning = false;
  }

  /**
   * Waits until the next save is due. A flush cuts the wait short; one that came during a save
   * skips it.
   */
  async #pause(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    if (this.#flushes.length > 0 && this.#failures === 0) return;
    this.#wake = new AbortController();
    try {
      await this.#options.clock.sleep(this.#waitMs, this.#wake.signal);
    } catch (error) {
      // Woken early is what the signal is for.
      if (!isCancelled(error)) throw error;
    }
  }

  async #saveAll(): Promise<void> {
    const taken = this.#dirty;
    const takenMarks = this.#marks;
    this.#dirty = new Map();
    const changes = [...taken.values()].flatMap((source) => this.#changesOf(source));
    let outcomes: SaveOutcome[];
    try {
      outcomes = changes.length === 0 ? [] : await this.#options.store.save(changes);
    } catch (reason) {
      // Whatever was marked during the save is the newer one.
      this.#dirty = new Map([...taken, ...this.#dirty]);
      this.#backOff(ConnectorError.from(reason, "CHECKPOINT_UNAVAILABLE"));
      return;
    }
    this.#failures = 0;
    this.#waitMs = this.#options.intervalMs;
    this.#report(changes, outcomes);
    // A conflict may have taken younger marks away with the older ones.
    this.#settleFlushes(this.#dirty.size === 0 ? this.#marks : takenMarks);
  }

  #backOff(error: ConnectorError): void {
    const { random, events } = this.#options;
    this.#waitMs = backoffDelayMs(++this.#failures, random, BACKOFF);
    events.checkpointFailed({ error, waitMs: this.#waitMs });
  }

  #settleFlushes(savedMarks: number): void {
    this.#savedMarks = savedMarks;
    const isDurable = ({ marks }: FlushWaiter): boolean => marks <= savedMarks;
    const durable = this.#flushes.filter(isDurable);
    this.#flushes = this.#flushes.filter((waiter) => !isDurable(waiter));
    for (const { onDurable } of durable) onDurable();
  }

  /** What to save of a resource: nothing when the store holds just that. */
  #changesOf(source: CheckpointSource): SourcedChange[] {
    const { resourceKey, version } = source;
    const { checkpoint, closed } = source.snapshot();
    const saved = this.#lastSaved.get(source);
    const isSaved = saved !== undefined && isSameCheckpoint(saved, checkpoint);
    if (isSaved && closed.length === 0) return [];
    return [{ source, resourceKey, version, checkpoint, closed }];
  }

  #report(changes: readonly SourcedChange[], outcomes: readonly SaveOutcome[]): void {
    const { events } = this.#options;
    let saved = 0;
    changes.forEach(({ source, checkpoint, closed }, index) => {
      const outcome = outcomes[index];
      if (outcome?.kind === "saved") {
        saved++;
        this.#lastSaved.set(source, checkpoint);
        source.onSaved(outcome.version, closed);
        return;
      }
      const { resourceKey } = source;
      if (this.#dirty.get(resourceKey) === source) this.#dirty.delete(resourceKey);
      events.checkpointConflicted({ resource: resourceKey });
      source.onConflict();
    });
    if (saved > 0) events.checkpointSaved({ resources: saved });
  }
}
