// SPDX-License-Identifier: Apache-2.0
// The machine's clock is set while the connector runs: by a person, by a time service after a long sleep, by a virtual
// machine that was moved. Blobs keep the service's time, which goes on as before.
import { afterEach, describe, expect, it } from "vitest";
import { auditLine, auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld, HOUR_MS } from "../support/delivery-world.ts";
import { expectAccountedFor } from "../support/stored-cursors.ts";

const DAY_MS = 24 * HOUR_MS;

let world: DeliveryWorld;
afterEach(async () => {
  await world.close();
});

describe("a clock that is set neither loses a record nor makes anybody wait", () => {
  it.each([
    ["back by two hours", -2 * HOUR_MS],
    ["back by ten days", -10 * DAY_MS],
    ["forward by ten days", 10 * DAY_MS],
  ])("delivers without a pause what is written after it was set %s", async (_, byMs) => {
    world = await DeliveryWorld.create();
    const [earlier, blob] = [world.blobName("HSM-ONE", 1), world.blobName()];
    const [later, other] = [world.blobName("HSM-ONE", -1), world.blobName("TWO")];
    await world.container.append(earlier, auditLines(0, 5));
    await world.container.append(blob, auditLines(0, 5));
    const running = await world.run();
    await world.settle("the first arrive", () => running.totals.delivered === 10);

    // Set between a record's arrival in a batch and the time at which that batch leaves.
    await world.container.append(blob, auditLines(5, 10));
    await world.settle("they wait in a batch", () => running.totals.recordsRead === 15, 10);
    world.clock.setWall(byMs);
    await delivered(15);
    await world.container.append(blob, auditLines(10, 15));
    await delivered(20);
    // What only a listing shows: a late line of an earlier hour, a new hour, a new resource.
    await world.container.append(earlier, auditLines(5, 10));
    await world.container.append(later, auditLines(0, 5));
    await delivered(30);
    await world.container.append(other, auditLines(0, 5));
    await delivered(35);
    expect((await running.stop()).kind).toBe("drained");

    // Time here goes faster than I/O: an hour is short beside what the clock was set by.
    async function delivered(records: number): Promise<void> {
      const beganMs = world.clock.monotonicNow();
      await world.settle(`${records} arrive`, () => world.receivedUids.length === records, 500);
      expect(world.clock.monotonicNow() - beganMs).toBeLessThan(HOUR_MS);
    }
  });

  it.each([-10 * DAY_MS, 10 * DAY_MS])(
    "waits for a receiver, a store and a torn line as long as before (%d ms)",
    async (byMs) => {
      world = await DeliveryWorld.create({
        receiver: { script: [{ status: 503 }, { status: 503 }] },
      });
      const blob = world.blobName();
      const torn = auditLine(10).trimEnd();
      await world.container.append(blob, auditLines(0, 10) + torn);
      const running = await world.run();
      await world.settle("it is refused", () => running.totals.retries === 1, 10);
      world.clock.setWall(byMs);
      const beganMs = world.clock.monotonicNow();
      await world.settle("it arrives", () => world.receivedUids.length === 10);
      expect(world.clock.monotonicNow() - beganMs).toBeLessThan(HOUR_MS);
      expect((await running.stop()).kind).toBe("drained");
      await world.container.append(blob, "\n");
      await world.once();
      expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 11 });
    },
  );

  it.each([-30 * DAY_MS, 30 * DAY_MS])(
    "closes a blob when the service says that it is still, not when we do (%d ms)",
    async (byMs) => {
      world = await DeliveryWorld.create({ env: { HSM_AUDIT_OTEL_START: "beginning" } });
      const [old, present] = [world.blobName("HSM-ONE", 2), world.blobName()];
      for (const blob of [old, present]) await world.container.append(blob, auditLines(0, 5));
      world.clock.setWall(byMs);
      const running = await world.run();
      await world.settle("all arrive", () => running.totals.delivered === 10);
      await world.pass(5 * HOUR_MS, 30_000);
      expect(running.said("blobClosed")).toEqual([]);
      await world.container.append(old, auditLines(5, 10));
      // An hour is left before it may close, and a busy machine needs more of it for the same I/O: small steps.
      await world.settle("more arrives", () => running.totals.delivered === 15);
      expect((await running.stop()).kind).toBe("drained");
      expect(running.said("blobChanged")).toEqual([]);
      expect(await expectAccountedFor(world, [old, present])).toMatchObject({ delivered: 15 });
    },
  );
});
