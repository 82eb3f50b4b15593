// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import type { ResourceProgress } from "../../../src/checkpoint/resource-progress.ts";
import { NO_RECORDS } from "../../../src/model.ts";
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

describe("progress of a resource", () => {
  it("begins an unknown resource at the start hour, and every blob at its first byte", () => {
    expect([floorHour(progress), progress.version]).toEqual([0, undefined]);
    const blob = progress.adopt(found(1));
    expect(blob).toMatchObject({
      identity: { account: "acct", container: "logs", name: found(1).name },
      readTo: 0,
      knownLength: 10,
      seenLength: 0,
      isReopened: false,
      isSuspect: false,
    });
    expect(progress.snapshot()).toMatchObject({
      checkpoint: { floorHourMs: BASE, open: [{ offset: 0, crc32: 0, counts: NO_RECORDS }] },
      closed: [],
    });
  });

  it("goes on where the checkpoint stands, and trusts nothing before a listing has shown it", () => {
    const counts = { ...NO_RECORDS, delivered: 3 };
    const { name, createdAtMs } = found(2);
    const open = [
      { name, createdAtMs, framing: "json-lines", offset: 7, crc32: 99, counts },
    ] as const;
    const checkpoint = { floorHourMs: BASE + 2 * HOUR_MS, open };
    progress = createProgress({ checkpoint, version: "v5" });
    expect(progress.version).toBe("v5");
    const blob = progress.openBlobs()[0]!;
    expect(blob).toMatchObject({ readTo: 7, crcAtReadTo: 99, isSuspect: true, isReopened: false });
    expect(progress.snapshot().checkpoint).toEqual(checkpoint);
    progress.adopt(found(2, 20));
    expect(blob).toMatchObject({ isSuspect: false, knownLength: 20 });
  });

  it("knows a restored blob below the floor as re-opened", () => {
    const { name, createdAtMs } = found(1);
    const saved = {
      name,
      createdAtMs,
      framing: "json-lines",
      offset: 7,
      crc32: 0,
      counts: NO_RECORDS,
    } as const;
    progress = createProgress({
      checkpoint: { floorHourMs: BASE + 2 * HOUR_MS, open: [saved] },
      version: "v",
    });
    expect(progress.openBlobs()[0]?.isReopened).toBe(true);
  });

  it("keeps open blobs in the order of hours, then names", () => {
    const second = found(3, 10, { name: found(3).name.replace("PT1H", "PT1H_2") });
    for (const blob of [second, found(5), found(3), found(4)]) progress.adopt(blob);
    expect(progress.openBlobs().map(({ identity }) => identity.name)).toEqual([
      found(3).name,
      second.name,
      found(4).name,
      found(5).name,
    ]);
  });

  it("never takes the length of another blob of the name for the blob's own", () => {
    const blob = progress.adopt(found(1, 20));
    progress.adopt(found(1, 30));
    expect(blob.ownLength).toBe(30);
    progress.adopt(found(1, 500, { createdAtMs: BASE + 5_000 }));
    expect(blob).toMatchObject({ ownLength: 30, knownLength: 500, isSuspect: true });
  });

  it("takes the longest length that it was shown, and suspects a shorter or another blob", () => {
    const blob = progress.adopt(found(1, 20));
    progress.adopt(found(1, 15));
    expect(blob).toMatchObject({ knownLength: 20, isSuspect: false });
    settleTo(blob, 20);
    progress.adopt(found(1, 19));
    expect(blob.isSuspect).toBe(true);
    progress.adopt(found(1, 20));
    expect(blob.isSuspect).toBe(false);
    progress.adopt(found(1, 20, { createdAtMs: BASE + 5_000 }));
    expect(blob.isSuspect).toBe(true);
  });

  it("suspects a blob that a listing of its hour did not show, but none beyond the listing's end", () => {
    for (const hour of [1, 2, 3]) progress.adopt(found(hour));
    progress.markUnlisted(new Set([found(1).name]), found(2).name);
    expect(progress.openBlobs().map(({ isSuspect }) => isSuspect)).toEqual([false, true, false]);
    progress.markUnlisted(new Set([found(1).name, found(2).name]), undefined);
    expect(progress.openBlobs().map(({ isSuspect }) => isSuspect)).toEqual([false, true, true]);
  });

  it("hands each ledger entry to saves until one of them has written it", () => {
    settleTo(progress.adopt(found(1)), 10);
    settleTo(progress.adopt(found(2)), 10);
    progress.adopt(found(30));
    closeAt(progress, 8);
    const first = progress.snapshot();
    expect(first.closed).toHaveLength(1);
    closeAt(progress, 40);
    progress.onSaved("v2", first.closed);
    expect(progress.version).toBe("v2");
    expect(progress.snapshot().closed.map(({ name }) => name)).toEqual([found(2).name]);
  });

  it("has more to do while something is unread, doubtful, ended or not listed", () => {
    const blob = progress.adopt(found(1));
    progress.lastListedAtMs = 1;
    expect(progress.hasMore).toBe(true);
    settleTo(blob, 10);
    expect(progress.hasMore).toBe(false);
    blob.isSuspect = true;
    expect(progress.hasMore).toBe(true);
    blob.isSuspect = false;
    blob.isEnded = true;
    expect(progress.hasMore).toBe(true);
    blob.isEnded = false;
    progress.hasUnlisted = true;
    expect(progress.hasMore).toBe(true);
  });

  it("passes a conflict on", () => {
    let conflicts = 0;
    createProgress(undefined, () => conflicts++).onConflict();
    expect(conflicts).toBe(1);
  });
});
