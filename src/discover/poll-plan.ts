// SPDX-License-Identifier: Apache-2.0
/**
 * Decides what one round of a resource looks at (pure): whether to list, which blobs to read, which name to guess.
 *
 * - The newest blob is read every round; so is the one before it for a while after the turn of the hour, because two
 *   hours' blobs grow at once then, and so are blobs that grew after they had been closed.
 * - Every other open blob is read only when a listing has shown that it is longer than what was seen of it, or when its
 *   half-written last line is due for another look.
 * - Early in an hour the blob of that hour may be guessed, so that its first records need not wait for a listing. The
 *   guess is never the only way: the listing comes anyway.
 */

const HOUR_MS = 3_600_000;
/** How long after the turn of the hour the previous blob is still polled. Longer growth is found by the listing. */
const OVERLAP_MS = 15 * 60_000;
/** How long into an hour its blob's name is guessed. */
const GUESS_MS = 5 * 60_000;

/** What the plan needs to know of an open blob. */
export interface PlannedBlob {
  readonly hourMs: number;
  /** Length that the last listing or read showed. */
  readonly knownLength: number;
  /** Length up to which the blob was read, a half-written last line included. */
  readonly seenLength: number;
  /** When a half-written last line is to be looked at again, by the monotonic clock. */
  readonly tailCheckAtMs: number | undefined;
  /** True for a blob that grew after it had been closed. */
  readonly isReopened: boolean;
  /** A listing did not show it: the read has to say what happened. */
  readonly isSuspect: boolean;
  /** It is gone or replaced. */
  readonly isEnded: boolean;
}

export interface RoundPlan<B extends PlannedBlob> {
  /** Blobs to read, oldest hour first. */
  readonly read: readonly B[];
  /** The hour whose blob may exist although no listing has shown it. */
  readonly guessHourMs: number | undefined;
}

/** The time of a round, in milliseconds. */
export interface RoundTime {
  /** Which hour it is where the blobs are, epoch ms. */
  readonly serviceMs: number;
  /** What intervals are told by. */
  readonly monotonicMs: number;
}

/** True when a listing is due; both times by the monotonic clock. */
export function isListingDue(
  lastListedAtMs: number | undefined,
  nowMs: number,
  listIntervalMs: number,
): boolean {
  return lastListedAtMs === undefined || nowMs - lastListedAtMs >= listIntervalMs;
}

/** Plans a round over the open blobs, which must be sorted by hour. */
export function planRound<B extends PlannedBlob>(
  blobs: readonly B[],
  { serviceMs, monotonicMs }: RoundTime,
  isPolling: boolean,
): RoundPlan<B> {
  const read = blobs.filter((blob, index) => {
    if (blob.isEnded) return false;
    if (blob.isSuspect || blob.knownLength > blob.seenLength) return true;
    if (!isPolling) return false;
    if (blob.tailCheckAtMs !== undefined && monotonicMs >= blob.tailCheckAtMs) return true;
    const isNewest = index === blobs.length - 1;
    const isPrevious = index === blobs.length - 2 && isTurning(blobs.at(-1)?.hourMs, serviceMs);
    return isNewest || isPrevious || blob.isReopened;
  });
  return { read, guessHourMs: isPolling ? guessHour(blobs.at(-1)?.hourMs, serviceMs) : undefined };
}

function isTurning(newestHourMs: number | undefined, nowMs: number): boolean {
  return newestHourMs !== undefined && nowMs - newestHourMs < OVERLAP_MS;
}

function guessHour(newestHourMs: number | undefined, nowMs: number): number | undefined {
  const hourMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  if (newestHourMs === undefined || newestHourMs >= hourMs) return undefined;
  return nowMs - hourMs < GUESS_MS ? hourMs : undefined;
}
