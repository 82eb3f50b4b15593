// SPDX-License-Identifier: Apache-2.0
/**
 * Ends a run that gets nowhere (`once`): after a while without any progress, or at once when only a person can mend
 * what is wrong. It stops nothing itself and touches no cursor.
 */
import { ConnectorError } from "./errors.ts";
import type { Clock } from "./runtime/clock.ts";

const CHECK_INTERVAL_MS = 1_000;
/** How long what is still on its way has to show that a doubt was wrong. */
const DOUBT_MS = 30_000;

export interface WatchdogOptions {
  readonly clock: Clock;
  readonly giveUpAfterMs: number;
  /** Any number that changes with every byte read and every record settled. */
  readonly activity: () => number;
  /** A fault that waiting does not mend, if there is one now. */
  readonly fault: () => ConnectorError | undefined;
  /** A fault that further work may turn out to be none: believed when nothing has moved for 30 s. */
  readonly doubt: () => ConnectorError | undefined;
}

/** Resolves with the reason to give up; rejects with CANCELLED when the signal aborts first. */
export async function watchProgress(
  { clock, giveUpAfterMs, activity, fault, doubt }: WatchdogOptions,
  signal: AbortSignal,
): Promise<ConnectorError> {
  let last = activity();
  let lastChangeMs = clock.monotonicNow();
  for (;;) {
    await clock.sleep(Math.min(CHECK_INTERVAL_MS, giveUpAfterMs), signal);
    const found = fault();
    if (found !== undefined) return found;
    if (activity() !== last) {
      last = activity();
      lastChangeMs = clock.monotonicNow();
      continue;
    }
    const stillMs = clock.monotonicNow() - lastChangeMs;
    const doubted = stillMs >= DOUBT_MS ? doubt() : undefined;
    if (doubted !== undefined) return doubted;
    if (stillMs >= giveUpAfterMs) {
      const seconds = Math.round(giveUpAfterMs / 1000);
      return new ConnectorError("NO_PROGRESS", `nothing has moved for ${seconds} s`);
    }
  }
}
