// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { yieldToIo } from "../../src/runtime/clock.ts";
import { encodeSlowly, line, lines, textsOf } from "../support/numbered-records.ts";
import { HOUR_MS, prefixOf, TailingWorld } from "../support/tailing-world.ts";

const ROOMY = { windowBytes: 4_000_000, budgetBytes: 16_000_000 };

describe("the pipeline", () => {
  it("sends a resource's batches in order, whatever their encoding and their dead letters take", async () => {
    let batches = 0;
    const world = new TailingWorld({
      settings: { ...ROOMY, batchMaxBytes: 100_000 },
      encode: async (records) => {
        // The first batch is overtaken by all others that are encoded beside it.
        for (let turn = batches++ === 0 ? 20 : 0; turn > 0; turn--) await yieldToIo();
        return await encodeSlowly(records);
      },
    });
    // Four tiles a batch; the second waits for the disk.
    world.container.append(world.blobName(), lines(1, 4));
    world.container.append(world.blobName(), `bad\nbad\n${lines(5, 6)}`);
    world.container.append(world.blobName(), `\nbad\nbad\nbad\n${line(7)}${lines(8, 30)}`);
    const running = world.start();
    await world.clock.advance(5_000);
    expect(world.texts()).toEqual(textsOf(1, 30));
    expect(world.sink.kept).toHaveLength(5);
    await world.stop(running);
  });

  it("passes a record that is longer than a round's share of bytes", async () => {
    const world = new TailingWorld({ settings: { ...ROOMY, maxRecordBytes: 1_000_000 } });
    world.container.append(world.blobName(), line(1));
    world.container.append(world.blobName(), Buffer.alloc(34 * 1024 * 1024, "x"));
    world.container.append(world.blobName(), `\n${line(2)}`);
    const running = world.start();
    await world.clock.advance(30_000);
    expect(world.texts()).toEqual(textsOf(1, 2));
    expect(world.sink.kept.map(({ reason, range }) => [reason, range])).toEqual([
      ["oversize", { start: 8, end: 8 + 34 * 1024 * 1024 }],
    ]);
    await world.stop(running);
  });

  it("reads on only as far as the budget reaches while the receiver is down, then delivers all", async () => {
    const world = new TailingWorld({ settings: { windowBytes: 64, budgetBytes: 256 } });
    world.container.append(world.blobName(), lines(1, 500));
    world.receiver.become("down");
    const running = world.start();
    await world.clock.advance(HOUR_MS / 2);
    // The budget, and the overlap byte of each window.
    expect(world.container.bytesServed).toBeLessThanOrEqual(256 + 8);
    world.receiver.become("up");
    await world.clock.advance(10_000);
    expect(world.texts()).toEqual(textsOf(1, 500));
    await world.stop(running);
  });

  it("gives every byte of the budget back: with room for one window it goes on for ever", async () => {
    const world = new TailingWorld({ settings: { windowBytes: 50, budgetBytes: 50 } });
    const running = world.start();
    await world.clock.advance(1_000);
    let number = 1;
    for (let round = 0; round < 20; round++) {
      const name = world.blobName("HSM", 0);
      world.container.append(name, `${lines(number, number + 9)}bad\n \n{"to`);
      await world.clock.advance(20_000);
      world.container.append(name, 'rn":1}\n');
      if (round === 12) world.receiver.become("partial");
      if (round === 14) world.receiver.become("up");
      await world.clock.advance(11 * 60_000);
      if (round === 7) world.container.delete(name);
      number += 10;
    }
    await world.clock.advance(10 * 60_000);
    const numbers = world.texts().filter((text) => text.includes('"n"'));
    expect(numbers).toEqual(textsOf(1, 200));
    await world.stop(running);
  });

  it("looks at a quiet blob with a torn line ever less, as at any other quiet blob", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName(), `${line(1)}{"n`);
    const running = world.start();
    await world.clock.advance(10 * 60_000);
    const before = world.container.calls.reads;
    await world.clock.advance(60 * 60_000);
    expect(world.container.calls.reads - before).toBeLessThanOrEqual(75);
    await world.stop(running);
  });

  it("counts in the ledger what still waited in an open batch when its blob vanished", async () => {
    const world = new TailingWorld({ settings: { batchFlushMs: 60_000, batchMaxRecords: 100 } });
    world.container.append(world.blobName(), lines(1, 3));
    const running = world.start();
    await world.clock.advance(100);
    world.container.delete(world.blobName());
    await world.clock.advance(10 * 60_000);
    expect(world.texts()).toEqual(textsOf(1, 3));
    expect(world.store.ledger).toMatchObject([{ length: 24, counts: { delivered: 3 } }]);
    await world.stop(running);
  });

  it("says what happened to a blob that vanished, was replaced, or lost its end, and goes on", async () => {
    const world = new TailingWorld();
    for (const who of ["GONE", "NEW"]) world.container.append(world.blobName(who), lines(1, 3));
    const running = world.start();
    await world.clock.advance(30_000);
    world.container.delete(world.blobName("GONE"));
    world.container.delete(world.blobName("NEW"));
    await world.clock.advance(1_000);
    world.container.append(world.blobName("NEW"), lines(4, 9));
    await world.clock.advance(10 * 60_000);
    const changes = world.said("blobChanged") as { change: string; settledBytes: number }[];
    expect(changes.map(({ change, settledBytes }) => [change, settledBytes]).sort()).toEqual([
      ["deleted", 24],
      ["replaced", 24],
    ]);
    expect(world.texts().slice(6)).toEqual(textsOf(4, 9));
    await world.stop(running);
  });

  it("takes a whole last line without newline after the grace, and a torn one when the blob closes", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName("WHOLE"), '{"n":1}');
    world.container.append(world.blobName("TORN"), '{"n":');
    const running = world.start();
    await world.clock.advance(4 * 60_000);
    expect(world.texts()).toEqual([]);
    await world.clock.advance(3 * 60_000);
    expect(world.texts()).toEqual(['{"n":1}']);
    expect(world.sink.kept).toEqual([]);
    await world.clock.advance(7 * HOUR_MS);
    expect(world.sink.kept).toMatchObject([{ reason: "incomplete", range: { start: 0, end: 5 } }]);
    await world.stop(running);
  });

  it("keeps a whole batch as dead letters, counted as uncertain, when the receiver rejected some of it", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName(), `bad\n${lines(1, 2)}`);
    world.receiver.become("partial");
    const running = world.start();
    await world.clock.advance(5_000);
    expect(world.sink.kept.map(({ reason }) => reason).sort()).toEqual([
      "not-json",
      "partial-success",
      "partial-success",
    ]);
    await world.stop(running);
    const saved = await world.store.load(prefixOf("HSM"));
    expect(saved?.checkpoint.open[0]?.counts).toEqual({
      delivered: 0,
      uncertain: 2,
      deadLettered: 1,
      filtered: 0,
    });
  });

  it("sends nothing of a batch, and moves no cursor, before its dead letters are safe", async () => {
    const world = new TailingWorld();
    world.sink.isBroken = true;
    world.container.append(world.blobName("BAD"), `bad\n${line(1)}`);
    world.container.append(world.blobName("GOOD"), lines(2, 3));
    const running = world.start();
    await world.clock.advance(60_000);
    // Resources that share a request wait together; later ones go on.
    expect(world.said("deadLetterFailed").length).toBeGreaterThan(3);
    const held = await world.store.load(prefixOf("BAD"));
    expect(held?.checkpoint.open[0]?.offset ?? 0).toBe(0);
    expect(world.texts()).not.toContain('{"n":1}');
    world.sink.isBroken = false;
    await world.clock.advance(60_000);
    expect(new Set(world.texts())).toEqual(new Set(textsOf(1, 3)));
    await world.stop(running);
  });

  it("delivers the records of a resource below another one once", async () => {
    const world = new TailingWorld();
    world.container.knowsStartFrom = false;
    world.container.append(world.blobName("HSM"), line(1));
    world.container.append(world.blobName("HSM/pools/ONE"), line(2));
    const running = world.start();
    await world.clock.advance(60_000);
    expect(world.texts().sort()).toEqual(textsOf(1, 2));
    await world.stop(running);
  });

  it("delivers a late append to a closed hour within a day, once", async () => {
    const world = new TailingWorld();
    const old = world.blobName();
    world.container.append(old, lines(1, 2));
    const running = world.start();
    await world.clock.advance(HOUR_MS);
    world.container.append(world.blobName(), line(3));
    await world.clock.advance(9 * HOUR_MS);
    expect(world.said("blobClosed")).toMatchObject([{ blob: { name: old }, length: 16 }]);
    world.container.append(old, line(4));
    await world.clock.advance(25 * HOUR_MS);
    expect(world.texts()).toEqual(textsOf(1, 4));
    expect(world.said("blobChanged")).toMatchObject([{ change: "reopened", settledBytes: 16 }]);
    await world.stop(running);
  });
});
