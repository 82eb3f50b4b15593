// SPDX-License-Identifier: Apache-2.0
// Bad records that stand together, or in many resources, and a receiver that only stumbles.
import { describe, expect, it } from "vitest";
import type { AttemptOutcome } from "../../src/export/exporter.ts";
import { delivered, faulty, refused, retryable } from "../support/fake-transport.ts";
import { ParcelTheatre } from "../support/parcel-theatre.ts";

function refuseIf(isBad: (record: number) => boolean) {
  return (records: readonly number[]): AttemptOutcome =>
    records.some(isBad) ? refused() : delivered;
}

const MINUTE_MS = 60_000;

describe("bad records that stand together", () => {
  it.each([8, 20, 40, 64])(
    "%i in front of the others hold them for a minute at most",
    async (bad) => {
      const theatre = new ParcelTheatre(refuseIf((record) => record < bad));
      const startedAtMs = theatre.clock.now();
      const leftovers = await theatre.until(theatre.deliver(0, 2_000));
      await theatre.until(leftovers?.settled ?? Promise.resolve());
      expect(theatre.clock.now() - startedAtMs).toBeLessThanOrEqual(MINUTE_MS);
      expect(theatre.withFate("deadLettered")).toHaveLength(bad);
      expect(theatre.withFate("delivered")).toHaveLength(2_000 - bad);
      expect(theatre.taken).toHaveLength(2_000 - bad);
    },
  );

  it("at the end of forty parcels keep no good one waiting", async () => {
    const theatre = new ParcelTheatre(refuseIf((record) => record % 10 === 9));
    const leftovers = [];
    for (let parcel = 0; parcel < 40; parcel++) {
      const from = parcel * 10 + 9;
      leftovers.push(await theatre.until(theatre.deliver(from, from + 1)));
    }
    await theatre.clock.advance(10 * MINUTE_MS);
    expect(theatre.fates.size).toBe(0);
    const startedAtMs = theatre.clock.now();
    await theatre.until(theatre.deliver(1_000, 1_005));
    // The next probe is the new one's, whatever else waits.
    expect(theatre.clock.now() - startedAtMs).toBeLessThanOrEqual(2 * MINUTE_MS);
    for (const left of leftovers) await theatre.until(left?.settled ?? Promise.resolve());
    expect(theatre.withFate("deadLettered")).toHaveLength(40);
    expect(theatre.clock.now() - startedAtMs).toBeLessThanOrEqual(5 * MINUTE_MS);
  });
});

describe("a receiver that stumbles over one record", () => {
  it.each([
    [500, 3, "delivered"],
    [408, 3, "delivered"],
    [500, 4, "deadLettered"],
    [400, 1, "delivered"],
    [400, 2, "deadLettered"],
  ] as const)("with %i, %i times, has it %s in the end", async (status, times, fate) => {
    let stumbles = 0;
    const theatre = new ParcelTheatre((records) =>
      records.includes(7) && stumbles++ < times ? refused(status) : delivered,
    );
    const leftovers = await theatre.until(theatre.deliver(7, 8));
    await theatre.until(theatre.deliver(100, 110));
    await theatre.until(leftovers?.settled ?? Promise.resolve());
    expect(theatre.fates.get(7)).toBe(fate);
  });

  it("is tried again some seconds apart", async () => {
    const theatre = new ParcelTheatre((records) =>
      records.includes(7) ? refused(500) : delivered,
    );
    const leftovers = await theatre.until(theatre.deliver(7, 8));
    await theatre.until(theatre.deliver(100, 110));
    const startedAtMs = theatre.clock.now();
    await theatre.until(leftovers?.settled ?? Promise.resolve());
    expect(theatre.clock.now() - startedAtMs).toBeGreaterThanOrEqual(6_000);
  });
});

describe("a trial that left before the evidence", () => {
  it("condemns nobody, whatever it comes back with", async () => {
    const theatre = new ParcelTheatre(() => refused());
    const leftovers = await theatre.deliver(0, 1);
    const trial = Promise.withResolvers<AttemptOutcome>();
    const other = Promise.withResolvers<AttemptOutcome>();
    let trials = 0;
    theatre.judge = ([record]) => {
      if (record === 0) return trials++ === 0 ? trial.promise : delivered;
      return record === 5 ? other.promise : delivered;
    };
    const underWay = theatre.deliver(5, 6);
    await theatre.clock.advance(1_000);
    await theatre.deliver(1, 2);
    trial.resolve(refused());
    await theatre.clock.advance(0);
    expect(theatre.withFate("deadLettered")).toEqual([]);
    other.resolve(delivered);
    await underWay;
    await theatre.until(leftovers?.settled ?? Promise.resolve());
    expect(theatre.withFate("delivered")).toEqual([0, 1, 5]);
  });
});

describe("a receiver that answers in turn this and that", () => {
  it.each([
    ["401 and 400", faulty(), 20],
    ["503 and 400", retryable(), 20],
    ["400 only", refused(), 3],
  ])(
    "with %s is asked a few times a minute, however many wait",
    async (_name, other, perMinute) => {
      for (const parcels of [1, 12]) {
        let answers = 0;
        const theatre = new ParcelTheatre(() => (answers++ % 2 === 0 ? other : refused()));
        for (let index = 0; index < parcels; index++) {
          theatre.deliver(index, index + 1).catch(() => undefined);
        }
        await theatre.clock.advance(10 * MINUTE_MS);
        const before = theatre.requests.length;
        await theatre.clock.advance(30 * MINUTE_MS);
        expect((theatre.requests.length - before) / 30).toBeLessThanOrEqual(perMinute);
        expect(theatre.fates.size).toBe(0);
        // What it says changes each time; it says it with the probes, and no more often.
        expect(theatre.said.filter((what) => what === "fault").length).toBeLessThanOrEqual(90);
        theatre.abandon.abort();
        await theatre.clock.advance(0);
      }
    },
  );
});
