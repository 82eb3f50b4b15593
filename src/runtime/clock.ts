// SPDX-License-Identifier: Apache-2.0
/**
 * Time as a port, so that tests turn the hands themselves. Every wait of the program goes through `sleep`.
 *
 * There are two times. The wall clock says what hour it is, and a person or a time service may set it by days at any
 * moment. Whatever says "so long after that" is told by the other one, or a clock set back by a day would stop polling for
 * a day.
 */
import { cancelled } from "../errors.ts";

export interface Clock {
  /** Wall clock, epoch milliseconds. */
  now(): number;
  /** Milliseconds that have passed since some moment: what intervals are told by. Never goes back, never jumps. */
  monotonicNow(): number;
  /** Resolves after `ms`; rejects with CANCELLED as soon as the signal aborts, at once if it already has. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** setTimeout's own limit; a longer sleep would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicNow: () => performance.now(),
  sleep: async (ms, signal) => {
    if (signal.aborted) throw cancelled(signal);
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(cancelled(signal));
      };
      const timer = setTimeout(
        () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
        Math.min(Math.max(0, ms), LONGEST_TIMER_MS),
      );
      signal.addEventListener("abort", onAbort, { once: true });
    });
  },
};

/** Lets sockets and timers have a turn between two long stretches of computing. */
export async function yieldToIo(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
