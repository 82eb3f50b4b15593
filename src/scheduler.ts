// SPDX-License-Identifier: Apache-2.0
/**
 * Decides which resource is looked at next, how many at once, and when again.
 *
 * Every resource is in one of three states. *Due*: its time has come; the one that has waited longest goes first, at
 * most `maxConcurrent` at once. *Running*: one round of it is under way, never two. *Resting*: until its next time,
 * which depends on how the last round ended: at once when there is more to read (behind all others that are due, so a
 * backlog never starves a live tail), after the poll interval when it grew, ever later when it stays quiet, and after a
 * back-off of its own when storage failed. One resource's trouble never delays another.
 */
import { ConnectorError, isCancelled } from "./errors.ts";
import type { AuditedResource } from "./model.ts";
import type { Round } from "./pipeline.ts";
import { backoffDelayMs } from "./runtime/backoff.ts";
import type { Clock } from "./runtime/clock.ts";
import type { ConnectorEvents } from "./telemetry/events.ts";

/** A backlog that waits for earlier hours to be settled is looked at again after this. */
const BACKLOG_PAUSE_MS = 1_000;
/** Waits after storage failures of one resource. */
const BACKOFF = { initialMs: 1_000, maxMs: 60_000 };
/** How fast a quiet resource's interval grows. 15 s: 15, 22, 34, 51, 60 (cap). */
const IDLE_GROWTH = 1.5;

export interface SchedulerOptions {
  readonly follow: (resource: AuditedResource, signal: AbortSignal) => Promise<Round>;
  readonly clock: Clock;
  readonly events: ConnectorEvents;
  readonly random: () => number;
  readonly maxConcurrent: number;
  readonly pollIntervalMs: number;
  readonly maxIdlePollIntervalMs: number;
}

interface Entry {
  readonly resource: AuditedResource;
  /** By `clock.monotonicNow`: a wall clock that is set must not make anybody wait. */
  dueAtMs: number;
  isRunning: boolean;
  quietRounds: number;
  failures: number;
  /** Nothing more to read at the end of the last round. */
  isCaughtUp: boolean;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  /** In the order of waiting: an entry goes to the end after each round. */
  readonly #entries = new Map<string, Entry>();
  #wake = new AbortController();

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Takes a resource in; it is due at once. A known one is left alone. */
  add(resource: AuditedResource): boolean {
    if (this.#entries.has(resource.prefix)) return false;
    this.#entries.set(resource.prefix, {
      resource,
      dueAtMs: this.#options.clock.monotonicNow(),
      isRunning: false,
      quietRounds: 0,
      failures: 0,
      isCaughtUp: false,
    });
    this.#wake.abort();
    return true;
  }

  /** True when every resource known was read to its goal in its last round. */
  get isCaughtUp(): boolean {
    return [...this.#entries.values()].every((entry) => entry.isCaughtUp && !entry.isRunning);
  }

  /** Runs rounds until the signal aborts (or, with `untilCaughtUp`, until nothing is left). */
  async run(signal: AbortSignal, { untilCaughtUp }: { untilCaughtUp: boolean }): Promise<void> {
    const running = new Set<Promise<void>>();
    const wake = (): void => {
      this.#wake.abort();
    };
    signal.addEventListener("abort", wake, { once: true });
    while (!signal.aborted && !(untilCaughtUp && this.isCaughtUp)) {
      this.#wake = new AbortController();
      const waiting = [...this.#entries.values()].filter(
        (entry) => !entry.isRunning && !(untilCaughtUp && entry.isCaughtUp),
      );
      for (const entry of this.#takeDue(waiting, running.size)) {
        const round = this.#round(entry, signal).finally(() => {
          running.delete(round);
          wake();
        });
        running.add(round);
      }
      await this.#rest(waiting, running.size);
    }
    signal.removeEventListener("abort", wake);
    await Promise.all(running);
  }

  #takeDue(waiting: readonly Entry[], running: number): Entry[] {
    const nowMs = this.#options.clock.monotonicNow();
    const free = Math.max(0, this.#options.maxConcurrent - running);
    const due = waiting.filter((entry) => entry.dueAtMs <= nowMs).slice(0, free);
    for (const entry of due) entry.isRunning = true;
    return due;
  }

  async #round(entry: Entry, signal: AbortSignal): Promise<void> {
    const { clock, events, follow } = this.#options;
    const resource = entry.resource.prefix;
    try {
      const round = await follow(entry.resource, signal);
      if (entry.failures > 0) events.storageRecovered({ resource });
      entry.failures = 0;
      entry.quietRounds = round.hasGrown ? 0 : entry.quietRounds + 1;
      entry.isCaughtUp = !round.hasMore;
      entry.dueAtMs = clock.monotonicNow() + this.#pauseAfter(round, entry.quietRounds);
    } catch (reason) {
      if (isCancelled(reason)) return;
      const error = ConnectorError.from(reason);
      entry.failures++;
      entry.isCaughtUp = false;
      const backoffMs = backoffDelayMs(entry.failures, this.#options.random, BACKOFF);
      const waitMs = Math.max(backoffMs, error.retryAfterMs ?? 0);
      entry.dueAtMs = clock.monotonicNow() + waitMs;
      events.storageFailed({ resource, error, waitMs });
    } finally {
      entry.isRunning = false;
      this.#entries.delete(resource);
      this.#entries.set(resource, entry);
    }
  }

  #pauseAfter({ hasMore, hasGrown }: Round, quietRounds: number): number {
    const { pollIntervalMs, maxIdlePollIntervalMs } = this.#options;
    if (!hasMore)
      return Math.min(pollIntervalMs * IDLE_GROWTH ** quietRounds, maxIdlePollIntervalMs);
    if (hasGrown) return 0;
    // A receiver that is down can hold up a backlog for days: wait longer, as for a quiet resource.
    return Math.min(BACKLOG_PAUSE_MS * IDLE_GROWTH ** (quietRounds - 1), pollIntervalMs);
  }

  /** Waits until the next resource is due and may run, or until something has changed. */
  async #rest(waiting: readonly Entry[], running: number): Promise<void> {
    const { clock, maxConcurrent } = this.#options;
    const next = running < maxConcurrent ? waiting.filter((entry) => !entry.isRunning) : [];
    const dueAtMs = Math.min(...next.map((entry) => entry.dueAtMs));
    try {
      await clock.sleep(Math.max(0, dueAtMs - clock.monotonicNow()), this.#wake.signal);
    } catch (reason) {
      // Woken early or told to stop: the loop looks for itself.
      if (!isCancelled(reason)) throw reason;
    }
  }
}
