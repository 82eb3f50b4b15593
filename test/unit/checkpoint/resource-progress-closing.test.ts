// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import type { OpenBlob } from "../../../src/checkpoint/open-blob.ts";
import type { ResourceProgress } from "../../../src/checkpoint/resource-progress.ts";
import {
  BASE,
  closeAt,
  createProgress,
  floorHour,
  found,
  HOUR_MS,
  settleTo,
} from "../../support/progress-bench.ts";

let progress: ResourceProgress;

beforeEach(() => {
  progress = createProgress();
});

describe("closing the blobs of a resource", () => {
  it("tells the service's time in whole milliseconds, as the ledger keeps it", () => {
    const blob = progress.adopt(found(1));
    // What a read of the real clocks shows: the monotonic one has fractions.
    blob.serviceAheadMs = BASE - 1234.5678;
    const clock = { now: () => 0, monotonicNow: () => 2234.9012 };
    expect(progress.serviceNow(clock)).toBe(BASE + 1000);
  });

  it("closes what is settled, still for long and followed by a newer hour, into the ledger", () => {
    settleTo(progress.adopt(found(1)), 10, 4);
    progress.adopt(found(9));
    expect(closeAt(progress, 9)).toEqual([1]);
    const { name, createdAtMs } = found(1);
    expect(progress.snapshot()).toMatchObject({
      checkpoint: { open: [{ name: found(9).name }] },
      closed: [
        {
          name,
          createdAtMs,
          length: 10,
          crc32: 10,
          counts: { delivered: 4 },
          closedAtMs: BASE + 9 * HOUR_MS,
        },
      ],
    });
  });

  it("never closes the newest hour, however long it has been still", () => {
    settleTo(progress.adopt(found(1)), 10);
    expect(closeAt(progress, 1_000)).toEqual([]);
  });

  it("closes nothing that was written to lately", () => {
    settleTo(progress.adopt(found(1, 10, { lastModifiedMs: BASE + 5 * HOUR_MS })), 10);
    progress.adopt(found(9));
    expect(closeAt(progress, 10)).toEqual([]);
    expect(closeAt(progress, 11)).toEqual([1]);
  });

  it.each([
    ["unread bytes", (blob: OpenBlob) => (blob.knownLength = 11)],
    [
      "bytes under way",
      (blob: OpenBlob) =>
        (blob.readTo = blob.tracker.begin({
          start: 10,
          end: 12,
          crcAtEnd: 0,
          framingAtEnd: "json-lines",
        }).end),
    ],
    ["bytes in a batch that was not sent", (blob: OpenBlob) => (blob.readTo = 12)],
    ["a doubt", (blob: OpenBlob) => (blob.isSuspect = true)],
  ])("closes nothing that has %s", (_what, change) => {
    const blob = progress.adopt(found(1));
    settleTo(blob, 10);
    progress.adopt(found(30));
    change(blob);
    expect(closeAt(progress, 40)).toEqual([]);
    expect(floorHour(progress)).toBe(1);
  });

  it("closes hours in order: an older one that is not done holds the younger ones", () => {
    const older = progress.adopt(found(1, 20));
    settleTo(older, 10);
    settleTo(progress.adopt(found(2)), 10);
    progress.adopt(found(30));
    expect(closeAt(progress, 40)).toEqual([]);
    expect(floorHour(progress)).toBe(1);
    settleTo(older, 20);
    expect(closeAt(progress, 40)).toEqual([1, 2]);
    expect(floorHour(progress)).toBe(30);
  });

  it("closes no blob of an hour of which another is not done", () => {
    settleTo(progress.adopt(found(1)), 10);
    progress.adopt(found(1, 10, { name: found(1).name.replace("PT1H", "PT1H_2") }));
    progress.adopt(found(30));
    expect(closeAt(progress, 40)).toEqual([]);
  });

  it("keeps the floor behind hours so young that their blob may still appear", () => {
    settleTo(progress.adopt(found(1)), 10);
    progress.adopt(found(12));
    expect(closeAt(progress, 12)).toEqual([1]);
    // Hours 6 to 11 have no blob, yet. A listing will still show it.
    expect(floorHour(progress)).toBe(6);
    expect(closeAt(progress, 20)).toEqual([]);
    expect(floorHour(progress)).toBe(12);
  });

  it("never moves the floor back", () => {
    settleTo(progress.adopt(found(1)), 10);
    progress.adopt(found(30));
    closeAt(progress, 40);
    expect(closeAt(progress, 20)).toEqual([]);
    expect(floorHour(progress)).toBe(30);
  });

  it("while a backlog waits for room, tells stillness by the hour and not by the last write", () => {
    settleTo(progress.adopt(found(1, 10, { lastModifiedMs: BASE + 39 * HOUR_MS })), 10);
    progress.adopt(found(20));
    expect(closeAt(progress, 40)).toEqual([]);
    progress.hasUnlisted = true;
    expect(closeAt(progress, 40)).toEqual([1]);
  });

  it("retires an ended blob once what was read of it is settled, whatever its hour, and asks for a listing", () => {
    const blob = progress.adopt(found(5, 30));
    progress.lastListedAtMs = 1;
    blob.readTo = 20;
    blob.isEnded = true;
    expect(closeAt(progress, 5)).toEqual([]);
    settleTo(blob, 20);
    expect(closeAt(progress, 5)).toEqual([5]);
    expect(progress.lastListedAtMs).toBeUndefined();
    expect(progress.snapshot().closed).toMatchObject([{ length: 20 }]);
    // Its successor begins at the first byte.
    const next = found(5, 30, { createdAtMs: BASE + 7_777 });
    expect(progress.adopt(next)).toMatchObject({ readTo: 0, isReopened: false });
  });

  it("closes a re-opened blob by itself, and leaves the floor alone", () => {
    settleTo(progress.adopt(found(1)), 10);
    progress.adopt(found(30));
    closeAt(progress, 40);
    const closed = progress.snapshot().closed[0]!;
    progress.onSaved("v1", [closed]);
    const again = progress.reopen(found(1, 15), closed);
    expect(again).toMatchObject({ isReopened: true, readTo: 10, crcAtReadTo: 10 });
    expect(again.tracker.settled()).toMatchObject({ offset: 10, counts: closed.counts });
    expect(closeAt(progress, 41)).toEqual([]);
    settleTo(again, 15);
    expect(closeAt(progress, 41)).toEqual([1]);
    expect(floorHour(progress)).toBe(30);
    expect(progress.snapshot().closed).toMatchObject([{ length: 15, counts: { delivered: 2 } }]);
  });
});
