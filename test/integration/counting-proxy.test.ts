// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createTestContainer, sharedAzurite } from "../support/azurite.ts";
import type { TestContainer } from "../support/azurite.ts";
import { startCountingProxy } from "../support/counting-proxy.ts";
import type { CountingProxy } from "../support/counting-proxy.ts";

let proxy: CountingProxy;
let container: TestContainer;

beforeEach(async () => {
  proxy = await startCountingProxy(await sharedAzurite());
  container = await createTestContainer(proxy);
  proxy.reset();
});

afterEach(async () => {
  await proxy.close();
});

async function readRange(offset: number, count: number): Promise<Buffer> {
  return await container.client
    .getBlobClient("blob")
    .downloadToBuffer(offset, count, { maxRetryRequestsPerBlock: 0 });
}

describe("counting proxy", () => {
  it("lets signed requests of the SDK through and counts them by kind", async () => {
    await container.append("blob", "0123456789");
    expect((await readRange(2, 5)).toString()).toBe("23456");
    expect(await container.blobNames()).toEqual(["blob"]);
    await container.properties("blob");
    const counts = proxy.counts();
    expect(counts.write.requests).toBe(2);
    expect(counts.read).toEqual({ requests: 1, responseBytes: 5 });
    expect(counts.list.requests).toBe(1);
    expect(counts.list.responseBytes).toBeGreaterThan(100);
    expect(counts.head).toEqual({ requests: 1, responseBytes: 0 });
    expect(proxy.requests().find(({ kind }) => kind === "read")?.range).toBe("bytes=2-6");
    proxy.reset();
    expect(proxy.counts().read.requests).toBe(0);
  });

  it("passes large bodies both ways unchanged", async () => {
    const content = Buffer.alloc(9_000_000, "0123456789abcdef\n");
    await container.upload("blob", content);
    expect((await readRange(0, content.length)).equals(content)).toBe(true);
    expect(proxy.counts().read.responseBytes).toBe(content.length);
  });

  it("refuses in the service's words where it is told to", async () => {
    await container.append("blob", "x");
    proxy.inject(({ kind }) =>
      kind === "read"
        ? { kind: "status", status: 503, errorCode: "ServerBusy", retryAfterSeconds: 7 }
        : undefined,
    );
    await expect(readRange(0, 1)).rejects.toMatchObject({ statusCode: 503, code: "ServerBusy" });
    expect(await container.blobNames()).toEqual(["blob"]);
    proxy.inject(() => ({ kind: "status", status: 403, errorCode: "AuthorizationFailure" }));
    await expect(container.blobNames()).rejects.toMatchObject({ statusCode: 403 });
    await expect(container.properties("blob")).rejects.toMatchObject({ statusCode: 403 });
    proxy.inject(undefined);
    expect((await readRange(0, 1)).toString()).toBe("x");
  });

  it("breaks connections before the request, after it, and within the answer", async () => {
    await container.append("blob", "x".repeat(1_000));
    proxy.inject(() => ({ kind: "reset" }));
    await expect(container.append("blob", "never")).rejects.toThrow();
    // The blob exists, so the block is the only write; storage has it although the client heard nothing.
    proxy.inject((request) =>
      /comp=appendblock/.test(request.url) ? { kind: "lost-answer" } : undefined,
    );
    await expect(container.append("blob", "twice?")).rejects.toThrow();
    proxy.inject(undefined);
    expect((await container.properties("blob")).length).toBe(1_006);
    proxy.inject(() => ({ kind: "cut", afterBytes: 100 }));
    proxy.reset();
    await expect(readRange(0, 1_000)).rejects.toThrow();
    expect(proxy.counts().read.responseBytes).toBe(100);
  });

  it("holds and delays requests", async () => {
    await container.append("blob", "x");
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    let seen = 0;
    proxy.inject(() => {
      seen += 1;
      return seen === 1 ? { kind: "hold", until } : { kind: "delay", ms: 30 };
    });
    let answered = 0;
    const started = performance.now();
    const reads = [readRange(0, 1), readRange(0, 1)].map(async (read) => {
      await read;
      answered += 1;
    });
    await Promise.race(reads);
    expect(performance.now() - started).toBeGreaterThanOrEqual(25);
    expect(answered).toBe(1);
    release();
    await Promise.all(reads);
  });
});
