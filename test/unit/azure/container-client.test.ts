// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStorageReader } from "../../../src/azure/container-client.ts";
import type { StorageReader } from "../../../src/azure/container-client.ts";
import { eventually } from "../../support/eventually.ts";
import {
  failed,
  page,
  range,
  silence,
  startScriptedStorage,
} from "../../support/scripted-storage.ts";
import type { ScriptedStorage } from "../../support/scripted-storage.ts";

const signal = new AbortController().signal;

let storage: ScriptedStorage;
let reader: StorageReader;
let calls: string[];

beforeEach(async () => {
  storage = await startScriptedStorage();
  calls = [];
  reader = createStorageReader({ client: storage.client, onCall: (kind) => void calls.push(kind) });
});

afterEach(async () => {
  await storage.close();
});

async function names(prefix = "p/", startFrom = "p/y", by = signal): Promise<string[]> {
  const all: string[] = [];
  for await (const blob of reader.blobs(prefix, startFrom, by)) all.push(blob.name);
  return all;
}

async function folders(prefix = ""): Promise<string[]> {
  const all: string[] = [];
  for await (const folder of reader.folders(prefix, signal)) all.push(folder);
  return all;
}

const asked = (parameter: string): (string | null)[] =>
  storage.requests.map(({ url }) => url.searchParams.get(parameter));

describe("a container's listing", () => {
  it("follows continuation tokens through empty pages", async () => {
    storage.answer(page([], "m1"));
    storage.answer(page(["p/y1"], "m2"));
    storage.answer(page([], "m3"));
    storage.answer(page(["p/y2"]));
    expect(await names()).toEqual(["p/y1", "p/y2"]);
    expect(asked("marker")).toEqual([null, "m1", "m2", "m3"]);
    expect(asked("startFrom")).toEqual(["p/y", "p/y", "p/y", "p/y"]);
    expect(calls).toEqual(["list", "list", "list", "list"]);
  });

  it("follows them for folders as well", async () => {
    storage.answer(page([], "m1"));
    storage.answer(page(["top.json"], "m2", ["a/"]));
    storage.answer(page([], "", ["b/", "c/"]));
    expect(await folders()).toEqual(["a/", "b/", "c/"]);
    expect(asked("delimiter")).toEqual(["/", "/", "/"]);
  });

  it("tells times and length of each blob", async () => {
    storage.answer(page(["p/y1"]));
    const found = [];
    for await (const blob of reader.blobs("p/", "", signal)) found.push(blob);
    expect(found).toEqual([
      {
        name: "p/y1",
        createdAtMs: Date.UTC(2026, 0, 15, 10),
        lastModifiedMs: Date.UTC(2026, 0, 15, 10, 30),
        ...{ length: 42, isRewritable: false },
      },
    ]);
  });

  it("does without startFrom, for good, on a service that refuses it", async () => {
    storage.answer(failed(400, "UnsupportedQueryParameter"));
    storage.answer(page(["p/a", "p/y1"]));
    expect(await names()).toEqual(["p/a", "p/y1"]);
    storage.answer(page(["p/y2"]));
    expect(await names()).toEqual(["p/y2"]);
    expect(asked("startFrom")).toEqual(["p/y", null, null]);
  });

  it("passes on a refusal that has nothing to do with startFrom", async () => {
    storage.answer(failed(400, "InvalidUri"));
    storage.answer(failed(400, "InvalidUri"));
    await expect(names()).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    storage.answer(failed(403, "AuthorizationFailure"));
    await expect(names()).rejects.toMatchObject({ code: "STORAGE_DENIED" });
    expect(storage.requests).toHaveLength(3);
  });

  it("does not begin again in the middle: what was yielded stays yielded once", async () => {
    storage.answer(page(["p/y1"], "m1"));
    storage.answer(failed(400, "InvalidMarker"));
    const seen: string[] = [];
    const listing = async (): Promise<void> => {
      for await (const { name } of reader.blobs("p/", "p/y", signal)) seen.push(name);
    };
    await expect(listing()).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    expect(seen).toEqual(["p/y1"]);
  });

  it("says what the service asks for: role, container, patience; never the signature", async () => {
    storage.answer(failed(403, "AuthorizationPermissionMismatch"));
    await expect(folders()).rejects.toMatchObject({
      code: "STORAGE_DENIED",
      message: expect.stringMatching(/Storage Blob Data Reader/) as string,
    });
    storage.answer(failed(404, "ContainerNotFound"));
    await expect(folders()).rejects.toMatchObject({ code: "STORAGE_NOT_FOUND" });
    storage.answer(failed(503, "ServerBusy", { "retry-after": "7" }));
    const busy: unknown = await folders().catch((error: unknown) => error);
    expect(busy).toMatchObject({ code: "STORAGE_UNAVAILABLE", retryAfterMs: 7_000 });
    storage.answer(failed(502));
    const proxy: unknown = await folders().catch((error: unknown) => error);
    for (const error of [busy, proxy]) expect(String(error)).not.toMatch(/SECRET|html/);
    // The SDK's own retries are off: one request a call.
    expect(storage.requests).toHaveLength(4);
  });

  it("is cancelled before and on the way", async () => {
    await expect(names("p/", "", AbortSignal.abort())).rejects.toMatchObject({ code: "CANCELLED" });
    expect(storage.requests).toEqual([]);
    const stop = new AbortController();
    storage.answer(silence);
    const listing = names("p/", "", stop.signal);
    listing.catch(() => undefined);
    await eventually("the request arrives", () => storage.requests.length === 1);
    stop.abort();
    await expect(listing).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

describe("reading a range", () => {
  it("gives the bytes with the state of the blob that they belong to", async () => {
    storage.answer(range("56789", "bytes 5-9/1234"));
    expect(await reader.readRange("b", 5, 5, signal)).toEqual({
      kind: "bytes",
      bytes: Buffer.from("56789"),
      state: {
        createdAtMs: Date.UTC(2026, 0, 15, 10),
        lastModifiedMs: Date.UTC(2026, 0, 15, 10, 30),
        length: 1234,
        blockCount: 7,
        ...{ isRewritable: false, etag: '"0x1"', serviceDateMs: Date.UTC(2026, 0, 15, 11) },
      },
    });
    expect([storage.requests[0]?.range, calls]).toEqual(["bytes=5-9", ["read"]]);
  });

  it("gives what there is when the blob ends before the range does", async () => {
    storage.answer(range("56", "bytes 5-6/7"));
    const read = await reader.readRange("b", 5, 100, signal);
    expect(read).toMatchObject({ bytes: Buffer.from("56"), state: { length: 7 } });
  });

  it("refuses a body that was cut, instead of a short read", async () => {
    storage.answer(range("567", "bytes 5-9/1234", 5));
    await expect(reader.readRange("b", 5, 5, signal)).rejects.toMatchObject({
      code: "STORAGE_UNAVAILABLE",
      isRetryable: true,
    });
    expect(storage.requests).toHaveLength(1);
  });

  it("refuses the answer of somebody who took no notice of the range", async () => {
    storage.answer(range("0123456789", undefined));
    await expect(reader.readRange("b", 5, 10, signal)).rejects.toMatchObject({
      code: "STORAGE_UNAVAILABLE",
    });
    storage.answer(range("01234", "bytes 0-4/10"));
    await expect(reader.readRange("b", 5, 5, signal)).rejects.toMatchObject({
      code: "STORAGE_UNAVAILABLE",
    });
    storage.answer(range("0123456789", undefined));
    await expect(reader.readRange("b", 0, 5, signal)).rejects.toMatchObject({
      code: "STORAGE_UNAVAILABLE",
    });
  });

  it("takes the whole of a small blob for its first range", async () => {
    storage.answer(range("01234", undefined));
    const read = await reader.readRange("b", 0, 100, signal);
    expect(read).toMatchObject({ bytes: Buffer.from("01234"), state: { length: 5 } });
  });

  it("tells a range behind the end, a blob that is gone and a container that is missing apart", async () => {
    storage.answer(failed(416, "InvalidRange"));
    expect(await reader.readRange("b", 5, 5, signal)).toEqual({ kind: "beyond-end" });
    storage.answer(failed(404, "BlobNotFound"));
    expect(await reader.readRange("b", 5, 5, signal)).toEqual({ kind: "gone" });
    for (const code of ["ContainerNotFound", undefined]) {
      storage.answer(failed(404, code));
      const missing = { code: "STORAGE_NOT_FOUND" };
      await expect(reader.readRange("b", 5, 5, signal)).rejects.toMatchObject(missing);
    }
  });

  it("is cancelled before and on the way", async () => {
    await expect(reader.readRange("b", 0, 5, AbortSignal.abort())).rejects.toMatchObject({
      code: "CANCELLED",
    });
    const stop = new AbortController();
    storage.answer((response) => {
      response.writeHead(206, { "content-length": 5, "content-range": "bytes 0-4/5" });
      response.write("01");
    });
    const reading = reader.readRange("b", 0, 5, stop.signal);
    reading.catch(() => undefined);
    await eventually("the request arrives", () => storage.requests.length === 1);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

describe("the state of a blob", () => {
  it("is told without its content", async () => {
    storage.answer((response) => {
      response.writeHead(200, {
        "content-length": 1234,
        "x-ms-creation-time": "Thu, 15 Jan 2026 10:00:00 GMT",
        "last-modified": "Thu, 15 Jan 2026 10:30:00 GMT",
      });
      response.end();
    });
    expect(await reader.stat("b", signal)).toMatchObject({
      length: 1234,
      createdAtMs: Date.UTC(2026, 0, 15, 10),
    });
    expect([storage.requests[0]?.line.slice(0, 5), calls]).toEqual(["HEAD ", ["other"]]);
  });

  it("is undefined for no such blob, and an error for no such container", async () => {
    for (const code of ["BlobNotFound", undefined]) {
      storage.answer(failed(404, code));
      expect(await reader.stat("b", signal)).toBeUndefined();
    }
    storage.answer(failed(404, "ContainerNotFound"));
    await expect(reader.stat("b", signal)).rejects.toMatchObject({ code: "STORAGE_NOT_FOUND" });
    await expect(reader.stat("b", AbortSignal.abort())).rejects.toMatchObject({
      code: "CANCELLED",
    });
  });
});
