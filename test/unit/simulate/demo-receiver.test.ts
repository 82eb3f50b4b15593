// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createOtlpEncoder } from "../../../src/export/otlp-encoder.ts";
import type { OtlpProtocol } from "../../../src/export/otlp-encoder.ts";
import { createLogRecordMapper } from "../../../src/map/log-record.ts";
import { parseAuditEvent } from "../../../src/parse/audit-event.ts";
import { createAuditEventGenerator } from "../../../src/simulate/audit-event-generator.ts";
import type { DemoRecord } from "../../../src/simulate/demo-record.ts";
import { startDemoReceiver } from "../../../src/simulate/demo-receiver.ts";
import type { DemoReceiver } from "../../../src/simulate/demo-receiver.ts";
import { recordsWithUids, sampleRecord } from "../../support/log-record-samples.ts";
import { HSM_ORIGIN } from "../../support/record-origins.ts";

let receiver: DemoReceiver;
let seen: { record: DemoRecord; isRepeat: boolean }[];

beforeEach(async () => {
  seen = [];
  receiver = await startDemoReceiver((record, isRepeat) => seen.push({ record, isRepeat }));
});

afterEach(async () => {
  await receiver.close();
});

async function post(
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
  headers: Record<string, string> = {},
  url = receiver.url,
): Promise<Response> {
  return await fetch(url, {
    method: "POST",
    body,
    headers: { "content-type": contentType, ...headers },
  });
}

function encoded(protocol: OtlpProtocol, count: number, prefix?: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createOtlpEncoder(protocol).encode(recordsWithUids(count, prefix)));
}

describe("demo receiver", () => {
  it("acknowledges protobuf, gzip and JSON, and counts records by uid", async () => {
    const protobuf = await post(encoded("http/protobuf", 3, "a"), "application/x-protobuf");
    expect(protobuf.status).toBe(200);
    expect((await protobuf.arrayBuffer()).byteLength).toBe(0);
    const zipped = new Uint8Array(gzipSync(encoded("http/protobuf", 2, "b")));
    await post(zipped, "application/x-protobuf", { "content-encoding": "gzip" });
    const json = await post(encoded("http/json", 4, "c"), "application/json");
    expect(await json.json()).toEqual({});
    expect(receiver.counts()).toMatchObject({
      requests: 3,
      records: 9,
      distinct: 9,
      duplicates: 0,
      withoutUid: 0,
      refusedRequests: 0,
    });
    expect(receiver.hasReceived("b-1")).toBe(true);
    expect(receiver.hasReceived("b-2")).toBe(false);
  });

  it("shows a repeat as a repeat", async () => {
    await post(encoded("http/protobuf", 3), "application/x-protobuf");
    await post(encoded("http/protobuf", 5), "application/x-protobuf");
    expect(receiver.counts()).toMatchObject({ records: 8, distinct: 5, duplicates: 3 });
    expect(seen.map(({ isRepeat }) => isRepeat)).toEqual([
      ...[false, false, false],
      ...[true, true, true, false, false],
    ]);
  });

  it("counts records without a uid apart", async () => {
    const bare = createOtlpEncoder("http/json").encode([sampleRecord(), sampleRecord()]);
    await post(new Uint8Array(bare), "application/json");
    expect(receiver.counts()).toMatchObject({
      records: 2,
      distinct: 0,
      duplicates: 0,
      withoutUid: 2,
    });
  });

  it("refuses what is no logs request, and goes on", async () => {
    const noise = new TextEncoder().encode("<html>login</html>");
    expect((await post(noise, "application/x-protobuf")).status).toBe(400);
    expect((await post(noise, "application/json")).status).toBe(400);
    const broken = await post(noise, "application/json", { "content-encoding": "gzip" });
    expect(broken.status).toBe(400);
    const elsewhere = receiver.url.replace("logs", "traces");
    expect((await post(encoded("http/json", 1), "application/json", {}, elsewhere)).status).toBe(
      404,
    );
    expect(receiver.counts()).toMatchObject({ records: 0, refusedRequests: 4 });
    expect((await post(encoded("http/json", 1), "application/json")).status).toBe(200);
  });

  it("shows a simulated event as it was mapped: what, who, from where, on what", async () => {
    const generator = createAuditEventGenerator({ seed: "7", hsms: 1, vaults: 1 });
    const mapper = createLogRecordMapper({
      scopeVersion: "0",
      bodyMode: "original",
      resourceDefaults: {},
    });
    const lines = generator.resources.flatMap((resource) =>
      Array.from({ length: 2_000 }, (_, index) =>
        generator.nextEvent(resource, Date.UTC(2026, 0, 15, 10) + index * 1_000),
      ),
    );
    let offset = 0;
    const records = lines.map((line) => {
      const parsed = parseAuditEvent(Buffer.from(line));
      if (parsed.kind !== "ok") throw new Error(`not parsed: ${line}`);
      const mapped = mapper.toLogRecord(parsed.event, parsed.text, offset, HSM_ORIGIN);
      offset += Buffer.byteLength(line) + 1;
      return mapped.logRecord;
    });
    const body = createOtlpEncoder("http/protobuf").encode(records);
    await post(new Uint8Array(body), "application/x-protobuf");
    expect(receiver.counts()).toMatchObject({ records: 4_000, distinct: 4_000 });
    const shown = seen.map(({ record }) => record);
    const events = lines.map((line) => JSON.parse(line) as { operationName: string });
    expect(shown.map((record) => record.operation)).toEqual(
      events.map((event) => event.operationName),
    );
    const signed = shown.find((record) => record.operation === "KeySign" && record.status === 200);
    expect(signed).toMatchObject({
      resource: "ContosoMHSM01",
      isFailure: false,
      isSensitive: false,
    });
    expect(signed?.object).toMatch(/^key [a-z0-9-]+$/);
    expect(signed?.from).toMatch(/^[0-9a-f.:]+$/);
    expect(signed?.durationMs).toBeTypeOf("number");
    expect(shown.some(({ who = "" }) => who.includes("@contoso.com"))).toBe(true);
    expect(shown.some((record) => record.isFailure)).toBe(true);
    expect(shown.some((record) => record.isSensitive)).toBe(true);
    const challenge = shown.find((record) => record.operation === "Authentication");
    expect(challenge).toMatchObject({ status: 401, isFailure: false });
    const withoutStatus = shown.filter((record) => record.status === undefined);
    expect(withoutStatus).toEqual([]);
  });
});
