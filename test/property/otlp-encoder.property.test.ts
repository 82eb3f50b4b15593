// SPDX-License-Identifier: Apache-2.0
import type { AnyValue, Attributes } from "@opentelemetry/api";
import { ProtobufLogsSerializer } from "@opentelemetry/otlp-transformer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DecodedLogsRequest } from "../../src/export/decoded-logs.ts";
import { decodeLogsRequest } from "../../src/export/otlp-decoder.ts";
import { createOtlpEncoder } from "../../src/export/otlp-encoder.ts";
import type { OtlpProtocol } from "../../src/export/otlp-encoder.ts";
import { sampleRecord } from "../support/log-record-samples.ts";

/**
 * Whatever JSON.parse can give, with halves of surrogate pairs, and keys that are names of
 * prototypes.
 */
const jsonValue = fc.jsonValue({ stringUnit: "binary" }) as fc.Arbitrary<AnyValue>;
const text = fc.string({ unit: "binary" });
/** Keys that are different only before they are made well-formed would clash behind it. */
const wellFormed = text.filter((key) => key.isWellFormed());
const attributes = fc.dictionary(wellFormed, jsonValue) as fc.Arbitrary<Attributes>;
const seconds = fc.integer({ min: 0, max: 2 ** 33 });
const nanos = fc.integer({ min: 0, max: 999_999_999 });

const record = fc
  .record({ attributes, body: jsonValue, severityText: text, time: fc.tuple(seconds, nanos) })
  .map(({ time, ...changes }) => sampleRecord({ ...changes, hrTime: time }));

describe("the two encodings of any records", () => {
  it("are the same message, with every time to the nanosecond", () => {
    const decode = (
      protocol: OtlpProtocol,
      records: Parameters<typeof sampleRecord>[0][],
    ): DecodedLogsRequest => {
      const encoder = createOtlpEncoder(protocol);
      const bytes = encoder.encode(records.map((changes) => sampleRecord(changes)));
      const result = decodeLogsRequest(bytes, encoder.contentType);
      if (result.kind === "malformed") throw new Error(result.problem);
      return result.request;
    };
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (records) => {
        const json = decode("http/json", records);
        expect(json).toEqual(decode("http/protobuf", records));
        const decoded = json.resourceLogs[0]!.scopeLogs[0]!.logRecords;
        expect(decoded.map(({ timeUnixNano }) => timeUnixNano)).toEqual(
          records.map(({ hrTime: [s, n] }) => BigInt(s) * 1_000_000_000n + BigInt(n)),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe("our protobuf of any records", () => {
  it("is the message that otlp-transformer writes", () => {
    const decode = (bytes: Uint8Array | undefined): unknown =>
      decodeLogsRequest(bytes!, "application/x-protobuf");
    const encoder = createOtlpEncoder("http/protobuf");
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (records) => {
        const ours = decode(encoder.encode(records));
        expect(ours).toMatchObject({ kind: "ok" });
        expect(ours).toEqual(decode(ProtobufLogsSerializer.serializeRequest(records)));
      }),
      { numRuns: 500 },
    );
  });
});
