// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ContainerSASPermissions, newPipeline, ContainerClient } from "@azure/storage-blob";
import { createStorageReader } from "../../src/azure/container-client.ts";
import { auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld, HOUR_MS } from "../support/delivery-world.ts";
import { nextSecond } from "../support/eventually.ts";
import type { RunningConnector } from "../support/running-connector.ts";
import { expectAccountedFor } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
beforeEach(async () => {
  world = await DeliveryWorld.create();
});
afterEach(async () => {
  await world.close();
});

const MINUTE_MS = 60_000;

async function runOver(blob: string, env: Record<string, string> = {}): Promise<RunningConnector> {
  await world.container.append(blob, auditLines(0, 5));
  const running = await world.run(env);
  await world.settle("the first arrive", () => running.totals.delivered === 5);
  return running;
}

function lastError(running: RunningConnector): string {
  return running.said("storageFailed").at(-1)?.error.message ?? "";
}

describe("storage that throttles is left alone as long as it says, an hour at most", () => {
  const inFiveMinutes = (): string => new Date(Date.now() + 5 * MINUTE_MS).toUTCString();
  it.each([
    ["429 with seconds", 429, (): string => "120", 120_000],
    ["503 with seconds", 503, (): string => "90", 90_000],
    ["503 with a date", 503, inFiveMinutes, 5 * MINUTE_MS - 2_000],
    ["429 with a date", 429, inFiveMinutes, 5 * MINUTE_MS - 2_000],
    ["503 that asks for days", 503, (): string => "999999", HOUR_MS],
  ])("%s", async (_name, status, retryAfter, leastMs) => {
    const blob = world.blobName();
    const running = await runOver(blob);
    const readAtMs: number[] = [];
    world.proxy.inject(({ kind }) => {
      if (kind !== "read") return undefined;
      readAtMs.push(world.clock.now());
      if (readAtMs.length > 1) return undefined;
      return { kind: "status", status, headers: { "retry-after": retryAfter() } };
    });
    await world.container.append(blob, auditLines(5, 10));
    await world.settle("the rest arrives", () => running.totals.delivered === 10, 1_000);
    const waitedMs = (readAtMs[1] ?? 0) - (readAtMs[0] ?? 0);
    expect(waitedMs).toBeGreaterThanOrEqual(leastMs);
    // By its own word, because on a busy machine time here goes on while the answer is on its way.
    const [failed] = running.said("storageFailed");
    expect(failed?.waitMs).toBeGreaterThanOrEqual(leastMs);
    expect(failed?.waitMs).toBeLessThanOrEqual(leastMs + 4_000);
    expect((await running.stop()).kind).toBe("drained");
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
  });

  it("holds for the walk that finds resources as well", async () => {
    await world.container.append(world.blobName(), auditLines(0, 5));
    const listedAtMs: number[] = [];
    world.proxy.inject(({ kind }) => {
      if (kind === "list") listedAtMs.push(world.clock.now());
      return listedAtMs.length > 1
        ? undefined
        : { kind: "status", status: 429, retryAfterSeconds: 600 };
    });
    const running = await world.run();
    await world.settle("all arrive", () => running.totals.delivered === 5, 1_000);
    expect((listedAtMs[1] ?? 0) - (listedAtMs[0] ?? 0)).toBeGreaterThanOrEqual(600_000);
    await running.stop();
  });
});

describe("access that ends while it runs is named, waited for, and taken up again", () => {
  it("names the time at which a SAS expired, and never its signature", async () => {
    const sas = await sasToken(-HOUR_MS);
    const { end } = await world.once(sasAccess(sas));
    expect(end).toMatchObject({ kind: "gave-up", error: { code: "STORAGE_DENIED" } });
    const expiry = new URLSearchParams(sas).get("se") ?? "";
    const message = end.kind === "gave-up" ? end.error.message : "";
    expect(message).toContain(
      `The SAS expired at ${new Date(expiry).toISOString()}: issue a new one.`,
    );
    const signature = new URLSearchParams(sas).get("sig") ?? "";
    const log = world.logLines.join("") + message;
    expect(log).not.toContain(signature);
    expect(log).not.toContain(encodeURIComponent(signature));
  });

  it("warns of a SAS that ends within a day, once, and of no other", async () => {
    const soon = await runOver(world.blobName(), sasAccess(await sasToken(2 * HOUR_MS)));
    await world.pass(5 * MINUTE_MS, 1_000);
    expect(soon.said("accessExpires")).toHaveLength(1);
    await soon.stop();
    expect(world.logLines.join("")).toContain('"code":"ACCESS_EXPIRES"');
    const { totals } = await world.once(sasAccess(await sasToken(72 * HOUR_MS)));
    expect(totals.recordsRead).toBe(0);
    const warnings = world.logLines.filter((line) => line.includes("ACCESS_EXPIRES"));
    expect(warnings).toHaveLength(1);
  });

  it("waits for a token that cannot be had, and recovers by itself", async () => {
    let refusals = 0;
    let hasToken = true;
    const getToken = (): void => {
      if (hasToken) return;
      refusals++;
      throw Object.assign(new Error("IMDS says tenant-secret"), {
        name: "CredentialUnavailableError",
      });
    };
    await world.close();
    world = await DeliveryWorld.create({
      openStorage: (_location, options) => {
        const { client } = world.container;
        const pipeline = newPipeline(client.credential, { retryOptions: { maxTries: 1 } });
        pipeline.factories.unshift({
          create: (next) => ({
            sendRequest: async (request) => {
              getToken();
              return await next.sendRequest(request);
            },
          }),
        });
        const reader = createStorageReader({
          ...options,
          client: new ContainerClient(client.url, pipeline),
        });
        return Promise.resolve(reader);
      },
    });
    const blob = world.blobName();
    const running = await runOver(blob);
    hasToken = false;
    await world.container.append(blob, auditLines(5, 10));
    await world.settle("it is asked for again", () => refusals > 3, 1_000);
    expect(lastError(running)).toMatch(/^STORAGE_DENIED: .*No credential could get a token/);
    hasToken = true;
    await world.settle("the rest arrives", () => running.totals.delivered === 10, 1_000);
    expect(running.said("storageRecovered").length).toBeGreaterThan(0);
    await running.stop();
    expect(world.logLines.join("")).not.toContain("tenant-secret");
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
  });

  it("says which role is missing, and goes on when it is given back", async () => {
    const blob = world.blobName();
    const running = await runOver(blob);
    world.proxy.inject(() => ({
      kind: "status",
      status: 403,
      errorCode: "AuthorizationPermissionMismatch",
    }));
    await world.container.append(blob, auditLines(5, 10));
    await world.settle("it says so", () => running.said("storageFailed").length > 5, 1_000);
    expect(lastError(running)).toContain("assign it the role Storage Blob Data Reader");
    const waits = running.said("storageFailed").map(({ waitMs }) => waitMs);
    expect(Math.max(...waits)).toBeGreaterThan(waits[0] ?? 0);
    expect(Math.max(...waits)).toBeLessThanOrEqual(MINUTE_MS);
    world.proxy.inject(undefined);
    await world.settle("the rest arrives", () => running.totals.delivered === 10, 1_000);
    await running.stop();
    expect(world.logLines.join("")).toContain('"code":"STORAGE_RECOVERED"');
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 10 });
  });
});

describe("a clock that differs from the account's", () => {
  it.each([20, -20])(
    "is warned of, and named when it is the reason of a refusal: %d minutes",
    async (minutes) => {
      await world.close();
      world = await DeliveryWorld.create({ nowMs: Date.now() + minutes * MINUTE_MS });
      const blob = world.blobName();
      const running = await runOver(blob);
      const [said] = running.said("clockSkewed");
      expect(said?.isSkewed).toBe(true);
      // The world's clock has gone on a little.
      expect(Math.abs((said?.skewMs ?? 0) / MINUTE_MS - minutes)).toBeLessThan(4);
      world.proxy.inject(() => ({
        kind: "status",
        status: 403,
        errorCode: "AuthenticationFailed",
      }));
      await world.settle("it says so", () => running.said("storageFailed").length > 0, 1_000);
      expect(running.said("storageFailed")[0]?.error.message).toMatch(
        minutes > 0
          ? /clock is 2\d minutes ahead of the account's/
          : /minutes behind the account's|wrong or expired/,
      );
      world.proxy.inject(undefined);
      await world.container.append(blob, auditLines(5, 10));
      await world.settle("the rest arrives", () => running.totals.delivered === 10, 1_000);
      await running.stop();
      expect(world.receivedUids).toEqual(await world.expectedUids(blob));
    },
  );
});

describe("a container that is deleted while it is read", () => {
  it("is waited for; what it holds when it is back is delivered, and the change is said", async () => {
    const blob = world.blobName();
    const running = await runOver(blob);
    const before = await world.expectedUids(blob);
    await world.container.append(blob, auditLines(5, 8));
    await world.container.client.delete();
    await world.settle("it says so", () => running.said("storageFailed").length > 2, 1_000);
    expect(lastError(running)).toMatch(/^STORAGE_NOT_FOUND: .*Check the container's name/);
    // In the same second, the new blob could not be told from the old one.
    await nextSecond();
    await world.container.client.create();
    await world.container.append(blob, auditLines(100, 120));
    await world.settle("all arrive", () => running.totals.delivered === 25, 1_000);
    expect((await running.stop()).kind).toBe("drained");
    expect(running.said("blobChanged")).toMatchObject([
      { change: "replaced", blob: { name: blob } },
    ]);
    expect(world.receivedUids).toEqual([...before, ...(await world.expectedUids(blob))]);
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 20 });
  });
});

async function sasToken(forMs: number): Promise<string> {
  const permissions = ContainerSASPermissions.parse("rl");
  const expiresOn = new Date(Date.now() + forMs);
  const url = await world.container.client.generateSasUrl({ permissions, expiresOn });
  return new URL(url).search.slice(1);
}

function sasAccess(sas: string): Record<string, string> {
  return {
    AZURE_STORAGE_CONNECTION_STRING: "",
    HSM_AUDIT_OTEL_ACCOUNT_URL: world.proxy.accountUrl,
    HSM_AUDIT_OTEL_SAS_TOKEN: sas,
  };
}
