// SPDX-License-Identifier: Apache-2.0
// One record that is not settled holds the cursor; nothing may be read far ahead of it, nor overtake it from a younger hour.
import { describe, expect, it } from "vitest";
import { line, lines, textsOf } from "../support/numbered-records.ts";
import { HOUR_MS, prefixOf, TailingWorld } from "../support/tailing-world.ts";

const BUDGET = 1_600;
const SETTINGS = {
  windowBytes: 400,
  budgetBytes: BUDGET,
  batchMaxRecords: 20,
  batchMaxBytes: 400,
  maxRecordBytes: 300,
};

describe("reading ahead of a cursor that stands", () => {
  it("ends at twice the budget, and a kill repeats no more than that", async () => {
    const world = new TailingWorld({ settings: SETTINGS });
    const running = world.start();
    const name = world.blobName();
    world.container.append(name, '{"unwanted":1}\n');
    await world.clock.advance(60_000);
    // The evidence comes, and the letter cannot be kept.
    world.sink.isBroken = true;
    for (let part = 0; part < 20; part++) {
      world.container.append(name, lines(part * 100 + 1, part * 100 + 100));
      await world.clock.advance(120_000);
    }
    const reads = world.said("windowRead") as { bytes: number }[];
    const bytesRead = reads.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(world.container.lengthOf(name)).toBeGreaterThan(10 * BUDGET);
    expect(bytesRead).toBeLessThanOrEqual(2 * BUDGET + 2 * SETTINGS.windowBytes);

    const taken = world.texts().length;
    await world.kill(running);
    world.sink.isBroken = false;
    const again = world.start();
    await world.clock.advance(HOUR_MS);
    expect(new Set(world.texts())).toEqual(new Set(textsOf(1, 2_000)));
    expect(world.texts()).toHaveLength(2_000 + taken);
    expect(world.sink.kept).toMatchObject([{ reason: "refused" }]);
    await world.stop(again);
  });

  it("lets no younger hour overtake what lies behind a very long record", async () => {
    const world = new TailingWorld({ settings: SETTINGS });
    const older = world.blobName("HSM", 1);
    world.container.append(older, lines(1, 22));
    // Its newline stands at the end of a window: nothing fills its batch.
    world.container.append(older, `${"x".repeat(5_000)}\n${lines(23, 200)}`);
    world.container.append(world.blobName("HSM"), lines(201, 240));
    const { end } = await world.untilEnded(world.start("once"));
    expect(end.kind).toBe("drained");
    expect(world.texts()).toEqual(textsOf(1, 240));
    expect(world.sink.kept).toMatchObject([{ reason: "oversize" }]);
  });

  it("goes on in a younger hour where only that can bring the evidence", async () => {
    const world = new TailingWorld({ settings: SETTINGS });
    const running = world.start();
    const older = world.blobName("HSM", 1);
    world.container.append(older, `{"unwanted":1}\n${" \n".repeat(2 * BUDGET)}`);
    await world.clock.advance(10 * 60_000);
    expect(world.sink.kept).toEqual([]);
    world.container.append(world.blobName("HSM"), line(1));
    await world.clock.advance(HOUR_MS / 2);
    expect(world.texts()).toEqual(textsOf(1, 1));
    expect(world.sink.kept).toMatchObject([{ reason: "refused" }]);
    const loaded = await world.store.load(prefixOf("HSM"));
    const counts = loaded?.checkpoint.open.map((blob) => blob.counts.deadLettered);
    expect(counts).toContain(1);
    await world.stop(running);
  });
});
