// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import { line, lines, textsOf } from "../support/numbered-records.ts";
import { HOUR_MS, prefixOf, TailingWorld } from "../support/tailing-world.ts";

describe("a run", () => {
  it("delivers what stands there and what comes, and drains when it is told to stop", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName(), lines(1, 5));
    const running = world.start();
    await world.clock.advance(5_000);
    world.container.append(world.blobName(), lines(6, 7));
    await world.clock.advance(60_000);
    expect(world.texts()).toEqual(textsOf(1, 7));
    expect(await world.stop(running)).toEqual({ kind: "drained" });
    expect(world.clock.pendingSleeps).toBe(0);
  });

  it("delivers and saves on stop what was read but not yet sent", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName(), line(1));
    const running = world.start();
    await world.clock.advance(10);
    expect(world.texts()).toEqual([]);
    expect(await world.stop(running)).toEqual({ kind: "drained" });
    expect(world.texts()).toEqual(textsOf(1, 1));
    const saved = await world.store.load(prefixOf("HSM"));
    expect(saved?.checkpoint.open.map(({ offset }) => offset)).toEqual([8]);
  });

  it("gives up what is in flight when the grace is over, and the next run repeats it", async () => {
    const world = new TailingWorld();
    world.receiver.become("down");
    world.container.append(world.blobName(), lines(1, 3));
    const running = world.start();
    await world.clock.advance(5_000);
    running.stop.abort();
    const { end, seconds } = await world.untilEnded(running);
    expect(end).toEqual({ kind: "abandoned" });
    expect(seconds).toBeGreaterThanOrEqual(20);
    expect(seconds).toBeLessThanOrEqual(26);
    world.receiver.become("up");
    const next = world.start();
    await world.clock.advance(5_000);
    expect(world.texts()).toEqual(textsOf(1, 3));
    await world.stop(next);
  });

  it("ends without waiting for the grace when it is told to abandon", async () => {
    const world = new TailingWorld();
    world.receiver.become("down");
    world.container.append(world.blobName(), lines(1, 3));
    const running = world.start();
    await world.clock.advance(5_000);
    running.stop.abort();
    await world.clock.advance(100);
    running.abandon.abort();
    const { end, seconds } = await world.untilEnded(running);
    expect([end.kind, seconds]).toEqual(["abandoned", 1]);
  });

  it("stops while it waits for budget that a receiver which is down does not give back", async () => {
    const world = new TailingWorld();
    world.receiver.become("down");
    world.container.append(world.blobName(), lines(1, 100));
    const running = world.start();
    await world.clock.advance(30_000);
    expect(world.container.bytesServed).toBeLessThan(300);
    running.stop.abort();
    expect((await world.untilEnded(running)).end.kind).toBe("abandoned");
  });

  it("says that it was abandoned, and saves nothing later, when the last save fails", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName(), line(1));
    const running = world.start();
    await world.clock.advance(10);
    for (let save = 0; save < 50; save++) world.store.failNextSave();
    running.stop.abort();
    const { end } = await world.untilEnded(running, 30);
    expect(end).toEqual({ kind: "abandoned" });
    const failures = world.said("checkpointFailed").length;
    await world.clock.advance(HOUR_MS);
    expect(world.said("checkpointFailed")).toHaveLength(failures);
  });

  it("throws what must not happen, with the cursor before it", async () => {
    const world = new TailingWorld({
      encode: () => Promise.reject(new ConnectorError("INTERNAL", "cannot be encoded")),
    });
    world.container.append(world.blobName(), line(1));
    const running = world.start();
    for (let second = 0; second < 40 && !running.hasEnded(); second++) {
      await world.clock.advance(1_000);
    }
    await expect(running.ended).rejects.toThrow("INTERNAL: cannot be encoded");
    const saved = await world.store.load(prefixOf("HSM"));
    expect(saved?.checkpoint.open.map(({ offset }) => offset)).toEqual([0]);
    expect(world.clock.pendingSleeps).toBe(0);
  });

  it("finds resources that appear later", async () => {
    const world = new TailingWorld();
    const running = world.start();
    await world.clock.advance(60_000);
    world.container.append(world.blobName("LATE"), line(1));
    await world.clock.advance(11 * 60_000);
    expect(world.texts()).toEqual(textsOf(1, 1));
    await world.stop(running);
  });

  it("waits out a container that does not answer, louder once and then ever longer", async () => {
    const world = new TailingWorld();
    let failing = 4;
    world.container.fault = (call) => {
      if (call === "folders" && failing-- > 0) {
        throw new ConnectorError("STORAGE_UNAVAILABLE", "busy", { retryAfterMs: 2_000 });
      }
    };
    world.container.append(world.blobName(), line(1));
    const running = world.start();
    await world.clock.advance(30_000);
    const waits = world.said("storageFailed").map((event) => (event as { waitMs: number }).waitMs);
    expect(waits).toEqual([2_000, 2_000, 3_000, 6_000]);
    expect(world.said("storageRecovered")).toEqual([{ resource: undefined }]);
    expect(world.texts()).toEqual(textsOf(1, 1));
    await world.stop(running);
  });

  it("goes on with a resource whose cursor another writer moved in the middle of a round", async () => {
    const world = new TailingWorld({
      settings: { batchMaxRecords: 2, batchFlushMs: 60_000, windowBytes: 40, budgetBytes: 40 },
    });
    world.container.append(world.blobName(), lines(1, 4));
    const running = world.start();
    await world.clock.advance(61_000);
    // The round stands still for want of budget, with records of it in an open batch; one batch is
    // acknowledged, and the save of that meets the other writer's version.
    world.receiver.become("down");
    world.container.append(world.blobName(), lines(5, 60));
    await world.clock.advance(61_000);
    world.store.overtake(prefixOf("HSM"));
    world.receiver.onAcked = () => {
      world.receiver.mode = "down";
    };
    world.receiver.become("up");
    await world.clock.advance(1_000);
    expect(world.said("checkpointConflicted")).toHaveLength(1);
    world.receiver.onAcked = () => undefined;
    world.receiver.become("up");
    await world.clock.advance(10 * 60_000);
    expect([running.hasEnded(), world.said("storageFailed")]).toEqual([false, []]);
    expect(new Set(world.texts())).toEqual(new Set(textsOf(1, 60)));
    expect(await world.stop(running)).toEqual({ kind: "drained" });
  });
});
