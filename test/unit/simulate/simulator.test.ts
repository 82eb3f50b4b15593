// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import type { AppendBlobStore } from "../../../src/simulate/append-blob-store.ts";
import { createAuditBlobWriter } from "../../../src/simulate/audit-blob-writer.ts";
import { createAuditEventGenerator } from "../../../src/simulate/audit-event-generator.ts";
import { createRandomSource } from "../../../src/simulate/random-source.ts";
import { runSimulation } from "../../../src/simulate/simulator.ts";
import type {
  SimulationParts,
  SimulationPlan,
  SimulationSignals,
} from "../../../src/simulate/simulator.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const HOUR = 3_600_000;

class MemoryStore implements AppendBlobStore {
  readonly blobs = new Map<string, string>();

  async ensureContainer(): Promise<void> {
    await Promise.resolve();
  }

  async appendBlock(name: string, block: Buffer): Promise<void> {
    this.blobs.set(name, (this.blobs.get(name) ?? "") + block.toString("latin1"));
    await Promise.resolve();
  }

  lines(): string[] {
    return [...this.blobs.values()].flatMap((text) => text.split("\n").slice(0, -1));
  }
}

function setUp(
  seed = "7",
  extra: Partial<SimulationParts> = {},
): { store: MemoryStore; clock: ManualClock; parts: SimulationParts } {
  const store = new MemoryStore();
  const clock = new ManualClock();
  const options = { random: createRandomSource(`${seed}/writer`), tornTailShare: 0.3 };
  return {
    store,
    clock,
    parts: {
      generator: createAuditEventGenerator({ seed, hsms: 2, vaults: 1 }),
      writer: createAuditBlobWriter({ store, ...options, hourOverlapMs: HOUR }),
      clock,
      random: createRandomSource(`${seed}/schedule`),
      ...extra,
    },
  };
}

function signals(stop: AbortSignal = new AbortController().signal): SimulationSignals {
  return { stop, abandon: new AbortController().signal };
}

const live = (plan: { rate: number; durationMs?: number; count?: number }): SimulationPlan => ({
  kind: "live",
  ratePerSecond: plan.rate,
  durationMs: plan.durationMs,
  count: plan.count,
});

describe("simulator", () => {
  it("writes rate times duration records, and takes the duration for it", async () => {
    const { store, clock, parts } = setUp();
    const run = runSimulation(parts, live({ rate: 50, durationMs: 10_000 }), signals());
    await clock.advance(60_000);
    const summary = await run;
    expect(summary.records).toBe(500);
    expect(summary.isComplete).toBe(true);
    expect(store.lines()).toHaveLength(500);
    expect(clock.pendingSleeps).toBe(0);
  });

  it("keeps to the rate: after a quarter of the time a quarter is there", async () => {
    const { store, clock, parts } = setUp("7", { appendIntervalMs: 500 });
    const run = runSimulation(parts, live({ rate: 40, count: 400 }), signals());
    await clock.advance(2_500);
    expect(store.lines().length).toBeGreaterThan(75);
    expect(store.lines().length).toBeLessThanOrEqual(101);
    await clock.advance(60_000);
    expect((await run).records).toBe(400);
  });

  it("waits for the next record when records are rare", async () => {
    const { clock, parts } = setUp();
    const run = runSimulation(parts, live({ rate: 0.1, count: 3 }), signals());
    await clock.advance(19_000);
    expect(clock.pendingSleeps).toBe(1);
    await clock.advance(2_000);
    expect((await run).records).toBe(3);
  });

  it("ends well when stopped: whole lines, numbers of what is there", async () => {
    const { store, clock, parts } = setUp();
    const stop = new AbortController();
    const run = runSimulation(parts, live({ rate: 20 }), signals(stop.signal));
    await clock.advance(5_500);
    stop.abort();
    const summary = await run;
    expect(summary.isComplete).toBe(false);
    expect(summary.records).toBeGreaterThan(80);
    expect(store.lines()).toHaveLength(summary.records);
    for (const text of store.blobs.values()) expect(text.endsWith("\n")).toBe(true);
    expect(clock.pendingSleeps).toBe(0);
  });

  it("writes nothing more when it was stopped before it began to wait", async () => {
    const { parts } = setUp();
    const summary = await runSimulation(parts, live({ rate: 20 }), signals(AbortSignal.abort()));
    expect(summary.records).toBe(1);
    expect(summary.isComplete).toBe(false);
  });

  it("writes history without waiting, spread over the asked hours", async () => {
    const { store, clock, parts } = setUp();
    const fromMs = Date.UTC(2026, 0, 10, 22);
    const plan: SimulationPlan = { kind: "history", fromMs, toMs: fromMs + 4 * HOUR, count: 8_000 };
    const summary = await runSimulation(parts, plan, signals());
    expect(summary.records).toBe(8_000);
    expect(clock.pendingSleeps).toBe(0);
    const hours = new Set([...store.blobs.keys()].map((name) => /y=.*h=\d\d/.exec(name)?.[0]));
    expect([...hours].sort()).toEqual([
      // Each hour's blob still grows in the next hour here; so does the one before the first.
      "y=2026/m=01/d=10/h=21",
      "y=2026/m=01/d=10/h=22",
      "y=2026/m=01/d=10/h=23",
      "y=2026/m=01/d=11/h=00",
      "y=2026/m=01/d=11/h=01",
    ]);
    expect(summary.blobs).toBe(store.blobs.size);
  });

  it("adds up: the sum over resources is the whole, and is what lies in the blobs", async () => {
    const { store, clock, parts } = setUp();
    const progress: number[] = [];
    const run = runSimulation(parts, live({ rate: 200, count: 3_000 }), signals(), (now) =>
      progress.push(now.records),
    );
    await clock.advance(120_000);
    const summary = await run;
    const sum = (key: "records" | "bytes"): number =>
      summary.resources.reduce((total, resource) => total + resource[key], 0);
    expect(sum("records")).toBe(3_000);
    expect(sum("bytes")).toBe(summary.bytes);
    expect([...store.blobs.values()].reduce((total, text) => total + text.length, 0)).toBe(
      summary.bytes,
    );
    expect(summary.resources.every((resource) => resource.records > 0)).toBe(true);
    expect(progress).toEqual([...progress].sort((one, other) => one - other));
  });

  it("gives byte-identical blobs for the same seed, however often it appends", async () => {
    const [one, two, other] = [setUp("s"), setUp("s", { appendIntervalMs: 130 }), setUp("t")];
    const results: MemoryStore[] = [];
    for (const { store, clock, parts } of [one, two, other]) {
      const run = runSimulation(parts, live({ rate: 100, count: 1_500 }), signals());
      await clock.advance(60_000);
      await run;
      results.push(store);
    }
    expect(results[1]!.blobs).toEqual(results[0]!.blobs);
    expect(results[0]!.blobs.size).toBeGreaterThan(3);
    expect(results[2]!.blobs).not.toEqual(results[0]!.blobs);
  });

  it("lets events be received later than they happened", async () => {
    const { store, clock, parts } = setUp("7", { maxEventDelayMs: 3_000 });
    const start = clock.now();
    const run = runSimulation(parts, live({ rate: 100, count: 500 }), signals());
    await clock.advance(60_000);
    await run;
    const times = store
      .lines()
      .map((line) => Date.parse((JSON.parse(line) as { time: string }).time));
    expect(Math.min(...times)).toBeLessThan(start);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(start - 3_000);
    expect(times).not.toEqual([...times].sort((one, two) => one - two));
  });
});
