// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import {
  createProgress,
  DiscoveryBench,
  HOUR_MS,
  nameOf,
  NOON,
} from "../support/discovery-bench.ts";

let bench: DiscoveryBench;

beforeEach(() => {
  bench = new DiscoveryBench();
});

describe("a round of discovery", () => {
  it("lists at the first round and every interval, and reads from the state between", async () => {
    bench.write(-1, 0);
    expect(await bench.round()).toEqual([-1, 0]);
    bench.settleAll();
    bench.container.append(nameOf(-1), "{}\n");
    await bench.clock.advance(20 * 60_000 - 1);
    bench.progress.lastListedAtMs = bench.clock.monotonicNow() - 299_999;
    expect(await bench.round()).toEqual([0]);
    await bench.clock.advance(1);
    expect(await bench.round()).toEqual([-1, 0]);
    expect(bench.container.calls.blobs).toBe(2);
  });

  it("suspects an open blob that a listing does not show", async () => {
    bench.write(-2, 0);
    await bench.round();
    bench.settleAll();
    bench.container.delete(nameOf(-2));
    await bench.clock.advance(30 * 60_000);
    expect(await bench.round()).toEqual([-2, 0]);
    expect(bench.progress.openBlobs()[0]?.isSuspect).toBe(true);
  });

  it("does not take a listing that broke off for a complete one", async () => {
    for (let hour = -90; hour < 0; hour++) bench.container.append(nameOf(hour), "{}\n");
    bench.progress = createProgress(-90);
    await bench.round();
    expect([bench.progress.openBlobs().length, bench.progress.hasUnlisted]).toEqual([64, true]);
    bench.settleAll();
    bench.closeSettled();
    let listed = 0;
    bench.container.fault = (call) => {
      if (call === "listed" && ++listed === 10) throw new ConnectorError("STORAGE_UNAVAILABLE", "");
    };
    await expect(bench.round()).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    expect(bench.progress.hasUnlisted).toBe(true);
    expect(bench.progress.openBlobs().some(({ isSuspect }) => isSuspect)).toBe(false);
    bench.container.fault = () => undefined;
    await bench.round();
    expect([bench.progress.openBlobs().at(-1)?.hourMs, bench.progress.hasUnlisted]).toEqual([
      NOON - HOUR_MS,
      false,
    ]);
  });

  it("lists a backlog again only when there is room for it", async () => {
    for (let hour = -200; hour < 0; hour++) bench.container.append(nameOf(hour), "{}\n");
    bench.progress = createProgress(-200);
    await bench.round();
    for (let more = 0; more < 10; more++) await bench.round();
    expect(bench.container.calls.blobs).toBe(1);
    bench.settleAll();
    bench.closeSettled();
    await bench.round();
    expect(bench.container.calls.blobs).toBe(2);
  });

  it("leaves re-opened blobs out of the room for new hours", async () => {
    bench.settings = { ...bench.settings, startHourMs: NOON - 1_000 * HOUR_MS };
    bench.progress = createProgress(-2);
    for (let hour = -100; hour < -2; hour++) bench.container.append(nameOf(hour), "{}\n");
    expect(await bench.round()).toHaveLength(98);
    bench.container.append(nameOf(0), "{}\n");
    await bench.clock.advance(300_000);
    expect(await bench.round()).toContain(0);
    expect(bench.progress.hasUnlisted).toBe(false);
  });

  describe("guessing a new hour", () => {
    it("opens it without waiting for the listing's interval", async () => {
      bench.container.append(nameOf(-1), "{}\n");
      await bench.round();
      bench.settleAll();
      bench.container.append(nameOf(0), "{}\n");
      await bench.clock.advance(20_000);
      expect(await bench.round()).toEqual([-1, 0]);
      expect(bench.container.calls.stats).toBe(2);
    });

    it("lists at once when it has found one: an hour between comes first", async () => {
      bench.container.append(nameOf(-2), "{}\n");
      await bench.round();
      bench.settleAll();
      bench.write(-1, 0);
      await bench.clock.advance(20_000);
      expect(await bench.round()).toEqual([-1, 0]);
      expect(bench.container.calls.blobs).toBe(2);
    });

    it("costs nothing but one question a round while there is no such blob, and ends after a while", async () => {
      bench.container.append(nameOf(-1), "{}\n");
      for (let poll = 0; poll < 40; poll++) {
        await bench.round();
        bench.settleAll();
        await bench.clock.advance(15_000);
      }
      expect(bench.container.calls.stats).toBe(20);
      expect(bench.container.calls.blobs).toBe(2);
    });

    it("waits while older hours have no room yet", async () => {
      for (let hour = -90; hour <= 0; hour++) bench.container.append(nameOf(hour), "{}\n");
      bench.progress = createProgress(-90);
      expect(await bench.round()).not.toContain(0);
      expect(bench.container.calls.stats).toBe(0);
    });
  });

  it("without polling lists once, guesses nothing, and reads what that showed", async () => {
    bench.settings = { ...bench.settings, isPolling: false };
    bench.container.append(nameOf(-1), "{}\n");
    expect(await bench.round()).toEqual([-1]);
    bench.settleAll();
    bench.container.append(nameOf(0), "{}\n");
    await bench.clock.advance(HOUR_MS);
    expect(await bench.round()).toEqual([]);
    expect(bench.container.calls).toMatchObject({ blobs: 1, stats: 0 });
  });

  it("is cancelled by its signal", async () => {
    await expect(bench.round(AbortSignal.abort())).rejects.toMatchObject({ code: "CANCELLED" });
  });
});
