// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import { NO_RECORDS } from "../../src/model.ts";
import {
  createProgress,
  DiscoveryBench,
  HOUR_MS,
  nameOf,
  NOON,
  PREFIX,
} from "../support/discovery-bench.ts";

let bench: DiscoveryBench;

beforeEach(() => {
  bench = new DiscoveryBench();
});

describe("the sweep behind the floor", () => {
  beforeEach(() => {
    bench.settings = { ...bench.settings, startHourMs: NOON - 1_000 * HOUR_MS };
  });

  it("re-opens what grew behind its settled end, and what nobody has read", async () => {
    bench.write(-30, -20, -10);
    bench.ledger = [bench.closedEntry(-30, 6), bench.closedEntry(-20, 3)];
    expect(await bench.round()).toEqual([-20, -10]);
    const [grown, unknown] = bench.progress.openBlobs();
    expect([grown?.readTo, unknown?.readTo]).toEqual([3, 0]);
    expect(bench.events.map(({ event }) => event)).toMatchObject([
      { change: "reopened", settledBytes: 3 },
      { change: "reopened", settledBytes: 0 },
    ]);
  });

  it("reads a successor of a closed blob from its first byte", async () => {
    bench.container.append(nameOf(-20), "{}\n{}\n");
    bench.ledger = [{ ...bench.closedEntry(-20, 6), createdAtMs: 0 }];
    await bench.round();
    expect(bench.progress.openBlobs()[0]).toMatchObject({ readTo: 0, isReopened: true });
  });

  it("does not take a blob for unread whose ledger entry waits for a save", async () => {
    bench.progress = createProgress(-10);
    bench.container.append(nameOf(-10), "{}\n");
    bench.container.append(nameOf(0), "{}\n");
    await bench.round();
    bench.settleAll();
    await bench.clock.advance(24 * HOUR_MS);
    expect(bench.closeSettled()).toBe(1);
    expect(bench.progress.snapshot().closed).toHaveLength(1);
    await bench.round();
    expect(bench.asked.flat()).toContain(nameOf(-10));
    expect(bench.events).toEqual([]);
  });

  it("tells a re-opened blob its present length, so that a restart goes on with it", async () => {
    bench.container.append(nameOf(-20), "{}\n{}\n{}\n");
    const createdAtMs = bench.container.createdAtOf(nameOf(-20))!;
    const saved = {
      name: nameOf(-20),
      createdAtMs,
      framing: "json-lines",
      offset: 3,
      crc32: 0,
      counts: NO_RECORDS,
    } as const;
    bench.progress = createProgress(0, [saved]);
    bench.settings = { ...bench.settings, isPolling: false };
    expect(await bench.round()).toEqual([-20]);
    expect(bench.progress.openBlobs()[0]).toMatchObject({
      knownLength: 9,
      readTo: 3,
      isSuspect: false,
    });
    expect(bench.progress.openBlobs()).toHaveLength(1);
  });

  it("looks at a week's hours behind the floor each day and at all of them each week", async () => {
    const starts: string[] = [];
    const list = bench.container.blobs.bind(bench.container);
    bench.container.blobs = (prefix, startFrom, signal) => {
      starts.push(startFrom.slice(PREFIX.length, -1));
      return list(prefix, startFrom, signal);
    };
    bench.settings = {
      ...bench.settings,
      listIntervalMs: Infinity,
      startHourMs: NOON - 100 * 24 * HOUR_MS,
    };
    for (let hour = 0; hour < 8 * 24; hour++) {
      await bench.round();
      await bench.clock.advance(HOUR_MS);
    }
    expect(starts).toEqual([
      "y=2026/m=01/d=15/h=10",
      "y=2025/m=10/d=07/h=12",
      ...[9, 10, 11, 12, 13, 14].map(() => "y=2026/m=01/d=08/h=10"),
      "y=2025/m=10/d=07/h=12",
    ]);
  });

  it("comes each day, wherever the wall clock was set", async () => {
    await bench.round();
    for (const [hour, setByDays] of [
      [-20, 40],
      [-30, -80],
      [-40, 0],
    ] as const) {
      bench.clock.setWall(setByDays * 24 * HOUR_MS);
      bench.write(hour);
      await bench.clock.advance(24 * HOUR_MS);
      expect(await bench.round()).toContain(hour);
    }
  });

  it("comes again when it broke off", async () => {
    bench.container.append(nameOf(-20), "{}\n");
    bench.container.fault = (call, blob) => {
      if (call === "listed" && blob === nameOf(-20)) {
        throw new ConnectorError("STORAGE_UNAVAILABLE", "");
      }
    };
    await expect(bench.round()).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    bench.container.fault = () => undefined;
    expect(await bench.round()).toEqual([-20]);
  });

  it("asks the bench.ledger in pages", async () => {
    for (let hour = -500; hour < -2; hour++) bench.container.append(nameOf(hour), "{}\n");
    bench.ledger = Array.from({ length: 498 }, (_, index) => bench.closedEntry(index - 500, 3));
    await bench.round();
    expect(bench.asked.map((names) => names.length)).toEqual([200, 200, 98]);
    expect(bench.progress.openBlobs()).toEqual([]);
  });
});
