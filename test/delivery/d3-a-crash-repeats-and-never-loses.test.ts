// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from "vitest";
import { auditLine, auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld, HOUR_MS } from "../support/delivery-world.ts";
import { expectAccountedFor, expectNoCursorAhead } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
afterEach(async () => {
  await world.close();
});

describe("D3: a crash costs at most a repeat of what was in flight or acknowledged since the last save, never a loss", () => {
  it("repeats after a kill no record that was acknowledged before the last save", async () => {
    world = await DeliveryWorld.create({
      env: { HSM_AUDIT_OTEL_CHECKPOINT_INTERVAL: "60s", HSM_AUDIT_OTEL_POLL_INTERVAL: "1s" },
    });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 100));
    const running = await world.run();
    await world.settle("all arrive", () => running.totals.delivered === 100, 50);
    const saves = running.said("checkpointSaved").length;
    await world.settle("they are saved", () => running.said("checkpointSaved").length > saves);
    await world.container.append(blob, auditLines(100, 150));
    await world.settle("the rest arrives", () => running.totals.delivered === 150, 50);
    expect(running.said("checkpointSaved")).toHaveLength(saves + 1);
    await running.kill();
    await expectNoCursorAhead(world, [blob]);

    const uids = await world.expectedUids(blob);
    const { totals } = await world.once();
    expect(totals.delivered).toBe(50);
    expect(world.receivedUids).toEqual([...uids, ...uids.slice(100)]);
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 150 });
  });

  it("loses nothing when it is killed before anything was saved", async () => {
    world = await DeliveryWorld.create({ env: { HSM_AUDIT_OTEL_CHECKPOINT_INTERVAL: "60s" } });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 30));
    const running = await world.run();
    await world.settle("all arrive", () => running.totals.delivered === 30, 50);
    await running.kill();
    await world.once();
    const uids = await world.expectedUids(blob);
    expect(world.receivedUids).toEqual([...uids, ...uids]);
  });

  it("repeats nothing after a clean stop, and begins where it was", async () => {
    world = await DeliveryWorld.create({ env: { HSM_AUDIT_OTEL_CHECKPOINT_INTERVAL: "60s" } });
    const blobs = [world.blobName("HSM-ONE", 1), world.blobName("HSM-ONE"), world.blobName("TWO")];
    for (const blob of blobs) await world.container.append(blob, auditLines(0, 50));
    for (let round = 1; round <= 3; round++) {
      const running = await world.run();
      await world.settle("all arrive", () => world.receivedUids.length === round * 150);
      expect((await running.stop()).kind).toBe("drained");
      for (const blob of blobs)
        await world.container.append(blob, auditLines(round * 50, round * 50 + 50));
    }
    await world.once();
    const expected = await world.expectedUids(...blobs);
    expect(world.receivedUids.toSorted()).toEqual(expected.toSorted());
    expect(await expectAccountedFor(world, blobs)).toMatchObject({ delivered: 600 });
  });

  it("delivers nothing the second time `once` runs", async () => {
    world = await DeliveryWorld.create();
    const blobs = [world.blobName("HSM-ONE", 3), world.blobName("HSM-ONE"), world.blobName("TWO")];
    for (const blob of blobs) await world.container.append(blob, `no record\n${auditLines(0, 20)}`);
    await world.once();
    const requests = world.receiver.requests.length;
    const { end, totals } = await world.once();
    expect(end.kind).toBe("drained");
    expect(totals).toMatchObject({ recordsRead: 0, delivered: 0, deadLettered: 0 });
    expect(world.receiver.requests).toHaveLength(requests);
    expect(await world.deadLetters()).toHaveLength(3);
  });

  it("leaves a half-written last line to the next run, which delivers it whole and once", async () => {
    world = await DeliveryWorld.create();
    const blob = world.blobName();
    const [line, half] = [auditLine(5), 40];
    await world.container.append(blob, auditLines(0, 5) + line.slice(0, half));
    const first = await world.once();
    expect(first.totals.delivered).toBe(5);
    await world.container.append(blob, line.slice(half));
    await world.once();
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
    expect(world.receivedRecords.at(-1)?.body).toBe(line.trimEnd());
  });

  it("loses nothing of ten days in which it did not run", async () => {
    const nowMs = Date.now() - 240 * HOUR_MS;
    world = await DeliveryWorld.create({ nowMs });
    const first = world.blobName();
    await world.container.append(first, auditLines(0, 5));
    const running = await world.run();
    await world.settle("the first arrive", () => running.totals.delivered === 5);
    expect((await running.stop()).kind).toBe("drained");

    await world.container.append(first, auditLines(5, 10));
    await world.clock.advance(240 * HOUR_MS);
    const later = Array.from({ length: 240 }, (_, hour) => world.blobName("HSM-ONE", 239 - hour));
    await Promise.all(
      later.map((blob, hour) => world.container.append(blob, auditLines(hour * 3, hour * 3 + 3))),
    );
    const again = await world.run();
    await world.settle("all arrive", () => again.totals.delivered === 5 + 3 * 240, 1_000);
    expect((await again.stop()).kind).toBe("drained");
    const blobs = [first, ...later];
    expect(world.receivedUids.toSorted()).toEqual((await world.expectedUids(...blobs)).toSorted());
    expect(await expectAccountedFor(world, blobs)).toMatchObject({ delivered: 10 + 3 * 240 });
  });

  it("catches up in one `once` with more hours than it keeps open at the same time", async () => {
    world = await DeliveryWorld.create({ env: { HSM_AUDIT_OTEL_START: "10d" } });
    const blobs = Array.from({ length: 100 }, (_, hour) => world.blobName("HSM-ONE", 107 - hour));
    await Promise.all(
      blobs.map((blob, hour) => world.container.append(blob, auditLines(hour * 2, hour * 2 + 2))),
    );
    expect((await world.once()).end.kind).toBe("drained");
    expect(world.receivedUids.toSorted()).toEqual((await world.expectedUids(...blobs)).toSorted());
    expect(await expectAccountedFor(world, blobs)).toMatchObject({ delivered: 200 });
  });
});
