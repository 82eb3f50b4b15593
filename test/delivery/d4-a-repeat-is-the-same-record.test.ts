// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from "vitest";
import { auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import type { ReceivedRecord } from "../support/received-records.ts";

let world: DeliveryWorld;
afterEach(async () => {
  await world.close();
});

const OMIT = { HSM_AUDIT_OTEL_OBSERVED_TIMESTAMP: "omit" };

describe("D4: a repeated record has the same log.record.uid, and the same bytes where observedTimestamp is `omit`", () => {
  it("sends the same bytes again when the receiver could not take them", async () => {
    world = await DeliveryWorld.create({
      receiver: { script: [{ status: 503 }, "reset", { status: 429 }, "cut-mid-body", "ok"] },
    });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 50));
    const { end } = await world.once();
    expect(end.kind).toBe("drained");
    const { requests } = world.receiver;
    expect(requests).toHaveLength(5);
    expect(new Set(requests.map(({ wireSha256 }) => wireSha256)).size).toBe(1);
    expect(new Set(world.receivedUids)).toEqual(new Set(await world.expectedUids(blob)));
  });

  it("sends the same records in the pieces of a refused batch, equal in every field", async () => {
    world = await DeliveryWorld.create();
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 50));
    let whole: readonly ReceivedRecord[] = [];
    world.receiver.script(({ index }, records) => {
      if (index === 0) whole = records;
      return index === 0 ? { status: 413 } : undefined;
    });
    expect((await world.once()).end.kind).toBe("drained");
    expect(world.receiver.requests.length).toBeGreaterThan(2);
    expect(whole[0]?.observedTimeUnixNano).toBeGreaterThan(0n);
    expect(world.receivedRecords).toEqual(whole);
  });

  it("repeats the same records after a crash, equal in every field", async () => {
    world = await DeliveryWorld.create({ env: OMIT });
    const pairs = await repeatAfterKill();
    for (const [first, second] of pairs) expect(second).toEqual(first);
    expect(pairs).toHaveLength(40);
    expect(pairs[0]?.[0].observedTimeUnixNano).toBe(0n);
  });

  it("repeats them with the same uid and body, and another observed time, by default", async () => {
    world = await DeliveryWorld.create();
    const pairs = await repeatAfterKill();
    for (const [first, second] of pairs) {
      expect(second).toEqual({ ...first, observedTimeUnixNano: second.observedTimeUnixNano });
      expect(second.observedTimeUnixNano).toBeGreaterThan(first.observedTimeUnixNano);
    }
  });

  it("gives the same bytes to the same batch in two stores that know nothing of each other", async () => {
    world = await DeliveryWorld.create({ env: OMIT });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 25));
    await world.once();
    await world.pass(10_000);
    await world.once({ HSM_AUDIT_OTEL_CHECKPOINT_NAME: "second" });
    const [first, second] = world.receiver.requests;
    expect(second?.wireSha256).toBe(first?.wireSha256);
    expect(second?.recordCount).toBe(25);
  });

  /** Delivers forty records of two blobs, is killed before the save, delivers again. */
  async function repeatAfterKill(): Promise<[ReceivedRecord, ReceivedRecord][]> {
    const blobs = [world.blobName("HSM-ONE"), world.blobName("HSM-TWO")];
    for (const blob of blobs) await world.container.append(blob, auditLines(0, 20));
    const running = await world.run({ HSM_AUDIT_OTEL_CHECKPOINT_INTERVAL: "60s" });
    await world.settle("all arrive", () => running.totals.delivered === 40, 50);
    await running.kill();
    await world.pass(5_000);
    await world.once();
    const expected = await world.expectedUids(...blobs);
    return expected.map((uid) => {
      const [first, second, ...more] = world.receivedRecords.filter((record) => record.uid === uid);
      if (first === undefined || second === undefined || more.length > 0) {
        throw new Error(`${uid} did not come twice`);
      }
      return [first, second];
    });
  }
});
