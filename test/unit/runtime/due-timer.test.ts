// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import { createDueTimer } from "../../../src/runtime/due-timer.ts";
import type { DueTimer } from "../../../src/runtime/due-timer.ts";
import { ManualClock } from "../../support/manual-clock.ts";

let clock: ManualClock;
let startedAtMs: number;
let stop: AbortController;
let due: number[];
let done: number[];
let failures: unknown[];
let timer: DueTimer;

beforeEach(() => {
  clock = new ManualClock(0);
  startedAtMs = clock.monotonicNow();
  stop = new AbortController();
  due = [];
  done = [];
  failures = [];
  timer = createDueTimer({
    clock,
    dueAtMs: () => (due[0] === undefined ? undefined : startedAtMs + due[0]),
    onDue: (nowMs) => {
      while (due[0] !== undefined && startedAtMs + due[0] <= nowMs) done.push(due.shift() ?? 0);
    },
    signal: stop.signal,
    onFailure: (error) => failures.push(error),
  });
});

describe("due timer", () => {
  it("does the work when it is due, and rests when nothing waits", async () => {
    due.push(100, 250);
    timer.start();
    expect(clock.pendingSleeps).toBe(1);
    await clock.advance(99);
    expect(done).toEqual([]);
    await clock.advance(1);
    expect(done).toEqual([100]);
    await clock.advance(200);
    expect(done).toEqual([100, 250]);
    expect(clock.pendingSleeps).toBe(0);
  });

  it.each([-86_400_000, 86_400_000])("does not notice a clock that is set by %d ms", async (ms) => {
    due.push(100, 250);
    timer.start();
    clock.setWall(ms);
    await clock.advance(99);
    expect(done).toEqual([]);
    await clock.advance(1);
    expect(done).toEqual([100]);
    clock.setWall(-2 * ms);
    await clock.advance(150);
    expect(done).toEqual([100, 250]);
  });

  it("keeps one sleep however often it is started", async () => {
    due.push(100);
    timer.start();
    timer.start();
    expect(clock.pendingSleeps).toBe(1);
    await clock.advance(100);
    timer.start();
    expect(clock.pendingSleeps).toBe(0);
  });

  it("comes for work that begins to wait in any turn after its last look, however close", async () => {
    for (let turns = 0; turns < 12; turns++) {
      let isLate = true;
      const close = createDueTimer({
        clock,
        dueAtMs: () => (due[0] === undefined ? undefined : startedAtMs + due[0]),
        onDue: () => {
          due.shift();
          if (isLate) void addLater(turns);
          isLate = false;
        },
        signal: stop.signal,
        onFailure: (error) => failures.push(error),
      });
      const addLater = async (microtasks: number): Promise<void> => {
        for (let turn = 0; turn < microtasks; turn++) await Promise.resolve();
        due.push(clock.now() + 50);
        close.start();
      };
      due.push(clock.now() + 100);
      close.start();
      await clock.advance(150);
      expect([turns, due, failures]).toEqual([turns, [], []]);
    }
  });

  it("ends quietly with its signal", async () => {
    due.push(100);
    timer.start();
    stop.abort();
    await clock.advance(200);
    expect([done, failures, clock.pendingSleeps]).toEqual([[], [], 0]);
  });

  it("reports work that fails, and can be started again", async () => {
    const broken = createDueTimer({
      clock,
      dueAtMs: () => (due[0] === undefined ? undefined : startedAtMs + due[0]),
      onDue: () => {
        due.shift();
        throw new Error("broken");
      },
      signal: stop.signal,
      onFailure: (error) => failures.push(error),
    });
    for (const number of [1, 2]) {
      due.push(clock.now());
      broken.start();
      await clock.advance(1);
      expect(failures).toHaveLength(number);
    }
  });
});
