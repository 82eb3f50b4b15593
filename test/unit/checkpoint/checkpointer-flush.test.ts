// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CheckpointerBench, INTERVAL_MS } from "../../support/checkpointer-bench.ts";

const never = new AbortController().signal;
let bench: CheckpointerBench;
let { checkpointer, clock, store, told, a, b }: CheckpointerBench = new CheckpointerBench();

beforeEach(() => {
  bench = new CheckpointerBench();
  ({ checkpointer, clock, store, told, a, b } = bench);
});

afterEach(async () => {
  await bench.checkpointer.stop();
  expect(bench.clock.pendingSleeps).toBe(0);
});

describe("checkpointer.flush", () => {
  it("saves without waiting for the interval", async () => {
    bench.advance(a);
    await checkpointer.flush(never);
    expect(bench.savedHours()).toEqual(["A/1"]);
    expect(clock.pendingSleeps).toBe(0);
  });

  it("resolves at once when everything is durable", async () => {
    await checkpointer.flush(never);
    bench.advance(a);
    await checkpointer.flush(never);
    await checkpointer.flush(never);
    expect(store.saves).toHaveLength(1);
  });

  it("covers what was marked while a save was under way", async () => {
    bench.advance(a);
    const release = store.holdNextSave();
    const first = checkpointer.flush(never);
    await clock.advance(0);
    bench.advance(a);
    bench.advance(b);
    const second = checkpointer.flush(never);
    release();
    await Promise.all([first, second]);
    expect(bench.savedHours()).toEqual(["A/1", "A/2 B/1"]);
  });

  it("tries at once during a back-off, and again until the save holds", async () => {
    store.failNextSave();
    bench.advance(a);
    await clock.advance(INTERVAL_MS);
    store.failNextSave();
    let isDurable = false;
    const flushed = checkpointer.flush(never).then(() => (isDurable = true));
    await clock.advance(0);
    expect(told).toHaveLength(2);
    expect(isDurable).toBe(false);
    await clock.advance(60_000);
    await flushed;
    expect(bench.savedHours()).toEqual(["A/1"]);
  });

  it("resolves when a conflict made the marks void, those made meanwhile too", async () => {
    store.overtake("A/");
    bench.advance(a);
    const release = store.holdNextSave();
    const flushed = checkpointer.flush(never);
    await clock.advance(0);
    bench.advance(a);
    const again = checkpointer.flush(never);
    release();
    await Promise.all([flushed, again]);
    await checkpointer.flush(never);
    expect(store.saves.flat()).toHaveLength(1);
  });

  it("rejects when its signal has aborted before", async () => {
    bench.advance(a);
    await expect(checkpointer.flush(AbortSignal.abort())).rejects.toMatchObject({
      code: "CANCELLED",
    });
  });

  it("rejects when its signal aborts midway, and the retries go on", async () => {
    store.failNextSave();
    store.failNextSave();
    bench.advance(a);
    const abort = new AbortController();
    const flushed = checkpointer.flush(abort.signal);
    await clock.advance(0);
    abort.abort();
    await expect(flushed).rejects.toMatchObject({ code: "CANCELLED" });
    await clock.advance(60_000);
    expect(bench.savedHours()).toEqual(["A/1"]);
  });
});

describe("checkpointer.stop", () => {
  it("ends the timer, saves nothing any more, and cancels a flush that waits", async () => {
    store.failNextSave();
    bench.advance(a);
    const flushed = checkpointer.flush(never);
    await clock.advance(0);
    const isCancelled = expect(flushed).rejects.toMatchObject({ code: "CANCELLED" });
    await checkpointer.stop();
    await isCancelled;
    expect(clock.pendingSleeps).toBe(0);
    bench.advance(a);
    await clock.advance(60_000);
    expect(store.saves).toEqual([]);
  });

  it("waits for the save that is under way", async () => {
    bench.advance(a);
    const release = store.holdNextSave();
    await clock.advance(INTERVAL_MS);
    const stopped = checkpointer.stop();
    release();
    await stopped;
    expect(a.version).toBe("1");
  });
});
