// SPDX-License-Identifier: Apache-2.0
// The byte budget is charged when a window is asked for and credited when its range is settled. A stage that waited for
// it while it holds some would stand still here for ever: there is room for fewer windows than there are readers.
import { describe, expect, it } from "vitest";
import { lines, textsOf } from "../support/numbered-records.ts";
import { TailingWorld } from "../support/tailing-world.ts";

const RECORDS = 12;

function worldWith(resources: number, windowsInBudget: number): TailingWorld {
  const world = new TailingWorld({
    settings: {
      windowBytes: 40,
      budgetBytes: 40 * windowsInBudget,
      // Batches never fill by themselves: only the flush timer, or a pipeline at rest, settles anything.
      batchMaxBytes: 1_000_000,
      batchMaxRecords: 1_000_000,
      maxConcurrentResources: 32,
    },
  });
  for (let index = 0; index < resources; index++) {
    // Windows end within records and behind them, a bad line and a torn one among them.
    const text = `${lines(1, RECORDS - 1)}bad ${index}\n \n${lines(RECORDS, RECORDS)}{"torn`;
    world.container.append(world.blobName(`HSM-${index}`), text);
  }
  return world;
}

describe("the byte budget", () => {
  it.each([
    [2_000, 3],
    [100, 1],
  ])(
    "carries %d resources that are all behind, with room for %d windows",
    async (resources, windows) => {
      const world = worldWith(resources, windows);
      const running = world.start("once");
      const { end, seconds } = await world.untilEnded(running, 24 * 3_600);
      expect(end.kind).toBe("drained");
      expect(world.texts()).toHaveLength(resources * RECORDS);
      expect(world.sink.kept).toHaveLength(resources);
      expect(new Set(world.receiver.received.map(({ uid }) => uid)).size).toBe(resources * RECORDS);
      // A second for each turn of the flush timer that no full batch spares it, and no more.
      expect(seconds).toBeLessThan(4 * resources + 60);
    },
  );

  it("is not kept by readers whose requests fail, hang for a while, or find their blob changed", async () => {
    const world = worldWith(50, 2);
    let calls = 0;
    world.container.fault = (call, name) => {
      if (call !== "read") return;
      calls++;
      if (calls % 3 === 0) throw new Error("the network");
      if (calls % 50 === 7) world.container.delete(name);
    };
    const running = world.start();
    await world.clock.advance(30 * 60_000);
    world.container.fault = () => undefined;
    await world.clock.advance(10 * 60_000);
    // What is left to read has been read: a budget that leaked would have stopped it.
    const late = world.blobName("LATE");
    world.container.append(late, lines(900, 999));
    await world.clock.advance(15 * 60_000);
    const texts = new Set(world.texts());
    expect(textsOf(900, 999).every((text) => texts.has(text))).toBe(true);
    expect(calls).toBeGreaterThan(500);
    await world.stop(running);
  });
});
