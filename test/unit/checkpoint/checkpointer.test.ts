// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CheckpointerBench,
  FakeCheckpointSource,
  INTERVAL_MS,
} from "../../support/checkpointer-bench.ts";

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

describe("checkpointer", () => {
  it("saves all marked resources at once, one interval after the first mark", async () => {
    bench.advance(a);
    bench.advance(b);
    bench.advance(a);
    await clock.advance(INTERVAL_MS - 1);
    expect(store.saves).toEqual([]);
    await clock.advance(1);
    expect(bench.savedHours()).toEqual(["A/2 B/1"]);
    expect(told).toEqual(["saved 2"]);
  });

  it("has no timer and writes nothing while nothing is marked", async () => {
    expect(clock.pendingSleeps).toBe(0);
    bench.advance(a);
    await clock.advance(10 * INTERVAL_MS);
    expect(clock.pendingSleeps).toBe(0);
    expect(store.saves).toHaveLength(1);
  });

  it("saves again one interval later when more was marked", async () => {
    bench.advance(a);
    await clock.advance(INTERVAL_MS);
    bench.advance(a);
    await clock.advance(INTERVAL_MS);
    expect(bench.savedHours()).toEqual(["A/1", "A/2"]);
    expect(a.version).toBe("2");
  });

  it("does not write a snapshot that the store holds already", async () => {
    bench.advance(a);
    await clock.advance(INTERVAL_MS);
    checkpointer.markDirty(a);
    bench.advance(b);
    await clock.advance(INTERVAL_MS);
    checkpointer.markDirty(a);
    await clock.advance(INTERVAL_MS);
    expect(bench.savedHours()).toEqual(["A/1", "B/1"]);
    expect(told).toEqual(["saved 1", "saved 1"]);
  });

  it("saves a mark that was made while a save was under way", async () => {
    bench.advance(a);
    const onSaved = a.onSaved.bind(a);
    a.onSaved = (version, closed) => {
      onSaved(version, closed);
      if (a.hours < 3) bench.advance(a);
    };
    await clock.advance(3 * INTERVAL_MS);
    expect(bench.savedHours()).toEqual(["A/1", "A/2", "A/3"]);
  });

  it("retries a failing save, ever later, with the newest snapshot", async () => {
    for (let failure = 0; failure < 3; failure++) store.failNextSave();
    bench.advance(a);
    bench.advance(b);
    await clock.advance(INTERVAL_MS);
    bench.advance(a);
    await clock.advance(375 + 750 + 1_499);
    expect(store.saves).toEqual([]);
    await clock.advance(1);
    expect(bench.savedHours()).toEqual(["A/2 B/1"]);
    expect(told).toEqual([
      "failed CHECKPOINT_UNAVAILABLE 375",
      "failed CHECKPOINT_UNAVAILABLE 750",
      "failed CHECKPOINT_UNAVAILABLE 1500",
      "saved 2",
    ]);
    bench.advance(a);
    await clock.advance(INTERVAL_MS);
    expect(bench.savedHours().at(-1)).toBe("A/3");
  });

  it("appends closed blobs exactly once, over failures and later saves", async () => {
    store.failNextSave();
    const first = a.close("h=09");
    bench.advance(a);
    await clock.advance(INTERVAL_MS);
    const second = a.close("h=10");
    bench.advance(a);
    await clock.advance(60_000);
    bench.advance(a);
    await clock.advance(INTERVAL_MS);
    expect(store.ledger).toEqual([first, second]);
  });

  it("writes closed blobs even when the document is the same", async () => {
    bench.advance(a);
    await clock.advance(INTERVAL_MS);
    const blob = a.close("h=09");
    checkpointer.markDirty(a);
    await clock.advance(INTERVAL_MS);
    expect(store.ledger).toEqual([blob]);
  });

  it("tells a conflict to its resource, saves the others, and does not try it again", async () => {
    store.overtake("A/");
    a.close("h=09");
    bench.advance(a);
    bench.advance(b);
    await clock.advance(60_000);
    expect(a.conflicts).toBe(1);
    expect(b.version).toBe("1");
    expect(told).toEqual(["conflicted A/", "saved 1"]);
    expect(store.ledger).toEqual([]);
    expect(clock.pendingSleeps).toBe(0);
  });

  it("saves the successor of a resource that met a conflict", async () => {
    store.overtake("A/");
    bench.advance(a);
    await clock.advance(INTERVAL_MS);
    const successor = new FakeCheckpointSource("A/");
    successor.version = (await store.load("A/"))?.version;
    bench.advance(successor);
    await clock.advance(INTERVAL_MS);
    expect(successor.version).toBe("2");
  });
});
