// SPDX-License-Identifier: Apache-2.0
// What a person has to be told about a way of access, through the SDK itself: hanging answers, tokens, a SAS, a clock.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { ContainerClient } from "@azure/storage-blob";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStorageReader } from "../../../src/azure/container-client.ts";
import type { StorageReader } from "../../../src/azure/container-client.ts";
import {
  failed,
  page,
  range,
  silence,
  startScriptedStorage,
} from "../../support/scripted-storage.ts";
import type { ScriptedStorage } from "../../support/scripted-storage.ts";

const { signal } = new AbortController();
const SERVICE_DATE_MS = Date.UTC(2026, 0, 15, 11);
const dated = (date: string): Record<string, string> => ({ date });

async function folders(reader: StorageReader): Promise<string[]> {
  const all: string[] = [];
  for await (const folder of reader.folders("", signal)) all.push(folder);
  return all;
}

describe("a container that does not answer", () => {
  let storage: ScriptedStorage;
  let reader: StorageReader;
  beforeEach(async () => {
    storage = await startScriptedStorage();
    reader = createStorageReader({ client: storage.client, requestTimeoutMs: 50 });
  });
  afterEach(async () => {
    await storage.close();
  });

  const calls: [string, () => Promise<unknown>][] = [
    ["a listing", () => folders(reader)],
    ["a read", () => reader.readRange("b", 0, 5, signal)],
    ["a look", () => reader.stat("b", signal)],
  ];

  it.each(calls)("is given up after the limit: %s", async (_name, call) => {
    storage.answer(silence);
    await expect(call()).rejects.toMatchObject({
      code: "STORAGE_UNAVAILABLE",
      isRetryable: true,
      message: expect.stringContaining("no complete answer within 50 ms") as string,
    });
    expect(storage.requests).toHaveLength(1);
  });

  it("is given up in the middle of a body, and the next call is answered", async () => {
    storage.answer((response) => {
      const head = { "content-length": 5, "content-range": "bytes 0-4/5", etag: '"0x1"' };
      response.writeHead(206, head).write("01");
    });
    await expect(reader.readRange("b", 0, 5, signal)).rejects.toMatchObject({
      message: expect.stringContaining("no complete answer") as string,
    });
    storage.answer(range("01234", "bytes 0-4/5"));
    expect(await reader.readRange("b", 0, 5, signal)).toMatchObject({ kind: "bytes" });
  });
});

describe("a SAS and a clock", () => {
  let storage: ScriptedStorage;
  let told: unknown[];
  beforeEach(async () => {
    storage = await startScriptedStorage();
    told = [];
  });
  afterEach(async () => {
    await storage.close();
  });

  function readerAt(nowMs: number, expiry: string): StorageReader {
    const client = new ContainerClient(`${storage.client.url}&se=${expiry}`, undefined, {
      retryOptions: { maxTries: 1 },
    });
    return createStorageReader({
      client,
      clock: { now: () => nowMs },
      events: {
        clockSkewed: (event) => told.push(event),
        accessExpires: (event) => told.push(event),
      },
    });
  }

  it("names the time of an expired SAS and never its signature", async () => {
    const reader = readerAt(SERVICE_DATE_MS, "2026-01-15T10:59:00Z");
    const date = "Thu, 15 Jan 2026 11:00:00 GMT";
    storage.answer(failed(403, "AuthenticationFailed", dated(date)));
    const error: unknown = await folders(reader).catch((reason: unknown) => reason);
    expect(String(error)).toContain("The SAS expired at 2026-01-15T10:59:00.000Z");
    expect(String(error)).not.toContain("SECRET");
  });

  it("warns a day before the SAS ends, and of a skewed clock, by any answer's date", async () => {
    const reader = readerAt(SERVICE_DATE_MS + 1_200_000, "2026-01-16T10:59:00Z");
    storage.answer(range("01234", "bytes 0-4/5"));
    await reader.readRange("b", 0, 5, signal);
    expect(told).toEqual([
      { skewMs: 1_200_000, isSkewed: true },
      { expiresAtMs: Date.UTC(2026, 0, 16, 10, 59) },
    ]);
  });

  it("measures the clock by a refusal too, and names it there", async () => {
    const reader = readerAt(SERVICE_DATE_MS - 1_800_000, "2027-01-01");
    storage.answer(failed(403, "AuthenticationFailed", dated("Thu, 15 Jan 2026 11:00:00 GMT")));
    await expect(folders(reader)).rejects.toMatchObject({
      message: expect.stringContaining("30 minutes behind the account's") as string,
    });
    expect(told).toEqual([{ skewMs: -1_800_000, isSkewed: true }]);
  });
});

describe("a token that cannot be had", () => {
  const tls = (name: string): string =>
    readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), "utf8");

  it("is a refusal with advice, is asked for again, and then lets us in", async () => {
    const authorizations: (string | undefined)[] = [];
    const server = createServer(
      { key: tls("server.key"), cert: tls("server.cert") },
      (request, response) => {
        authorizations.push(request.headers.authorization);
        page([], "", ["a/"])(response, request);
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const reasons: unknown[] = [
      Object.assign(new Error("tenant?secret"), { name: "CredentialUnavailableError" }),
      Object.assign(new Error("tenant?secret"), { name: "AggregateAuthenticationError" }),
    ];
    const credential = {
      getToken: () => {
        const reason = reasons.shift();
        if (reason !== undefined) throw reason as Error;
        return Promise.resolve({ token: "fresh", expiresOnTimestamp: Date.now() + 3_600_000 });
      },
    };
    const options = { retryOptions: { maxTries: 1 }, tlsOptions: { ca: tls("ca.cert") } };
    const client = new ContainerClient(`https://127.0.0.1:${port}/acct/logs`, credential, options);
    const reader = createStorageReader({ client });
    for (let attempt = 0; attempt < 2; attempt++) {
      const error: unknown = await folders(reader).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "STORAGE_DENIED", isRetryable: true });
      expect(String(error)).toMatch(/No credential could get a token\. Sign in with `az login`/);
      expect(String(error)).not.toContain("secret");
    }
    expect(await folders(reader)).toEqual(["a/"]);
    expect(authorizations).toEqual(["Bearer fresh"]);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
