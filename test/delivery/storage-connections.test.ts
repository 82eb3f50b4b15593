// SPDX-License-Identifier: Apache-2.0
// What a network does to storage's answers: nothing of it loses or repeats a record at the receiver.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStorageReader } from "../../src/azure/container-client.ts";
import { createContainerClientFrom } from "../../src/azure/credentials.ts";
import { auditLines } from "../support/audit-lines.ts";
import { sharedAzurite } from "../support/azurite.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import type { FaultProxy, TcpFault } from "../support/fault-proxy.ts";
import type { RunningConnector } from "../support/running-connector.ts";
import { EMPTY_PAGE } from "../support/storage-fault.ts";
import { expectAccountedFor } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
let network: FaultProxy;

beforeEach(async () => {
  const azurite = new URL((await sharedAzurite()).accountUrl);
  network = await startFaultProxy(Number(azurite.port));
  world = await DeliveryWorld.create({
    receiver: { keep: "uids" },
    env: {
      HSM_AUDIT_OTEL_WINDOW_BYTES: "256KiB",
      HSM_AUDIT_OTEL_MAX_RECORD_BYTES: "64KiB",
    },
    openStorage: async (location, options) => {
      const client = await createContainerClientFrom(location);
      // A limit that fits the test's patience; network time is real time.
      return createStorageReader({ ...options, client, requestTimeoutMs: 500 });
    },
  });
});
afterEach(async () => {
  await world.close();
  await network.close();
});

/** Through the TCP proxy instead of the one that knows requests. */
async function throughNetwork(): Promise<Record<string, string>> {
  const { connectionString, accountUrl } = await sharedAzurite();
  const { port } = new URL(accountUrl);
  return {
    AZURE_STORAGE_CONNECTION_STRING: connectionString.replaceAll(`:${port}`, `:${network.port}`),
  };
}

async function expectAllDelivered(
  running: RunningConnector,
  blobs: readonly string[],
): Promise<void> {
  const expected = await world.expectedUids(...blobs);
  const { delivered } = { delivered: expected.length };
  await world.settle("all arrive", () => running.totals.delivered === delivered, 1_000);
  expect((await running.stop()).kind).toBe("drained");
  expect(world.receivedUids.toSorted()).toEqual(expected.toSorted());
  expect(await expectAccountedFor(world, blobs)).toMatchObject({ delivered });
}

describe("a network in trouble", () => {
  const faults: [string, TcpFault][] = [
    ["refuses connections", { kind: "refuse" }],
    ["resets connections", { kind: "reset" }],
    ["is a black hole", { kind: "black-hole" }],
    ["takes requests and never answers", { kind: "no-answer" }],
    ["closes before the answer", { kind: "half-close" }],
    ["breaks answers by a reset", cutAfter("to-client", "reset")],
    ["ends answers as if they were whole", cutAfter("to-client", "end")],
    ["breaks requests", { kind: "cut", direction: "to-target", afterBytes: 40, by: "reset" }],
  ];

  it.each(faults)("that %s delays records, and loses and repeats none", async (_name, fault) => {
    const blobs = [world.blobName("ONE"), world.blobName("TWO")];
    for (const blob of blobs) await world.container.append(blob, auditLines(0, 1_500));
    const running = await world.run(await throughNetwork());
    await world.settle("the first arrive", () => running.totals.delivered === 3_000);
    await network.setFault(fault);
    for (const blob of blobs) await world.container.append(blob, auditLines(1_500, 3_000));
    await world.settle("it is noticed", () => running.said("storageFailed").length > 2, 1_000);
    expect(running.said("storageFailed").at(-1)?.error.code).toBe("STORAGE_UNAVAILABLE");
    await network.setFault(undefined);
    await expectAllDelivered(running, blobs);
  });

  it("that breaks each connection somewhere else delivers every record once", async () => {
    const blobs = [world.blobName("ONE"), world.blobName("TWO", 1)];
    for (const blob of blobs) await world.container.append(blob, auditLines(0, 3_000));
    await network.setFault((connection) =>
      connection % 2 === 0
        ? undefined
        : {
            kind: "cut",
            direction: "to-client",
            afterBytes: 1_000 + ((connection * 7_919) % 200_000),
            by: connection % 4 === 1 ? "reset" : "end",
          },
    );
    const running = await world.run(await throughNetwork());
    await expectAllDelivered(running, blobs);
    expect(network.counts().hurt.cut).toBeGreaterThan(0);
  });
});

describe("a request that hangs", () => {
  it.each(["list", "read"] as const)("is given up after its limit: a %s", async (which) => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 100));
    const over = Promise.withResolvers<undefined>();
    let hanging = 0;
    world.proxy.inject(({ kind }) => {
      if (kind !== which || hanging >= 2) return undefined;
      hanging++;
      return { kind: "hold", until: over.promise };
    });
    const running = await world.run();
    await expectAllDelivered(running, [blob]);
    over.resolve(undefined);
    expect(hanging).toBe(2);
    expect(running.said("storageFailed")[0]?.error.message).toContain(
      "no complete answer within 500 ms",
    );
  });
});

describe("answers that are allowed, and rare", () => {
  it("goes on behind an empty page that is not the last", async () => {
    const blobs = [world.blobName("ONE"), world.blobName("ONE", 1), world.blobName("TWO")];
    for (const blob of blobs) await world.container.append(blob, auditLines(0, 50));
    const pages = { empty: 0, followed: 0 };
    world.proxy.inject(({ kind, url }) => {
      if (kind !== "list") return undefined;
      const isFollowing = new URL(url, "http://x").searchParams.has("marker");
      pages[isFollowing ? "followed" : "empty"]++;
      return isFollowing ? undefined : EMPTY_PAGE;
    });
    const { end } = await world.once();
    expect(end.kind).toBe("drained");
    expect(pages.empty).toBeGreaterThan(8);
    expect(pages.followed).toBe(pages.empty);
    expect(world.receivedUids.toSorted()).toEqual((await world.expectedUids(...blobs)).toSorted());
  });

  it("believes a 416 only when the blob's own state says the same", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 100));
    const running = await world.run();
    await world.settle("the first arrive", () => running.totals.delivered === 100);
    let refused = 0;
    world.proxy.inject(({ kind }) => {
      if (kind !== "read" || refused >= 3) return undefined;
      refused++;
      return { kind: "status", status: 416, errorCode: "InvalidRange" };
    });
    await world.container.append(blob, auditLines(100, 200));
    await expectAllDelivered(running, [blob]);
    expect(refused).toBe(3);
    expect(running.said("blobChanged")).toEqual([]);
    expect(world.proxy.counts().head.requests).toBeGreaterThanOrEqual(3);
  });
});

function cutAfter(direction: "to-client", by: "reset" | "end"): TcpFault {
  return { kind: "cut", direction, afterBytes: 300, by };
}
