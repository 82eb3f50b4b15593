// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { AttemptOutcome } from "../../src/export/exporter.ts";
import { delivered, refused, retryable } from "../support/fake-transport.ts";
import { ParcelTheatre } from "../support/parcel-theatre.ts";

/** Refuses what holds one of these records. */
function allBut(...poison: readonly number[]): (records: readonly number[]) => AttemptOutcome {
  return (records) => (records.some((record) => poison.includes(record)) ? refused() : delivered);
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

describe("the delivery of a parcel", () => {
  it("is one request when the receiver takes it", async () => {
    const theatre = new ParcelTheatre(() => ({ kind: "delivered", warning: "slow" }));
    expect(await theatre.deliver(0, 100)).toBeUndefined();
    expect(theatre.requests).toHaveLength(1);
    expect(theatre.withFate("delivered")).toEqual(numbers(0, 100));
    expect(theatre.said).toEqual(["warned"]);
  });

  it("finds the one bad record in a number of requests that grows with the logarithm", async () => {
    for (const bad of [0, 1, 700, 1999]) {
      const theatre = new ParcelTheatre(allBut(bad));
      const leftovers = await theatre.deliver(0, 2_000);
      // The last record has nobody behind it who could give evidence.
      expect(leftovers === undefined).toBe(bad < 1999);
      if (bad === 1999) await theatre.deliver(2_000, 2_001);
      await theatre.until(leftovers?.settled ?? Promise.resolve());
      expect(theatre.withFate("deadLettered")).toEqual([bad]);
      expect(theatre.requests.length).toBeLessThanOrEqual(2 * 11 + 4);
      expect(theatre.taken).toEqual(theatre.taken.toSorted((a, b) => a - b));
    }
  });

  it("keeps the culprit with the receiver's word, durably before its fate is told", async () => {
    const theatre = new ParcelTheatre(allBut(2));
    let keptAtFate: number | undefined;
    const set = theatre.fates.set.bind(theatre.fates);
    theatre.fates.set = (number, fate) => {
      if (fate === "deadLettered") keptAtFate = theatre.sink.kept.length;
      return set(number, fate);
    };
    await theatre.deliver(0, 4);
    expect(keptAtFate).toBe(1);
    expect(theatre.sink.kept).toMatchObject([
      {
        reason: "refused",
        uid: "u2",
        detail: "the record is refused by the receiver (HTTP 400), which takes others",
        // In the whole, in its half, alone, and alone once more.
        receiver: { status: 400, message: "no", attempts: 4 },
        bytes: Buffer.from('{"n":2}'),
      },
    ]);
  });

  it("halves what is too large, and names a single record that is", async () => {
    const tooLarge = refused(413, "");
    const theatre = new ParcelTheatre((records) =>
      records.length > 3 || records.includes(5) ? tooLarge : delivered,
    );
    await theatre.deliver(0, 12);
    expect(theatre.withFate("delivered")).toEqual(numbers(0, 12).filter((n) => n !== 5));
    expect(theatre.sink.kept).toMatchObject([{ reason: "too-large", uid: "u5" }]);
    expect(theatre.requests.map((records) => records.length).slice(0, 3)).toEqual([12, 6, 3]);
  });

  it("parts the resources first, so that only one waits for evidence", async () => {
    const theatre = new ParcelTheatre(allBut(9));
    const leftovers = await theatre.deliver(0, 10, (record) => `R${Math.floor(record / 3)}`);
    expect(theatre.requests.slice(0, 4).map((some) => [some[0], some.at(-1)])).toEqual([
      [0, 9],
      [0, 5],
      [6, 9],
      [6, 8],
    ]);
    expect(theatre.withFate("delivered")).toEqual(numbers(0, 9));
    expect(leftovers).toBeDefined();
    theatre.abandon.abort();
    await expect(leftovers?.settled).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("costs no dead letter while the receiver only stumbles, however deep it was cut", async () => {
    let refusals = 0;
    const theatre = new ParcelTheatre(() => (refusals++ < 14 ? refused(500, "oops") : delivered));
    const leftovers = await theatre.until(theatre.deliver(0, 2_000));
    await leftovers?.settled;
    expect(theatre.withFate("delivered")).toEqual(numbers(0, 2_000));
    expect(theatre.sink.kept).toEqual([]);
  });

  it("makes a whole parcel uncertain when some of it was rejected, and a piece of it too", async () => {
    const partial = { kind: "partial", status: 200, rejectedCount: 1, message: "one" } as const;
    const whole = new ParcelTheatre(() => partial);
    await whole.deliver(0, 3);
    expect(whole.withFate("uncertain")).toEqual([0, 1, 2]);
    const piece = new ParcelTheatre((records) => {
      if (records.length > 2) return refused();
      return records.includes(0) ? { ...partial, rejectedCount: undefined } : delivered;
    });
    await piece.deliver(0, 4);
    expect(piece.withFate("uncertain")).toEqual([0, 1]);
    expect(piece.withFate("delivered")).toEqual([2, 3]);
    expect(piece.sink.kept).toMatchObject([
      {
        reason: "partial-success",
        detail: "the receiver rejected some of 2 records",
        receiver: { attempts: 2 },
      },
      { uid: "u1" },
    ]);
  });
});

describe("a record without evidence against it", () => {
  it("waits aside and makes the receiver a faulty one", async () => {
    const theatre = new ParcelTheatre(allBut(0));
    const leftovers = await theatre.deliver(0, 1);
    expect(theatre.fates.size).toBe(0);
    await theatre.clock.advance(1_000);
    expect(theatre.exporter.state()).toBe("refusing");
    await theatre.clock.advance(3_600_000);
    expect(theatre.sink.kept).toEqual([]);
    // One probe a minute at most.
    expect(theatre.requests.length).toBeLessThanOrEqual(75);

    const next = theatre.deliver(1, 2);
    await theatre.until(next);
    await theatre.until(leftovers!.settled);
    expect(theatre.withFate("deadLettered")).toEqual([0]);
    expect(theatre.withFate("delivered")).toEqual([1]);
    expect(theatre.exporter.state()).toBe("open");
  });

  it("is delivered when the receiver takes it after all", async () => {
    const theatre = new ParcelTheatre(() => refused(500));
    const leftovers = await theatre.deliver(0, 1);
    await theatre.clock.advance(600_000);
    theatre.judge = () => delivered;
    await theatre.until(leftovers!.settled);
    expect(theatre.withFate("delivered")).toEqual([0]);
    expect(theatre.sink.kept).toEqual([]);
  });

  it("survives a receiver that goes away meanwhile", async () => {
    let answers = 0;
    const theatre = new ParcelTheatre((records) =>
      answers++ % 3 === 0 ? retryable() : allBut(1)(records),
    );
    const leftovers = await theatre.until(theatre.deliver(0, 3));
    await theatre.until(leftovers?.settled ?? Promise.resolve());
    expect(theatre.withFate("deadLettered")).toEqual([1]);
    expect(theatre.withFate("delivered")).toEqual([0, 2]);
  });
});
