// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from "vitest";
import { auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import { expectAccountedFor, expectNoCursorAhead } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
afterEach(async () => {
  await world.close();
});

describe("stop: what is in flight may finish within the grace, and is saved", () => {
  it("delivers what waits for its batch to fill, saves it, and reads no more", async () => {
    const env = {
      HSM_AUDIT_OTEL_BATCH_FLUSH_INTERVAL: "1m",
      HSM_AUDIT_OTEL_CHECKPOINT_INTERVAL: "1m",
    };
    world = await DeliveryWorld.create({ env });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 30));
    const running = await world.run();
    await world.settle("they are read", () => running.totals.recordsRead === 30, 10);
    expect(running.totals.delivered).toBe(0);
    expect((await running.stop()).kind).toBe("drained");
    expect(running.said("stopped")).toEqual([{ isDrained: true }]);
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 30 });
    expect((await world.once()).totals.recordsRead).toBe(0);
  });

  it("waits for a request that is being retried", async () => {
    world = await DeliveryWorld.create({
      receiver: { script: [{ status: 503, headers: { "retry-after": "15" } }] },
    });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 30));
    const running = await world.run();
    await world.settle("it is refused", () => running.totals.retries === 1);
    expect((await running.stop()).kind).toBe("drained");
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 30 });
  });

  it("drops what a hanging receiver does not answer when the grace is over, and repeats it", async () => {
    world = await DeliveryWorld.create({
      receiver: { script: ({ index }) => (index === 1 ? "hang" : undefined) },
      env: {
        HSM_AUDIT_OTEL_BATCH_MAX_RECORDS: "10",
        HSM_AUDIT_OTEL_BATCH_FLUSH_INTERVAL: "1m",
        HSM_AUDIT_OTEL_SHUTDOWN_GRACE: "20s",
        OTEL_EXPORTER_OTLP_TIMEOUT: "60000",
      },
    });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 20));
    const running = await world.run();
    await world.settle("one hangs", () => world.receiver.requests.length === 2);
    await world.settle("one is answered", () => running.totals.delivered === 10);
    const stoppedAtMs = world.clock.now();
    expect((await running.stop()).kind).toBe("abandoned");
    expect(running.said("stopped")).toEqual([{ isDrained: false }]);
    const tookMs = world.clock.now() - stoppedAtMs;
    expect(tookMs).toBeGreaterThanOrEqual(20_000);
    expect(tookMs).toBeLessThan(30_000);
    await expectNoCursorAhead(world, [blob]);
    await world.once();
    expect(new Set(world.receivedUids)).toEqual(new Set(await world.expectedUids(blob)));
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 20 });
  });

  it("drops it at once at the second signal, and without grace at the first", async () => {
    world = await DeliveryWorld.create({ receiver: { script: () => "hang" } });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 20));
    const patient = await world.run();
    await world.settle("it hangs", () => world.receiver.requests.length === 1);
    const stopping = patient.stop();
    patient.abandon();
    const stoppedAtMs = world.clock.now();
    expect((await stopping).kind).toBe("abandoned");
    expect(world.clock.now() - stoppedAtMs).toBeLessThan(5_000);
    const hasty = await world.run({ HSM_AUDIT_OTEL_SHUTDOWN_GRACE: "0s" });
    await world.settle("it hangs", () => world.receiver.requests.length === 2);
    expect((await hasty.stop()).kind).toBe("abandoned");
    world.receiver.script([]);
    await world.once();
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
  });

  it("stops at once in the middle of a large blob, and the next run reads on from there", async () => {
    world = await DeliveryWorld.create({
      receiver: { keep: "uids" },
      env: { HSM_AUDIT_OTEL_BATCH_MAX_RECORDS: "500" },
    });
    const blob = world.blobName();
    for (let part = 0; part < 3; part++) {
      await world.container.append(blob, auditLines(part * 10_000, part * 10_000 + 10_000));
    }
    const running = await world.run();
    await world.settle("it is under way", () => running.totals.delivered > 500);
    expect((await running.stop()).kind).toBe("drained");
    const delivered = world.receivedUids.length;
    expect(delivered).toBe(running.totals.delivered);
    await world.once();
    expect(world.receivedUids).toHaveLength(30_000);
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 30_000 });
  });
});
