// SPDX-License-Identifier: Apache-2.0
// One resource's trouble never stops another's.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import type { Fault } from "../support/storage-fault.ts";
import { expectAccountedFor } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
beforeEach(async () => {
  world = await DeliveryWorld.create();
});
afterEach(async () => {
  await world.close();
});

const never = new Promise<void>(() => undefined);

const FAULTS: [string, Fault][] = [
  ["refused for want of a role", status(403, "AuthorizationPermissionMismatch")],
  ["throttled for an hour", { kind: "status", status: 503, retryAfterSeconds: 3_600 }],
  ["answered by an error", status(500, "InternalError")],
  ["reset", { kind: "reset" }],
  ["cut in the middle", { kind: "cut", afterBytes: 10 }],
  ["never answered", { kind: "hold", until: never }],
];

describe("while one resource's requests are in trouble, the others deliver on", () => {
  it.each(FAULTS)("%s", async (_name, fault) => {
    const [bad, good] = [world.blobName("BAD"), world.blobName("GOOD")];
    for (const blob of [bad, good]) await world.container.append(blob, auditLines(0, 10));
    const running = await world.run();
    await world.settle("the first arrive", () => running.totals.delivered === 20);
    let hurt = 0;
    world.proxy.inject(({ url }) => {
      const isBad = decodeURIComponent(url).includes("/BAD/");
      if (isBad) hurt++;
      return isBad ? fault : undefined;
    });
    await world.container.append(bad, auditLines(10, 20));
    await world.settle("the trouble begins", () => hurt > 0, 1_000);
    const lags: number[] = [];
    for (let from = 10; from < 100; from += 10) {
      await world.container.append(good, auditLines(from, from + 10));
      const appendedAtMs = world.clock.now();
      await world.settle("it goes on", () => running.totals.delivered === 10 + from + 10, 100);
      lags.push(world.clock.now() - appendedAtMs);
    }
    // An idle poll and a flush, and as much again: the test's clock goes on while sockets work.
    expect(Math.max(...lags)).toBeLessThan(2 * 61_000);
    const failed = running.said("storageFailed").map(({ resource }) => resource);
    expect(failed.filter((resource) => resource?.includes("GOOD") === true)).toEqual([]);
    world.proxy.inject(undefined);
    if (fault.kind !== "hold") {
      await world.settle("the rest arrives", () => running.totals.delivered === 120, 5_000);
      await running.stop();
      const expected = await world.expectedUids(bad, good);
      expect(world.receivedUids.toSorted()).toEqual(expected.toSorted());
      expect(await expectAccountedFor(world, [bad, good])).toMatchObject({ delivered: 120 });
    }
  });
});

function status(code: number, errorCode: string): Fault {
  return { kind: "status", status: code, errorCode };
}
