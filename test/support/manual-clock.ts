// SPDX-License-Identifier: Apache-2.0
/**
 * A clock whose hands the test turns. Sleepers wake in the order of their deadlines. The wall clock can be set, as a person
 * or a time service does: that passes no time and wakes nobody.
 */
import { cancelled } from "../../src/errors.ts";
import type { Clock } from "../../src/runtime/clock.ts";

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

/** The monotonic clock's zero is another one, so that who mixes the two is seen. */
const STARTED_AT_MS = 1_000;

export class ManualClock implements Clock {
  /** By the monotonic clock. */
  #nowMs = STARTED_AT_MS;
  #wallAheadMs: number;
  #sleepers: Sleeper[] = [];

  constructor(nowMs = Date.UTC(2026, 0, 15, 10, 30)) {
    this.#wallAheadMs = nowMs - STARTED_AT_MS;
  }

  now(): number {
    return this.#nowMs + this.#wallAheadMs;
  }

  monotonicNow(): number {
    return this.#nowMs;
  }

  /** Sets the wall clock forward, or back. */
  setWall(byMs: number): void {
    this.#wallAheadMs += byMs;
  }

  /** How many sleeps are pending: a test that ends with some has leaked a wait. */
  get pendingSleeps(): number {
    return this.#sleepers.length;
  }

  /** Milliseconds until the next sleeper wakes, or undefined when nobody sleeps. */
  get nextWakeInMs(): number | undefined {
    const times = this.#sleepers.map((sleeper) => sleeper.wakeAtMs);
    return times.length === 0 ? undefined : Math.min(...times) - this.#nowMs;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelled(signal);
    await new Promise<void>((resolve, reject) => {
      const sleeper: Sleeper = {
        wakeAtMs: this.#nowMs + Math.max(0, ms),
        wake: () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      const onAbort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(cancelled(signal));
      };
      this.#sleepers.push(sleeper);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Moves the hands on and wakes whoever is due; lets woken code run between two sleepers. */
  async advance(ms: number): Promise<void> {
    const target = this.#nowMs + ms;
    for (;;) {
      await settle();
      const due = this.#sleepers
        .filter((sleeper) => sleeper.wakeAtMs <= target)
        .sort((a, b) => a.wakeAtMs - b.wakeAtMs)[0];
      if (due === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, due.wakeAtMs);
      this.#sleepers = this.#sleepers.filter((other) => other !== due);
      due.wake();
    }
    this.#nowMs = target;
    await settle();
  }
}

/** Lets promise callbacks and ready I/O run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}
