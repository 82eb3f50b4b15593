// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { isListingDue, planRound } from "../../../src/discover/poll-plan.ts";
import type { PlannedBlob, RoundTime } from "../../../src/discover/poll-plan.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const NOON = Date.UTC(2026, 0, 15, 12);

function quiet(hours: number, rest: Partial<PlannedBlob> = {}): PlannedBlob {
  return {
    hourMs: NOON + hours * HOUR_MS,
    knownLength: 10,
    seenLength: 10,
    tailCheckAtMs: undefined,
    isReopened: false,
    isSuspect: false,
    isEnded: false,
    ...rest,
  };
}

function at(serviceMs: number): RoundTime {
  return { serviceMs, monotonicMs: serviceMs - NOON };
}

function hoursRead(
  blobs: PlannedBlob[],
  atMs: number,
  { isPolling }: { isPolling: boolean } = { isPolling: true },
): number[] {
  return planRound(blobs, at(atMs), isPolling).read.map(({ hourMs }) => (hourMs - NOON) / HOUR_MS);
}

describe("plan of a round", () => {
  it("reads the newest blob every round", () => {
    expect(hoursRead([quiet(-1), quiet(0)], NOON + 40 * MINUTE_MS)).toEqual([0]);
  });

  it("reads the blob before the newest until a quarter past the newest's hour", () => {
    const blobs = [quiet(-2), quiet(-1), quiet(0)];
    expect(hoursRead(blobs, NOON + 15 * MINUTE_MS - 1)).toEqual([-1, 0]);
    expect(hoursRead(blobs, NOON + 15 * MINUTE_MS)).toEqual([0]);
  });

  it("reads an older blob that is longer than what was seen of it, oldest first", () => {
    const blobs = [
      quiet(-5, { knownLength: 11 }),
      quiet(-4),
      quiet(-3, { knownLength: 20 }),
      quiet(0),
    ];
    expect(hoursRead(blobs, NOON + HOUR_MS / 2)).toEqual([-5, -3, 0]);
  });

  it("looks again at a torn last line when that is due", () => {
    const blobs = [quiet(-5, { tailCheckAtMs: HOUR_MS / 2 }), quiet(0)];
    expect(hoursRead(blobs, NOON + HOUR_MS / 2 - 1)).toEqual([0]);
    expect(hoursRead(blobs, NOON + HOUR_MS / 2)).toEqual([-5, 0]);
  });

  it("reads what was re-opened and what a listing did not show, and nothing that has ended", () => {
    const blobs = [
      quiet(-30, { isReopened: true }),
      quiet(-5, { isSuspect: true }),
      quiet(-4, { isEnded: true, isSuspect: true, knownLength: 99 }),
      quiet(0),
    ];
    expect(hoursRead(blobs, NOON + HOUR_MS / 2)).toEqual([-30, -5, 0]);
  });

  it("without polling reads only what is known to be unread", () => {
    const blobs = [quiet(-5, { knownLength: 11 }), quiet(-4, { isSuspect: true }), quiet(0)];
    expect(hoursRead(blobs, NOON, { isPolling: false })).toEqual([-5, -4]);
    expect(planRound(blobs, at(NOON), false).guessHourMs).toBeUndefined();
  });

  it("guesses the blob of a new hour for five minutes, and only after one that is known", () => {
    const guess = (blobs: PlannedBlob[], minutes: number): number | undefined =>
      planRound(blobs, at(NOON + minutes * MINUTE_MS), true).guessHourMs;
    expect(guess([quiet(-1)], 0)).toBe(NOON);
    expect(guess([quiet(-30)], 4.9)).toBe(NOON);
    expect(guess([quiet(-1)], 5)).toBeUndefined();
    expect(guess([quiet(-1)], -0.1)).toBeUndefined();
    expect(guess([quiet(0)], 1)).toBeUndefined();
    expect(guess([], 1)).toBeUndefined();
  });

  it("lists at once, and then when the interval has passed", () => {
    expect(isListingDue(undefined, NOON, Infinity)).toBe(true);
    expect(isListingDue(NOON, NOON + 299_999, 300_000)).toBe(false);
    expect(isListingDue(NOON, NOON + 300_000, 300_000)).toBe(true);
    expect(isListingDue(NOON, NOON + 9e15, Infinity)).toBe(false);
  });
});
