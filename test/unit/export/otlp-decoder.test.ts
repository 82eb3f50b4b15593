// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { decodeLogsRequest } from "../../../src/export/otlp-decoder.ts";
import { createOtlpEncoder } from "../../../src/export/otlp-encoder.ts";
import { variedRecords } from "../../support/log-record-samples.ts";

const fromHex = (hex: string) =>
  decodeLogsRequest(Buffer.from(hex.replaceAll(" ", ""), "hex"), "application/x-protobuf");
const fromText = (text: string) => decodeLogsRequest(Buffer.from(text), "application/json");

describe("decodeLogsRequest", () => {
  it("reads a hand-made protobuf message", () => {
    // resource_logs { scope_logs { log_records { body { string_value: "hi" } event_name: "e" } } }
    const result = fromHex("0a 0d 12 0b 12 09 2a 04 0a 02 68 69 62 01 65");
    expect(result).toMatchObject({
      kind: "ok",
      request: {
        resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: "hi", eventName: "e" }] }] }],
      },
    });
  });

  it("reads a hand-made JSON message", () => {
    const result = fromText(
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"7","future":1}]}]}]}',
    );
    expect(result).toMatchObject({
      kind: "ok",
      request: { resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: 7n }] }] }] },
    });
  });

  it("finds every truncation of a protobuf message", () => {
    const whole = createOtlpEncoder("http/protobuf").encode(variedRecords.slice(0, 3));
    // The cut at 0 is the empty request; the second resource begins where the first one ends.
    const cutsThatAreWhole = Array.from({ length: whole.length }, (_, length) => length).filter(
      (length) =>
        decodeLogsRequest(whole.subarray(0, length), "application/x-protobuf").kind === "ok",
    );
    expect(cutsThatAreWhole).toHaveLength(2);
  });

  it.each([
    ["an unknown field", "10 01"],
    ["a wrong wire type", "08 01"],
    ["an attribute that stands twice", "0a 0c 0a 0a 0a 03 0a 01 61 0a 03 0a 01 61"],
    ["text that is not UTF-8", "0a 03 1a 01 ff"],
    ["trailing bytes", "0a 00 00"],
  ])("refuses protobuf with %s", (_what, hex) => {
    expect(fromHex(hex).kind).toBe("malformed");
  });

  it.each([
    "",
    "[]",
    '{"resourceLogs":{}}',
    '{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{"intValue":"x"}}]}}]}',
    '{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{"intValue":1e300}}]}}]}',
    '{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{"doubleValue":null}}]}}]}',
    '{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{"blob":1}}]}}]}',
  ])("refuses the JSON %j", (text) => {
    expect(fromText(text).kind).toBe("malformed");
  });
});
