// SPDX-License-Identifier: Apache-2.0
// The fake receiver is what the delivery tests believe, so it is tested itself.
import { request as sendRequest } from "node:http";
import { describe, expect, it } from "vitest";
import { createOtlpEncoder } from "../../../src/export/otlp-encoder.ts";
import { createOtlpHttpTransport } from "../../../src/export/otlp-http-transport.ts";
import { createRequestEncoder } from "../../../src/export/request-encoder.ts";
import { startFakeReceiver } from "../../support/fake-receiver.ts";
import type { FakeReceiver, FakeReceiverOptions } from "../../support/fake-receiver.ts";
import { recordsWithUids } from "../../support/log-record-samples.ts";

const never = new AbortController().signal;

async function post(
  receiver: FakeReceiver,
  count: number,
  protocol: "protobuf" | "json" = "protobuf",
): Promise<string> {
  const encoder = createOtlpEncoder(`http/${protocol}`);
  const requests = createRequestEncoder({ encoder, compression: "gzip", gzipLevel: 1 });
  const transport = createOtlpHttpTransport({
    url: receiver.url,
    contentType: encoder.contentType,
    headers: {},
    version: "0.0.0",
    timeoutMs: 10_000,
    maxConnections: 1,
    clock: { now: () => 0 },
  });
  const outcome = await transport.send(
    await requests.encode(recordsWithUids(count).map(encoder.encodeRecord)),
    never,
  );
  await transport.close();
  return outcome.kind;
}

async function postRaw(
  url: string,
  headers: Record<string, string>,
  chunks: readonly string[],
): Promise<number> {
  return await new Promise((resolve, reject) => {
    const request = sendRequest(url, { method: "POST", headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject);
    for (const chunk of chunks) request.write(chunk);
    request.end();
  });
}

describe("the fake receiver", () => {
  it.each<[string, "protobuf" | "json", NonNullable<FakeReceiverOptions["keep"]>]>([
    ["protobuf", "protobuf", "records"],
    ["JSON", "json", "records"],
    ["protobuf, uids only", "protobuf", "uids"],
    ["JSON, uids only", "json", "uids"],
  ])("remembers what it accepted (%s)", async (_what, protocol, keep) => {
    const receiver = await startFakeReceiver({ keep });
    expect(await post(receiver, 3, protocol)).toBe("delivered");
    await receiver.close();
    expect(receiver.uids).toEqual(["uid-0", "uid-1", "uid-2"]);
    expect(receiver.requests[0]).toMatchObject({ recordCount: 3, uids: receiver.uids });
    expect(receiver.records).toHaveLength(keep === "records" ? 3 : 0);
    if (keep === "records") {
      expect(receiver.records[1]).toMatchObject({
        uid: "uid-1",
        body: '{"operationName":"BackupCreate"}',
        resourceAttributes: { "service.name": "azure-managed-hsm" },
        timeUnixNano: 1_598_903_559_763_000_000n,
      });
    }
  });

  it("accepts nothing of what it refuses, hangs on or resets, but what it cuts", async () => {
    const receiver = await startFakeReceiver({
      script: [{ status: 503 }, "reset", { status: 400 }, "cut-mid-body"],
    });
    for (let count = 1; count <= 4; count++) await post(receiver, count);
    await receiver.close();
    expect(receiver.requests.map((request) => request.recordCount)).toEqual([1, 2, 3, 4]);
    expect(receiver.uids).toHaveLength(4);
  });

  it("answers by a function of the request", async () => {
    const receiver = await startFakeReceiver({
      script: ({ recordCount }) => (recordCount > 1 ? { status: 503 } : undefined),
    });
    expect(await post(receiver, 2)).toBe("retryable");
    expect(await post(receiver, 1)).toBe("delivered");
    await receiver.close();
  });

  it.each([
    ["a chunked body", { "transfer-encoding": "chunked" }, "{}", "application/json"],
    ["an unknown content type", { "content-length": "2" }, "{}", "application/json; charset=utf-8"],
    ["an undecodable body", { "content-length": "2" }, "no", "application/x-protobuf"],
  ])("refuses %s and says so when it is closed", async (_what, headers, body, type) => {
    const receiver = await startFakeReceiver();
    expect(await postRaw(receiver.url, { ...headers, "content-type": type }, [body])).toBe(400);
    expect(receiver.violations).toHaveLength(1);
    await expect(receiver.close()).rejects.toThrow("protocol");
  });

  it("comes back at the port where it was", async () => {
    const first = await startFakeReceiver();
    const { port } = first;
    await first.close();
    const second = await startFakeReceiver({ port });
    expect(second.url).toBe(first.url);
    await second.close();
  });
});
