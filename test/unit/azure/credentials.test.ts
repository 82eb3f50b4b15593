// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CLIENT_OPTIONS,
  createContainerClientFrom,
  createTokenCredential,
  type ContainerAccess,
  type IdentityKind,
} from "../../../src/azure/credentials.ts";
import type { StorageAccess } from "../../../src/config/config.ts";
import { Secret } from "../../../src/config/secret.ts";

const KEY = Buffer.from("not a real key").toString("base64");

let server: Server;
let accountUrl: string;
let requests: IncomingMessage[];

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    requests.push(request);
    response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  accountUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/devstoreaccount1`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** The one request that a call leads to. */
async function requestOf(access: ContainerAccess): Promise<IncomingMessage> {
  const client = await createContainerClientFrom({
    account: "devstoreaccount1",
    container: "logs",
    access,
  });
  await expect(client.getProperties()).rejects.toThrow();
  expect(requests).toHaveLength(1);
  return requests[0]!;
}

describe("a container client", () => {
  it("tries once, keeps connections alive and says who it is", async () => {
    const { headers } = await requestOf({ kind: "sas", accountUrl, sasToken: new Secret("sig=x") });
    expect(headers["user-agent"]).toMatch(/^hsm-audit-otel\/\d+\.\d+\.\d+ azsdk-js/);
    expect(headers.connection).toBe("keep-alive");
    expect(CLIENT_OPTIONS.retryOptions.maxTries).toBe(1);
  });

  it("asks the container with the SAS as it was given", async () => {
    const sasToken = new Secret("sv=2025&sig=a%2Bb%3D");
    const { url } = await requestOf({ kind: "sas", accountUrl, sasToken });
    const query = new URLSearchParams(url?.split("?")[1]);
    expect(url).toMatch(/^\/devstoreaccount1\/logs\?/);
    expect([query.get("sv"), query.get("sig")]).toEqual(["2025", "a+b="]);
  });

  it("signs with the account key", async () => {
    const { headers } = await requestOf({
      kind: "account-key",
      accountUrl,
      accountKey: new Secret(KEY),
    });
    expect(headers.authorization).toMatch(/^SharedKey devstoreaccount1:/);
  });

  it("takes a connection string", async () => {
    const text = `AccountName=devstoreaccount1;AccountKey=${KEY};BlobEndpoint=${accountUrl};`;
    const access = { kind: "connection-string", connectionString: new Secret(text) } as const;
    const { headers, url } = await requestOf(access);
    expect(headers.authorization).toMatch(/^SharedKey devstoreaccount1:/);
    expect(url).toMatch(/^\/devstoreaccount1\/logs\?/);
  });

  it("with an identity never sends anything over http", async () => {
    const access = {
      kind: "identity",
      accountUrl,
      credential: "azure-cli",
      managedIdentityClientId: undefined,
    } as const;
    const client = await createContainerClientFrom({ account: "a", container: "logs", access });
    await expect(client.getProperties()).rejects.toThrow(/TLS/i);
    expect(requests).toHaveLength(0);
  });

  it("takes the access that the configuration holds", () => {
    const access: StorageAccess = { kind: "sas", accountUrl, sasToken: new Secret("sig=x") };
    const slice: ContainerAccess = access;
    expect(slice).toBe(access);
  });
});

describe("an identity", () => {
  const ALL = [
    ["default", "DefaultAzureCredential"],
    ["managed-identity", "ManagedIdentityCredential"],
    ["service-principal", "EnvironmentCredential"],
    ["azure-cli", "AzureCliCredential"],
  ] as const satisfies readonly (readonly [IdentityKind, string])[];

  it.each(ALL)("of kind %s is a %s", async (credential, name) => {
    const made = await createTokenCredential({ credential, managedIdentityClientId: undefined });
    expect(made.constructor.name).toBe(name);
  });

  it("of a workload says which variable is missing", async () => {
    const choice = { credential: "workload-identity", managedIdentityClientId: undefined } as const;
    await expect(createTokenCredential(choice)).rejects.toThrow(/WorkloadIdentityCredential/);
  });
});
