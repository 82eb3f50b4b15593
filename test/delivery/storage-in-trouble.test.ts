// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandomSource } from "../../src/simulate/random-source.ts";
import { auditLines } from "../support/audit-lines.ts";
import { createTestContainer } from "../support/azurite.ts";
import type { Fault } from "../support/storage-fault.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import { expectAccountedFor } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
beforeEach(async () => {
  world = await DeliveryWorld.create();
});
afterEach(async () => {
  await world.close();
});

const REFUSED: Fault = {
  kind: "status",
  status: 403,
  errorCode: "AuthorizationPermissionMismatch",
};

describe("storage in trouble: `once` gives up with a sentence that helps", () => {
  it("names the container that does not exist", async () => {
    const { end } = await world.once({ HSM_AUDIT_OTEL_CONTAINER: "no-such-container" });
    expect(end).toMatchObject({ kind: "gave-up", error: { code: "STORAGE_NOT_FOUND" } });
    const message = end.kind === "gave-up" ? end.error.message : "";
    expect(message).toContain("no-such-container");
    expect(message).toContain("Check the container's name");
  });

  it("names the role that is missing", async () => {
    await world.container.append(world.blobName(), auditLines(0, 5));
    world.proxy.inject(() => REFUSED);
    const { end } = await world.once();
    expect(end).toMatchObject({ kind: "gave-up", error: { code: "STORAGE_DENIED" } });
    expect(end.kind === "gave-up" && end.error.message).toContain("Storage Blob Data Reader");
  });

  it("names the role also when listing is allowed and reading is not", async () => {
    await world.container.append(world.blobName(), auditLines(0, 5));
    world.proxy.inject(({ kind }) => (kind === "read" ? REFUSED : undefined));
    const { end } = await world.once();
    expect(end).toMatchObject({ kind: "gave-up", error: { code: "STORAGE_DENIED" } });
  });

  it("waits for an account that does not answer only as long as it was told to", async () => {
    world.proxy.inject(() => ({ kind: "reset" }));
    const { end } = await world.once({ HSM_AUDIT_OTEL_GIVE_UP_AFTER: "10m" });
    expect(end).toMatchObject({ kind: "gave-up", error: { code: "NO_PROGRESS" } });
    const log = world.logLines.join("");
    expect(log).toContain("The account did not answer: check its name, DNS");
  });

  it("does not give up while a slow search still finds resources", async () => {
    const blobs = Array.from({ length: 12 }, (_, index) => world.blobName(`VAULT-${index}`));
    for (const blob of blobs) await world.container.append(blob, auditLines(0, 2));
    const never = new AbortController().signal;
    world.proxy.inject(({ kind }) => {
      return kind === "list"
        ? { kind: "hold", until: world.clock.sleep(60_000, never) }
        : undefined;
    });
    const { end } = await world.once({ HSM_AUDIT_OTEL_GIVE_UP_AFTER: "15m" });
    expect(end.kind).toBe("drained");
    expect(world.receivedUids.toSorted()).toEqual((await world.expectedUids(...blobs)).toSorted());
  });
});

describe("storage in trouble: `run` keeps trying and goes on by itself", () => {
  it("begins when the container appears", async () => {
    const name = `${world.container.name}-later`;
    const running = await world.run({ HSM_AUDIT_OTEL_CONTAINER: name });
    await world.settle("it says so", () => running.said("storageFailed").length > 2, 1_000);
    expect(running.said("storageFailed")[0]?.error.code).toBe("STORAGE_NOT_FOUND");
    const { connectionString } = world.proxy;
    const container = await createTestContainer({ connectionString }, name);
    await container.append(world.blobName(), auditLines(0, 5));
    await world.settle("all arrive", () => running.totals.delivered === 5, 1_000);
    expect(running.said("storageRecovered").length).toBeGreaterThan(0);
    expect((await running.stop()).kind).toBe("drained");
  });

  it("goes on when a role that was taken away is given back", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 5));
    const running = await world.run();
    await world.settle("the first arrive", () => running.totals.delivered === 5);
    world.proxy.inject(() => REFUSED);
    await world.container.append(blob, auditLines(5, 10));
    await world.settle("it says so", () => running.said("storageFailed").length > 2, 1_000);
    world.proxy.inject(undefined);
    await world.settle("all arrive", () => running.totals.delivered === 10, 1_000);
    await running.stop();
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
  });

  it("delivers every record once through cut, lost, refused and busy answers", async () => {
    const blobs = [world.blobName("ONE", 1), world.blobName("ONE"), world.blobName("TWO")];
    for (const blob of blobs) await world.container.append(blob, auditLines(0, 2_000));
    const faults: Fault[] = [
      { kind: "cut", afterBytes: 100_000 },
      { kind: "status", status: 503, retryAfterSeconds: 3 },
      { kind: "lost-answer" },
      { kind: "reset" },
      { kind: "status", status: 500, errorCode: "InternalError" },
      { kind: "cut", afterBytes: 1 },
    ];
    const random = createRandomSource("bad days");
    let count = 0;
    world.proxy.inject(({ kind }) => {
      const isFaulty = random.chance(kind === "list" ? 0.05 : 0.6);
      return isFaulty ? faults[count++ % faults.length] : undefined;
    });
    const running = await world.run(SMALL_WINDOWS);
    await world.settle("all arrive", () => running.totals.delivered === 6_000, 1_000);
    expect((await running.stop()).kind).toBe("drained");
    expect(count).toBeGreaterThan(12);
    expect(world.receivedUids.toSorted()).toEqual((await world.expectedUids(...blobs)).toSorted());
    world.proxy.inject(undefined);
    expect(await expectAccountedFor(world, blobs)).toMatchObject({ delivered: 6_000 });
  });
});

const SMALL_WINDOWS = {
  HSM_AUDIT_OTEL_WINDOW_BYTES: "256KiB",
  HSM_AUDIT_OTEL_MAX_RECORD_BYTES: "64KiB",
};
