// SPDX-License-Identifier: Apache-2.0
/** A timer for work that becomes due at a time which others keep: it runs only while something waits. */
import { isCancelled } from "../errors.ts";
import type { Clock } from "./clock.ts";

export interface DueTimerOptions {
  readonly clock: Clock;
  /** When the next work is due, by `clock.monotonicNow`; undefined when nothing waits. */
  readonly dueAtMs: () => number | undefined;
  readonly onDue: (nowMs: number) => void;
  /** Ends the timer. */
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

export interface DueTimer {
  /** Call when something may have begun to wait; without effect while the timer runs. */
  start(): void;
}

export function createDueTimer(options: DueTimerOptions): DueTimer {
  const { clock, dueAtMs, onDue, signal, onFailure } = options;
  let isRunning = false;

  const runWhileDue = async (): Promise<void> => {
    try {
      for (let due = dueAtMs(); due !== undefined; due = dueAtMs()) {
        await clock.sleep(due - clock.monotonicNow(), signal);
        onDue(clock.monotonicNow());
      }
    } catch (error) {
      if (!isCancelled(error)) onFailure(error);
    } finally {
      // In the same turn as the look that found nothing: work that begins to wait a moment later
      // must find the timer at rest, or nobody would ever come for it.
      isRunning = false;
    }
  };

  return {
    start: () => {
      if (isRunning) return;
      isRunning = true;
      void runWhileDue();
    },
  };
}
