// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from "vitest";
import { auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import type { FakeReceiver } from "../support/fake-receiver.ts";
import { isAccepting } from "../support/scripted-answer.ts";

let world: DeliveryWorld;
afterEach(async () => {
  await world.close();
});

const STRICT = {
  HSM_AUDIT_OTEL_MAX_IN_FLIGHT_PER_RESOURCE: "1",
  HSM_AUDIT_OTEL_BATCH_MAX_RECORDS: "10",
};

/** Full ones only: a timer would cut them anywhere. */
const BATCHES_OF_FIVE = {
  HSM_AUDIT_OTEL_BATCH_MAX_RECORDS: "5",
  HSM_AUDIT_OTEL_BATCH_FLUSH_INTERVAL: "1m",
};

describe("D5: batches of a resource are first sent in order, strictly so with one in flight, older hours first", () => {
  it("keeps the order over refusals, resets and lost answers with one request in flight", async () => {
    world = await DeliveryWorld.create({ env: STRICT });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 200));
    world.receiver.script(({ index }) => {
      if (index % 3 === 1) return { status: 503 };
      return index % 7 === 3 ? "reset" : undefined;
    });
    expect((await world.once()).end.kind).toBe("drained");
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
    expect(world.receiver.requests.length).toBeGreaterThan(25);
  });

  it("sends what an older hour holds before what a newer one holds", async () => {
    world = await DeliveryWorld.create({ env: STRICT });
    const blobs = [3, 2, 0].map((hoursAgo) => world.blobName("HSM-ONE", hoursAgo));
    for (const [index, blob] of blobs.toReversed().entries()) {
      await world.container.append(blob, auditLines(index * 100, index * 100 + 35));
    }
    await world.once();
    expect(world.receivedUids).toEqual(await world.expectedUids(...blobs));
  });

  it("never lets more than three younger batches pass one that is refused", async () => {
    world = await DeliveryWorld.create({ env: BATCHES_OF_FIVE });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 300));
    const uids = await world.expectedUids(blob);
    const batchOf = (uid: string | undefined): number => uids.indexOf(uid ?? "") / 5;
    const attempts = new Map<number, number>();
    world.receiver.script(({ uids: [first] }) => {
      const batch = batchOf(first);
      const attempt = (attempts.get(batch) ?? 0) + 1;
      attempts.set(batch, attempt);
      return batch % 4 === 1 && attempt <= 2 ? { status: 503 } : undefined;
    });
    expect((await world.once()).end.kind).toBe("drained");
    expect(mostOvertaking(world.receiver, batchOf)).toBeLessThanOrEqual(3);
    expect(world.receivedUids.toSorted()).toEqual(uids.toSorted());
  });

  it("first sends a batch only when all but three older ones are answered", async () => {
    world = await DeliveryWorld.create({ env: BATCHES_OF_FIVE });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 300));
    const uids = await world.expectedUids(blob);
    const held = uids[10];
    world.receiver.script(({ uids: [first] }) => (first === held ? "hang" : undefined));
    const running = await world.run();
    await world.settle("those around it are answered", () => running.totals.delivered === 25);
    await world.pass(60_000);
    const seen = world.receiver.requests.flatMap((request) => request.uids);
    expect(seen.toSorted()).toEqual(uids.slice(0, 30).toSorted());
    await running.kill();
  });
});

/** The most batches that were accepted before an older one was. */
function mostOvertaking(
  { requests }: FakeReceiver,
  batchOf: (uid: string | undefined) => number,
): number {
  const accepted = requests
    .filter(({ answer }) => isAccepting(answer))
    .map(({ uids }) => batchOf(uids[0]));
  const overtakers = accepted.map(
    (batch, index) => accepted.slice(0, index).filter((earlier) => earlier > batch).length,
  );
  return Math.max(...overtakers);
}
