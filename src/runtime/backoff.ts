// SPDX-License-Identifier: Apache-2.0
/**
 * How long to wait before the next attempt (pure). Waits double from `initialMs` up to `maxMs`;
 * each is drawn from the upper half of its step, so that several connectors which failed together
 * do not come back together, and nobody comes back at once. It keeps no state: the caller counts
 * its failures.
 */

export interface BackoffOptions {
  /** Ceiling of the first wait. */
  readonly initialMs: number;
  /** Ceiling of every wait. */
  readonly maxMs: number;
}

/**
 * The wait after the `attempt`-th failure in a row (1 = the first), in whole milliseconds. `random`
 * gives numbers in [0, 1). With 1 s and 60 s the ceilings are 1, 2, 4, 8, 16, 32, 60, 60 … s, and
 * each wait lies between half its ceiling and the ceiling.
 */
export function backoffDelayMs(
  attempt: number,
  random: () => number,
  options: BackoffOptions,
): number {
  // 2 ** 1024 is Infinity, which the minimum turns into `maxMs`: a count may grow for years.
  const ceilingMs = Math.min(options.maxMs, options.initialMs * 2 ** (Math.max(1, attempt) - 1));
  return Math.round(ceilingMs / 2 + (random() * ceilingMs) / 2);
}
