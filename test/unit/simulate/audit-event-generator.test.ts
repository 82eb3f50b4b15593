// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { createAuditEventGenerator } from "../../../src/simulate/audit-event-generator.ts";
import type { SimulatedResource } from "../../../src/simulate/simulated-resource.ts";

const START = Date.UTC(2026, 0, 15, 10);

interface Event {
  readonly time: string;
  readonly operationName: string;
  readonly resultType: string;
  readonly resultSignature?: string;
  readonly resultDescription?: string;
  readonly durationMs?: number | string;
  readonly correlationId: string;
  readonly callerIpAddress?: string;
  readonly identity?: string | { claim: Record<string, unknown> };
  readonly clientInfo?: string;
  readonly httpStatusCode?: number;
  readonly requestUri?: string;
  readonly resourceId: string;
  readonly properties: Record<string, unknown>;
}

function lines(count: number, pick: "managed-hsm" | "vault", seed = "7"): string[] {
  const generator = createAuditEventGenerator({ seed, hsms: 1, vaults: 1 });
  const resource = generator.resources.find(({ kind }) => kind === pick)!;
  return Array.from({ length: count }, (_, index) =>
    generator.nextEvent(resource, START + index * 20),
  );
}

const hsmLines = lines(60_000, "managed-hsm");
const vaultLines = lines(60_000, "vault");
const hsmEvents = hsmLines.map((line) => JSON.parse(line) as Event);
const vaultEvents = vaultLines.map((line) => JSON.parse(line) as Event);

describe("audit event generator", () => {
  it("repeats itself under a seed and differs under another", () => {
    expect(lines(2_000, "managed-hsm", "a")).toEqual(lines(2_000, "managed-hsm", "a"));
    expect(lines(5, "managed-hsm", "a")).not.toEqual(lines(5, "managed-hsm", "b"));
  });

  it("gives a resource the same events whatever other resources do in between", () => {
    const generator = createAuditEventGenerator({ seed: "7", hsms: 3, vaults: 2 });
    const [first, second] = generator.resources as [SimulatedResource, SimulatedResource];
    const mixed: string[] = [];
    for (let index = 0; index < 2_000; index++) {
      mixed.push(generator.nextEvent(first, START + index * 20));
      if (index % 3 === 0) generator.nextEvent(second, START + index * 20);
    }
    expect(mixed).toEqual(hsmLines.slice(0, 2_000));
  });

  it("writes one line an event", () => {
    for (const line of [...hsmLines, ...vaultLines]) expect(line).not.toMatch(/[\r\n]/);
  });

  it("writes Managed HSM lines of about the measured size, 1,262 bytes", () => {
    const bytes = hsmLines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    expect(Math.abs(bytes / hsmLines.length - 1_262)).toBeLessThan(25);
  });

  it("has at least 200 callers, 100 objects, and text beyond ASCII", () => {
    expect(new Set(hsmEvents.map((event) => event.identity)).size).toBeGreaterThanOrEqual(200);
    const keys = hsmEvents.map(
      (event) => /\/keys\/([^/]+)\/[0-9a-f]{32}/.exec(event.requestUri!)?.[1],
    );
    expect(new Set(keys).size).toBeGreaterThan(100);
    // eslint-disable-next-line no-control-regex
    expect(hsmLines.filter((line) => /[^\x00-\x7f]/.test(line)).length).toBeGreaterThan(5_000);
    expect(new Set(hsmEvents.map((event) => event.correlationId)).size).toBe(hsmEvents.length);
  });

  it("refuses a resource that is not its own", () => {
    const generator = createAuditEventGenerator({ seed: "7", hsms: 1, vaults: 0 });
    const other = createAuditEventGenerator({ seed: "7", hsms: 2, vaults: 0 }).resources[1]!;
    expect(() => generator.nextEvent(other, START)).toThrow(RangeError);
  });
});

describe("events of a Managed HSM", () => {
  it("carry the fields of the published example, in its order and types", () => {
    const event = hsmEvents.find(({ operationName }) => operationName === "BackupCreate")!;
    expect(Object.keys(event)).toEqual([
      "TenantId",
      "time",
      "resourceId",
      "operationName",
      "operationVersion",
      "category",
      "resultType",
      "properties",
      "durationMs",
      "callerIpAddress",
      "identity",
      "clientInfo",
      "correlationId",
      "subnetId",
      "httpStatusCode",
      "PoolName",
      "requestUri",
      "resourceGroup",
      "resourceProvider",
      "resource",
      "resourceType",
    ]);
    expect(event.durationMs).toBeTypeOf("number");
    expect(event.httpStatusCode).toBe(202);
    expect(event.requestUri).toBe("https://contosomhsm01.managedhsm.azure.net/backup");
    expect(event.properties).toEqual({
      PoolType: "M-HSM",
      sku_Family: "B",
      sku_Name: "Standard_B1",
    });
  });

  it("hold the identity as a JSON string with mangled, nested claims", () => {
    const claims = JSON.parse(hsmEvents[0]!.identity as string) as Record<string, unknown>;
    expect(claims).toMatchObject({
      claim: {
        appid: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
        http_schemas_microsoft_com_identity: {
          claims: { objectidentifier: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown },
        },
      },
    });
  });

  it("have 3 or 7 digits of a second, and the asked time", () => {
    expect(hsmEvents[0]!.time.startsWith("2026-01-15T10:00:00.000")).toBe(true);
    const digits = new Set(hsmEvents.map(({ time }) => /\.(\d+)Z$/.exec(time)?.[1]?.length));
    expect([...digits].sort()).toEqual([3, 7]);
  });

  it("mostly use keys, and sometimes do what auditors look for", () => {
    const share = (name: RegExp): number =>
      hsmEvents.filter((event) => name.test(event.operationName)).length / hsmEvents.length;
    expect(share(/^Key(Sign|Decrypt|Unwrap|Wrap|Encrypt|Verify|Get)$/)).toBeGreaterThan(0.85);
    for (const rare of ["KeyDelete", "KeyPurge", "BackupCreate", "RoleAssignmentDelete"]) {
      expect(share(new RegExp(`^${rare}$`))).toBeGreaterThan(0);
      expect(share(new RegExp(`^${rare}$`))).toBeLessThan(0.003);
    }
    expect(
      hsmEvents.some(({ requestUri }) => requestUri!.endsWith("/securitydomain/download")),
    ).toBe(true);
  });

  it("fail sometimes, with the reason in words", () => {
    const failures = hsmEvents.filter((event) => event.httpStatusCode! >= 400);
    expect(failures.length / hsmEvents.length).toBeGreaterThan(0.01);
    expect(failures.length / hsmEvents.length).toBeLessThan(0.04);
    const statuses = new Set(failures.map((event) => event.httpStatusCode));
    for (const status of [403, 404, 429, 503]) expect(statuses).toContain(status);
    for (const event of failures) {
      expect(event.resultType).not.toBe("Success");
      expect(event.resultDescription).toBeTypeOf("string");
    }
  });

  it("throttle one caller many times in a row", () => {
    const first = hsmEvents.findIndex((event) => event.httpStatusCode === 429);
    const burst = hsmEvents
      .slice(first)
      .filter((event) => event.httpStatusCode === 429)
      .slice(0, 3);
    expect(new Set(burst.map((event) => event.identity)).size).toBe(1);
  });

  it("poll an accepted backup at its own job's path, and stop some time", () => {
    const polls = hsmEvents.filter(({ requestUri }) =>
      /\/backup\/[0-9a-f]+\/pending$/.test(requestUri!),
    );
    const accepted = hsmEvents.filter(
      (event) => event.operationName === "BackupCreate" && event.httpStatusCode === 202,
    );
    const byJob = new Map<string, number>();
    for (const { requestUri } of polls) byJob.set(requestUri!, (byJob.get(requestUri!) ?? 0) + 1);
    expect(byJob.size).toBeGreaterThan(0);
    expect(byJob.size).toBeLessThanOrEqual(accepted.length);
    for (const count of byJob.values()) expect(count).toBeLessThanOrEqual(12);
    expect(polls.every((event) => event.httpStatusCode === 200)).toBe(true);
  });
});

describe("events of a vault", () => {
  it("put the request into properties, the duration into a string, the identity into an object", () => {
    const event = vaultEvents.find(({ operationName }) => operationName === "SecretGet")!;
    expect(event.durationMs).toBeTypeOf("string");
    expect(event.httpStatusCode).toBeUndefined();
    expect(event.properties["httpStatusCode"]).toBeTypeOf("number");
    expect(event.properties["requestUri"]).toMatch(
      /^https:\/\/contosokeyvault01\.vault\.azure\.net\/secrets\/.*\?api-version=7\.\d$/,
    );
    expect((event.identity as { claim: object }).claim).toHaveProperty("oid");
    expect(event.time).toMatch(/\.\d{7}Z$/);
  });

  it("show the SDK's challenge as a 401 without identity", () => {
    const challenges = vaultEvents.filter(
      ({ operationName }) => operationName === "Authentication",
    );
    expect(challenges.length).toBeGreaterThan(5_000);
    for (const event of challenges) {
      expect(event.properties["httpStatusCode"]).toBe(401);
      expect(event.resultSignature).toBe("Unauthorized");
      expect(event.identity).toBeUndefined();
    }
  });

  it("carry long claim names and nested properties with nulls on the ARM plane", () => {
    const event = vaultEvents.find(({ operationName }) => operationName === "VaultPatch")!;
    const { claim } = event.identity as { claim: object };
    expect(Object.keys(claim)).toContain(
      "http://schemas.microsoft.com/identity/claims/objectidentifier",
    );
    expect(event.properties["requestUri"]).toContain("https://management.azure.com/subscriptions/");
    expect(event.properties["properties"]).toMatchObject({ networkAcls: null });
  });

  it("let the service speak by itself, without a caller", () => {
    const event = vaultEvents.find(
      ({ operationName }) => operationName === "SecretNearExpiryEventGridNotification",
    )!;
    expect(event.identity).toBeUndefined();
    expect(event.callerIpAddress).toBeUndefined();
    expect(event.properties["eventGridEventProperties"]).toHaveProperty("data.EXP");
  });

  it("include the policy scanner's noise", () => {
    const scans = vaultEvents.filter(
      (event) =>
        event.properties["clientInfo"] === "PolicyScan-GF" && event.operationName === "VaultGet",
    );
    expect(scans.length).toBeGreaterThan(100);
  });
});
