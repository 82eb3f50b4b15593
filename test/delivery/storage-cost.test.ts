// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";

let world: DeliveryWorld;
beforeEach(async () => {
  // Twenty minutes into the hour: neither a guess for the next blob nor a look at the last one.
  const nowMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 + 1_200_000;
  world = await DeliveryWorld.create({ nowMs, receiver: { keep: "uids" } });
});
afterEach(async () => {
  await world.close();
});

describe("cost: storage is asked for new bytes only", () => {
  it("reads 10,000 appended records once, with one byte more for each read", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 100));
    const running = await world.run();
    await world.settle("the first arrive", () => running.totals.delivered === 100);
    world.proxy.reset();
    const appended = auditLines(100, 10_100);
    await world.container.append(blob, appended);
    await world.settle("all arrive", () => running.totals.delivered === 10_100);
    await running.stop();
    const { read } = world.proxy.counts();
    expect(read.responseBytes).toBeGreaterThanOrEqual(appended.length);
    expect(read.responseBytes).toBeLessThanOrEqual(appended.length + read.requests);
    expect(world.receivedUids).toHaveLength(10_100);
  });

  it("asks an idle blob for one byte, at most four times a minute, and lists twelve times an hour", async () => {
    await world.container.append(world.blobName(), auditLines(0, 1_000));
    await world.container.append(world.blobName("HSM-ONE", 1), auditLines(0, 1_000));
    const running = await world.run();
    await world.settle("all arrive", () => running.totals.delivered === 2_000);
    world.proxy.reset();
    // The service's hour is the real one, and its turn costs more: for five minutes the next blob is guessed by a look,
    // for fifteen the blob of the former hour is asked as well.
    const minutesIntoHour = new Date().getUTCMinutes();
    const isNearTurn = minutesIntoHour < 16 || minutesIntoHour > 25;
    await world.pass(30 * 60_000, 250);
    await running.stop();
    const { read, list, head } = world.proxy.counts();
    expect(read.requests).toBeGreaterThan(3);
    expect(read.requests).toBeLessThanOrEqual(isNearTurn ? 56 : 40);
    expect(read.responseBytes).toBeLessThanOrEqual(read.requests);
    // Six listings of its blobs, and three walks of nine folders for new resources.
    const listings = world.proxy.requests().filter(({ url }) => isListingOfBlobs(url));
    expect(listings.length).toBeLessThanOrEqual(6);
    expect(list.requests - listings.length).toBeLessThanOrEqual(3 * 10);
    expect(head.requests).toBeLessThanOrEqual(isNearTurn ? 20 : 0);
    expect(running.totals.bytesRead).toBe(2 * auditLines(0, 1_000).length);
  });

  it("asks for the bytes behind the cursor only after a restart", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 5_000));
    await world.once();
    world.proxy.reset();
    const { totals } = await world.once();
    expect(totals.bytesRead).toBe(0);
    expect(world.proxy.counts().read.responseBytes).toBeLessThanOrEqual(2);
  });

  it("reads no byte twice when the receiver refuses for a while", async () => {
    const blob = world.blobName();
    const content = auditLines(0, 5_000);
    await world.container.append(blob, content);
    world.receiver.script(({ index }) => (index < 12 ? { status: 503 } : undefined));
    const running = await world.run();
    await world.settle("all arrive", () => running.totals.delivered === 5_000, 1_000);
    await running.stop();
    const { read } = world.proxy.counts();
    expect(read.responseBytes).toBeLessThanOrEqual(content.length + read.requests);
  });
});

function isListingOfBlobs(url: string): boolean {
  const query = new URL(url, "http://proxy").searchParams;
  return query.get("comp") === "list" && !query.has("delimiter");
}
