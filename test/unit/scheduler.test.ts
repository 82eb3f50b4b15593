// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import { parseResource } from "../../src/discover/blob-path.ts";
import { cancelled, ConnectorError } from "../../src/errors.ts";
import type { AuditedResource } from "../../src/model.ts";
import type { Round } from "../../src/pipeline.ts";
import { Scheduler } from "../../src/scheduler.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { recorderOf } from "../support/tailing-world.ts";
import type { TailingWorld } from "../support/tailing-world.ts";

const QUIET: Round = { hasMore: false, hasGrown: false };
const GROWN: Round = { hasMore: false, hasGrown: true };
const BEHIND: Round = { hasMore: true, hasGrown: true };
const WAITING: Round = { hasMore: true, hasGrown: false };

const A = parseResource("A/");
const B = parseResource("B/");
const C = parseResource("C/");

let clock: ManualClock;
let stop: AbortController;
let events: TailingWorld["events"];
/** What a round does; `at` collects who began when. */
let follow: (resource: AuditedResource, signal: AbortSignal) => Promise<Round>;
let at: [string, number][];
let scheduler: Scheduler;

beforeEach(() => {
  clock = new ManualClock(0);
  stop = new AbortController();
  events = [];
  at = [];
  follow = () => Promise.resolve(QUIET);
  scheduler = create(2);
});

function create(maxConcurrent: number): Scheduler {
  return new Scheduler({
    follow: (resource, signal) => {
      at.push([resource.prefix.slice(0, -1), clock.now()]);
      return follow(resource, signal);
    },
    clock,
    events: recorderOf(events),
    random: () => 1,
    maxConcurrent,
    pollIntervalMs: 15_000,
    maxIdlePollIntervalMs: 60_000,
  });
}

const timesOf = (who: string): number[] => at.filter(([name]) => name === who).map(([, ms]) => ms);

async function runFor(ms: number): Promise<void> {
  const running = scheduler.run(stop.signal, { untilCaughtUp: false });
  await clock.advance(ms);
  stop.abort();
  await running;
  expect(clock.pendingSleeps).toBe(0);
}

/** A round that ends when the test says so. */
function held(): { promise: Promise<Round>; end: (round: Round) => void } {
  const { promise, resolve } = Promise.withResolvers<Round>();
  return { promise, end: resolve };
}

describe("scheduler", () => {
  it("looks at a new resource at once, even while it rests", async () => {
    const running = scheduler.run(stop.signal, { untilCaughtUp: false });
    await clock.advance(5_000);
    expect(scheduler.add(A)).toBe(true);
    expect(scheduler.add(A)).toBe(false);
    await clock.advance(0);
    expect(at).toEqual([["A", 5_000]]);
    stop.abort();
    await running;
  });

  it("looks at a quiet resource ever less, down to the idle interval", async () => {
    scheduler.add(A);
    await runFor(240_000);
    const times = timesOf("A");
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    expect(gaps).toEqual([22_500, 33_750, 50_625, 60_000, 60_000]);
  });

  it("looks at a growing resource every poll interval", async () => {
    follow = () => Promise.resolve(GROWN);
    scheduler.add(A);
    await runFor(46_000);
    expect(timesOf("A")).toEqual([0, 15_000, 30_000, 45_000]);
  });

  it("returns to the short interval as soon as a quiet resource grows", async () => {
    follow = () => Promise.resolve(at.length === 5 ? GROWN : QUIET);
    scheduler.add(A);
    await runFor(185_000);
    expect(timesOf("A").slice(4)).toEqual([166_875, 181_875]);
  });

  it("goes on at once where there is more, but lets others that are due go first", async () => {
    scheduler = create(1);
    let rounds = 0;
    follow = ({ prefix }) => Promise.resolve(prefix === "A/" && ++rounds < 5 ? BEHIND : QUIET);
    for (const resource of [A, B, C]) scheduler.add(resource);
    await runFor(1_000);
    expect(at.map(([name]) => name).join("")).toBe("ABCAAAA");
  });

  it("waits ever longer for a backlog that does not move, never longer than a poll", async () => {
    follow = () => Promise.resolve(WAITING);
    scheduler.add(A);
    await runFor(60_000);
    const times = timesOf("A");
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    expect(gaps.slice(0, 3)).toEqual([1_000, 1_500, 2_250]);
    expect(Math.max(...gaps)).toBe(15_000);
    expect(times.length).toBeLessThan(12);
  });

  it("runs no more rounds at once than allowed, and never two of one resource", async () => {
    const rounds = new Map<string, ReturnType<typeof held>>();
    follow = ({ prefix }) => {
      const round = held();
      rounds.set(prefix, round);
      return round.promise;
    };
    for (const resource of [A, B, C]) scheduler.add(resource);
    const running = scheduler.run(stop.signal, { untilCaughtUp: false });
    await clock.advance(10 * 60_000);
    expect(at.map(([name]) => name)).toEqual(["A", "B"]);
    rounds.get("A/")?.end(BEHIND);
    await clock.advance(0);
    expect(at.map(([name]) => name)).toEqual(["A", "B", "C"]);
    rounds.get("B/")?.end(QUIET);
    await clock.advance(0);
    expect(at.map(([name]) => name)).toEqual(["A", "B", "C", "A"]);
    stop.abort();
    for (const round of rounds.values()) round.end(QUIET);
    await running;
  });

  it("rests while all slots are taken instead of spinning", async () => {
    scheduler = create(1);
    const round = held();
    follow = () => round.promise;
    for (const resource of [A, B]) scheduler.add(resource);
    const running = scheduler.run(stop.signal, { untilCaughtUp: false });
    await clock.advance(60_000);
    expect(clock.pendingSleeps).toBe(1);
    expect(clock.nextWakeInMs).toBe(Infinity);
    stop.abort();
    round.end(QUIET);
    await running;
  });

  it("backs off from a resource whose storage fails, and from no other", async () => {
    follow = ({ prefix }) =>
      prefix === "A/"
        ? Promise.reject(new ConnectorError("STORAGE_UNAVAILABLE", "busy"))
        : Promise.resolve(GROWN);
    for (const resource of [A, B]) scheduler.add(resource);
    await runFor(31_000);
    expect(timesOf("A")).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000]);
    expect(timesOf("B")).toEqual([0, 15_000, 30_000]);
    expect(events[0]).toMatchObject({
      name: "storageFailed",
      event: { resource: "A/", waitMs: 1_000, error: { code: "STORAGE_UNAVAILABLE" } },
    });
  });

  it("waits as long as storage asks for, and says when it is back", async () => {
    let failures = 2;
    follow = () =>
      failures-- > 0
        ? Promise.reject(new ConnectorError("STORAGE_UNAVAILABLE", "", { retryAfterMs: 20_000 }))
        : Promise.resolve(GROWN);
    scheduler.add(A);
    await runFor(56_000);
    expect(timesOf("A")).toEqual([0, 20_000, 40_000, 55_000]);
    expect(events.map(({ name }) => name)).toEqual([
      "storageFailed",
      "storageFailed",
      "storageRecovered",
    ]);
  });

  it("stops at once when nothing runs, and waits for the rounds that do", async () => {
    const round = held();
    follow = (_resource, signal) =>
      new Promise((resolve, reject) => {
        void round.promise.then(resolve);
        signal.addEventListener("abort", () => {
          reject(cancelled(signal));
        });
      });
    scheduler.add(A);
    const running = scheduler.run(stop.signal, { untilCaughtUp: false });
    await clock.advance(1_000);
    stop.abort();
    await running;
    expect([events, clock.pendingSleeps]).toEqual([[], 0]);
    await scheduler.run(stop.signal, { untilCaughtUp: false });
    expect(at).toHaveLength(1);
  });

  describe("until caught up", () => {
    it("ends when every resource was read to its goal, each looked at no more than needed", async () => {
      let left = 3;
      follow = ({ prefix }) => Promise.resolve(prefix === "A/" && left-- > 0 ? BEHIND : QUIET);
      for (const resource of [A, B]) scheduler.add(resource);
      await scheduler.run(stop.signal, { untilCaughtUp: true });
      expect([timesOf("A").length, timesOf("B").length]).toEqual([4, 1]);
      expect(scheduler.isCaughtUp).toBe(true);
    });

    it("ends at once without resources", async () => {
      await scheduler.run(stop.signal, { untilCaughtUp: true });
      expect(at).toEqual([]);
    });

    it("does not take a resource that fails for one that is done", async () => {
      let failures = 2;
      follow = () =>
        failures-- > 0
          ? Promise.reject(new ConnectorError("STORAGE_UNAVAILABLE", ""))
          : Promise.resolve(QUIET);
      scheduler.add(A);
      const running = scheduler.run(stop.signal, { untilCaughtUp: true });
      await clock.advance(10_000);
      await running;
      expect(timesOf("A")).toEqual([0, 1_000, 3_000]);
    });
  });
});
