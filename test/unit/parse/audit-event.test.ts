// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it, vi } from "vitest";
import { auditEventSchema } from "../../../src/parse/audit-event-schema.ts";
import { parseAuditEvent, type ParseResult } from "../../../src/parse/audit-event.ts";
import { fixtureRecords } from "../../support/record-origins.ts";

const parse = (text: string): ParseResult => parseAuditEvent(Buffer.from(text));
const detailOf = (result: ParseResult): string => (result.kind === "ok" ? "" : result.detail);

describe("parseAuditEvent", () => {
  it("gives the event and the record's own text", () => {
    const text = '{ "time": "2026-03-14T09:26:53Z",\t"operationName":"KeySign" }';
    expect(parse(text)).toEqual({
      kind: "ok",
      event: { time: "2026-03-14T09:26:53Z", operationName: "KeySign" },
      text,
    });
  });

  it("reads only its own part of a larger buffer", () => {
    const buffer = Buffer.from('{"a":1}\n{"b":2}\n');
    expect(parseAuditEvent(buffer.subarray(8, 15))).toMatchObject({ event: { b: 2 } });
  });

  it("keeps fields that are unknown or of an unexpected type", () => {
    const event = { durationMs: { ms: 3 }, time: 5, surprise: [1, null], httpStatusCode: "many" };
    expect(parse(JSON.stringify(event))).toMatchObject({ kind: "ok", event });
  });

  it("takes the keys of Object.prototype as ordinary fields", () => {
    const result = parse('{"__proto__":{"time":"x"},"constructor":1,"toString":2}');
    if (result.kind !== "ok") throw new Error("should parse");
    expect(Object.keys(result.event)).toEqual(["__proto__", "constructor", "toString"]);
    expect(result.event["time"]).toBeUndefined();
  });

  it("survives nesting that would exhaust a recursive parser", () => {
    const depth = 200_000;
    const text = `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect(parse(text).kind).toBe("ok");
  });

  it("accepts escapes that are no Unicode text, because their bytes are", () => {
    expect(parse('{"a":"\\ud800"}')).toMatchObject({ kind: "ok", text: '{"a":"\\ud800"}' });
  });

  it.each([
    ["[1]", "the record is an array, not an object"],
    ["null", "the record is null, not an object"],
    ["12", "the record is a number, not an object"],
    ['"text"', "the record is a string, not an object"],
  ])("calls %s no object", (text, detail) => {
    expect(parse(text)).toEqual({ kind: "malformed", reason: "not-an-object", detail });
  });

  it("says where JSON ends to be JSON", () => {
    expect(parse('{"a":1,}')).toMatchObject({ reason: "not-json" });
    expect(detailOf(parse('{"a":1 "b"}'))).toBe("not JSON at character 7");
    expect(detailOf(parse('{"a":1}}'))).toBe("not JSON at character 7");
    expect(detailOf(parse('{"a":tr'))).toBe("the text ends before the JSON does");
    expect(detailOf(parse(""))).toBe("the text ends before the JSON does");
    expect(detailOf(parse(`{"a":1}${" ".repeat(120)}}`))).toBe("not JSON at character 127");
    expect(detailOf(parse(`${"\n".repeat(12)}{"a":1,${" ".repeat(12)}2}`))).toBe(
      "not JSON at character 31",
    );
    // The runtime names no place here.
    expect(detailOf(parse('{"a":tru}'))).toBe("not JSON");
  });

  it.each(['{"pin":hunter2}', "hunter2", '{"a":"hunter2', '{"hunter2":}', '{"a":1}hunter2'])(
    "never quotes the record: %s",
    (text) => {
      const result = parse(text);
      expect(result).toMatchObject({ kind: "malformed", reason: "not-json" });
      expect(detailOf(result)).not.toMatch(/hunter|pin/);
    },
  );

  it("does not blame the record when the runtime gives up on it", () => {
    const giveUp = vi.spyOn(JSON, "parse").mockImplementation(() => {
      throw new RangeError("Maximum call stack size exceeded");
    });
    try {
      expect(parse("{}")).toEqual({
        kind: "malformed",
        reason: "unmappable",
        detail: "the JSON cannot be read",
      });
    } finally {
      giveUp.mockRestore();
    }
  });

  it.each([
    [[0xff], 0],
    [[0x7b, 0xe2, 0x82], 1],
    [[0x7b, 0x7d, 0xed, 0xa0, 0x80], 2],
  ])("finds the bad byte in %j at %d", (codes, position) => {
    expect(parseAuditEvent(Buffer.from(codes))).toMatchObject({
      reason: "invalid-utf8",
      detail: `not UTF-8 at byte ${position}`,
    });
  });

  it("names the first byte that is not UTF-8 instead of repairing it", () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"é'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(parseAuditEvent(bytes)).toEqual({
      kind: "malformed",
      reason: "invalid-utf8",
      detail: "not UTF-8 at byte 8",
    });
  });

  it("does not take a genuine replacement character for a bad byte", () => {
    expect(parse('{"a":"\ufffd"}').kind).toBe("ok");
  });
});

describe("auditEventSchema", () => {
  const isDocumented = (event: object): boolean => auditEventSchema.safeParse(event).success;

  it("knows the forms of a duration, a status and a flag, and no others", () => {
    const durations = [0, 488, -1, "78", "-1", null, undefined];
    expect(durations.filter((durationMs) => !isDocumented({ durationMs }))).toEqual([]);
    const others = [12.5, "", "12.5", "x78", "78x", "--1", true, {}];
    expect(others.filter((durationMs) => isDocumented({ durationMs }))).toEqual([]);
    const flags = [true, false, "true", "false", null].map((isRbacAuthorized) => {
      return { properties: { isRbacAuthorized } };
    });
    expect(flags.filter((event) => !isDocumented(event))).toEqual([]);
    expect(isDocumented({ properties: { isRbacAuthorized: "yes" } })).toBe(false);
    expect(isDocumented({ properties: { isRbacAuthorized: 1 } })).toBe(false);
  });

  it("lets identity and properties be a text or an object, and keeps what it does not know", () => {
    const known = ["text", { surprise: 1 }, null];
    expect(known.filter((identity) => !isDocumented({ identity }))).toEqual([]);
    expect(known.filter((properties) => !isDocumented({ properties }))).toEqual([]);
    expect([isDocumented({ identity: 1 }), isDocumented({ properties: [] })]).toEqual([
      false,
      false,
    ]);
    const event = { surprise: [1], properties: { other: 2 }, identity: { claim: {} } };
    expect(auditEventSchema.parse(event)).toEqual(event);
  });

  it("says of every other field that it is a text", () => {
    const notTexts = new Set([
      ...["durationMs", "httpStatusCode", "identity", "properties"],
      ...["resultSignature", "level", "Level"],
    ]);
    for (const name of Object.keys(auditEventSchema.shape)) {
      if (notTexts.has(name)) continue;
      expect([name, isDocumented({ [name]: "x" }), isDocumented({ [name]: 1 })]).toEqual([
        name,
        true,
        false,
      ]);
    }
  });

  it.each([
    "managed-hsm",
    "managed-hsm-security",
    "key-vault",
    "key-vault-control",
    "key-vault-certificates",
    "notifications",
    "attestation",
  ])("describes the events of %s", (name) => {
    for (const record of fixtureRecords(name)) {
      const result = auditEventSchema.safeParse(JSON.parse(record.toString()));
      expect(result.error?.issues ?? []).toEqual([]);
    }
  });
});
