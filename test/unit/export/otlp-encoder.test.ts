// SPDX-License-Identifier: Apache-2.0
import type { Attributes } from "@opentelemetry/api";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { describe, expect, it } from "vitest";
import type { DecodedLogRecord, DecodedLogsRequest } from "../../../src/export/decoded-logs.ts";
import { decodeLogsRequest } from "../../../src/export/otlp-decoder.ts";
import { createOtlpEncoder } from "../../../src/export/otlp-encoder.ts";
import type { OtlpEncoder } from "../../../src/export/otlp-encoder.ts";
import { sampleRecord, variedRecords } from "../../support/log-record-samples.ts";

const protobuf = createOtlpEncoder("http/protobuf");
const json = createOtlpEncoder("http/json");

function decode(encoder: OtlpEncoder, records: readonly ReadableLogRecord[]): DecodedLogsRequest {
  const result = decodeLogsRequest(encoder.encode(records), encoder.contentType);
  if (result.kind === "malformed") throw new Error(result.problem);
  return result.request;
}

function decodeOne(encoder: OtlpEncoder, changes: Partial<ReadableLogRecord>): DecodedLogRecord {
  return decode(encoder, [sampleRecord(changes)]).resourceLogs[0]!.scopeLogs[0]!.logRecords[0]!;
}

function printed(changes: Partial<ReadableLogRecord>): string {
  return Buffer.from(json.encode([sampleRecord(changes)])).toString("utf8");
}

describe("createOtlpEncoder", () => {
  it("names the bare content type of its protocol", () => {
    expect(protobuf.contentType).toBe("application/x-protobuf");
    expect(json.contentType).toBe("application/json");
  });

  it("says the same in protobuf and in JSON", () => {
    expect(decode(json, variedRecords)).toEqual(decode(protobuf, variedRecords));
  });

  it("gives equal bytes for equal records", () => {
    for (const encoder of [protobuf, json]) {
      expect(encoder.encode(variedRecords)).toEqual(encoder.encode(variedRecords));
    }
  });
});

describe.each([
  ["protobuf", protobuf],
  ["JSON", json],
])("the %s encoder", (_name, encoder) => {
  it("groups records by resource and scope and keeps their order", () => {
    const bodies = decode(encoder, [
      sampleRecord({ body: "1" }),
      sampleRecord({ body: "2", resource: variedRecords[1]!.resource }),
      sampleRecord({ body: "3" }),
    ]).resourceLogs.map((group) => group.scopeLogs[0]!.logRecords.map((record) => record.body));
    expect(bodies).toEqual([["1", "3"], ["2"]]);
  });

  it("carries the schema URLs of resource and scope", () => {
    const [group] = decode(encoder, [sampleRecord()]).resourceLogs;
    expect(group?.schemaUrl).toBe("https://opentelemetry.io/schemas/1.44.0");
    expect(group?.scopeLogs[0]?.schemaUrl).toBe("https://opentelemetry.io/schemas/1.44.0");
  });

  it("carries name, times, severity and dropped attributes", () => {
    expect(
      decodeOne(encoder, { hrTime: [1_700_000_000, 999_999_999], droppedAttributesCount: 3 }),
    ).toEqual({
      timeUnixNano: 1_700_000_000_999_999_999n,
      observedTimeUnixNano: 1_598_903_600_000_000_005n,
      severityNumber: 9,
      severityText: "INFO",
      body: '{"operationName":"BackupCreate"}',
      attributes: { "azure.operation.name": "BackupCreate" },
      droppedAttributesCount: 3,
      flags: 0,
      traceId: "",
      spanId: "",
      eventName: "azure.resource.log",
    });
  });

  it("leaves the observed time unset for [0, 0]", () => {
    expect(decodeOne(encoder, { hrTimeObserved: [0, 0] }).observedTimeUnixNano).toBe(0n);
  });

  it("keeps every number that JSON text can bring, as an integer only where it is an int64", () => {
    const attributes: Attributes = {
      max: 2 ** 53,
      power: 2 ** 62,
      lowest: -(2 ** 63),
      beyond: 2 ** 63,
      huge: 1e300,
      infinite: Infinity,
      negative: -Infinity,
      nan: Number.NaN,
      minusZero: -0,
    };
    expect(decodeOne(encoder, { attributes }).attributes).toEqual({
      ...attributes,
      max: 2n ** 53n,
      power: 2n ** 62n,
      lowest: -(2n ** 63n),
      minusZero: 0,
    });
  });

  it("replaces halves of surrogate pairs, which no receiver could read", () => {
    const record = decodeOne(encoder, { body: "a\ud800b", attributes: { "k\udc00": "\ud800" } });
    expect(record.body).toBe("a\ufffdb");
    expect(record.attributes).toEqual({ "k\ufffd": "\ufffd" });
  });

  it("keeps an attribute with the name of a prototype", () => {
    const attributes = JSON.parse('{"__proto__":"x","constructor":"y"}') as Attributes;
    const decoded = decodeOne(encoder, { attributes }).attributes;
    expect(Object.entries(decoded)).toEqual(Object.entries(attributes));
  });
});

describe("the JSON encoder", () => {
  it("prints 64-bit integers and times as decimal strings", () => {
    const text = printed({ attributes: { n: 5 }, hrTime: [12, 7] });
    expect(text).toContain('"intValue":"5"');
    expect(text).toContain('"timeUnixNano":"12000000007"');
  });

  it("prints bytes in base64 and severities as numbers", () => {
    const text = printed({ body: new Uint8Array([0, 255, 16]) });
    expect(text).toContain('"body":{"bytesValue":"AP8Q"}');
    expect(text).toContain('"severityNumber":9');
  });

  it("leaves an unset observed time out", () => {
    expect(printed({ hrTimeObserved: [0, 0] })).not.toContain("observedTimeUnixNano");
  });
});
