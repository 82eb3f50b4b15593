// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from "vitest";
import { DeliveryWorld, auditLine, auditLines } from "../support/delivery-world.ts";

let world: DeliveryWorld;
afterEach(async () => {
  await world.close();
});

describe("D1: every complete record is delivered, uncertain or dead-lettered, and the counts add up", () => {
  it("delivers all records of several resources and hours once, in their blobs' order", async () => {
    world = await DeliveryWorld.create();
    const blobs = [
      world.blobName("HSM-ONE", 2),
      world.blobName("HSM-ONE", 0),
      world.blobName("HSM-TWO", 1),
    ];
    for (const [index, name] of blobs.entries()) {
      await world.container.append(name, auditLines(index * 100, index * 100 + 100));
    }
    const { end, totals } = await world.once();
    expect(end.kind).toBe("drained");
    const expected = (await Promise.all(blobs.map((name) => world.expectedUids(name)))).flat();
    expect([...world.receiver.uids].sort()).toEqual(expected.sort());
    expect(totals).toMatchObject({ recordsRead: 300, delivered: 300, deadLettered: 0 });
  });
});
