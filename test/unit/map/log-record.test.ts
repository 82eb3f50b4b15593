// SPDX-License-Identifier: Apache-2.0
/** Rules of the mapping that one event cannot show. What it makes of whole events: golden-records.test.ts. */
import { describe, expect, it } from "vitest";
import {
  createLogRecordMapper,
  type LogRecordMapperOptions,
  type Mapped,
} from "../../../src/map/log-record.ts";
import type { RecordOrigin } from "../../../src/model.ts";
import { fixtureRecords, HOUR_MS, HSM_ORIGIN } from "../../support/record-origins.ts";

const OPTIONS: LogRecordMapperOptions = {
  scopeVersion: "1.2.3",
  bodyMode: "original",
  resourceDefaults: { serviceNamespace: "payments", deploymentEnvironmentName: "production" },
};

function mapText(
  text: string,
  origin: RecordOrigin = HSM_ORIGIN,
  options: Partial<LogRecordMapperOptions> = {},
): Mapped {
  const mapper = createLogRecordMapper({ ...OPTIONS, ...options });
  return mapper.toLogRecord(JSON.parse(text) as Record<string, unknown>, text, 0, origin);
}
const mapEvent = (event: object): Mapped => mapText(JSON.stringify(event));
const attributesOf = (event: object): unknown => mapEvent(event).logRecord.attributes;

describe("time", () => {
  it("falls back to the hour in the path, keeping what was written", () => {
    const { hrTime, attributes } = mapEvent({ time: "soon" }).logRecord;
    expect(hrTime).toEqual([HOUR_MS / 1000, 0]);
    expect(attributes["azure.time.original"]).toBe("soon");
  });

  it("falls back to the blob's creation time where the path has no hour", () => {
    const { hrTime, attributes } = mapText("{}", { ...HSM_ORIGIN, hourMs: undefined }).logRecord;
    expect(hrTime).toEqual([HOUR_MS / 1000 + 71, 0]);
    expect(attributes).not.toHaveProperty("azure.time.original");
  });

  it("takes the first readable spelling", () => {
    const { hrTime, attributes } = mapEvent({
      time: "",
      Time: "never",
      timestamp: "2026-03-14T09:26:53.5Z",
    }).logRecord;
    expect(hrTime).toEqual([1_773_480_413, 500_000_000]);
    expect(attributes["azure.time.original"]).toBe("never");
  });

  it("sets the observed time only where one was read", () => {
    expect(mapText("{}").logRecord.hrTimeObserved).toEqual([0, 0]);
    const read = { ...HSM_ORIGIN, observedAtMs: HOUR_MS + 1 };
    expect(mapText("{}", read).logRecord.hrTimeObserved).toEqual([HOUR_MS / 1000, 1_000_000]);
  });
});

describe("record fields", () => {
  it("omits placeholders", () => {
    const blank = { category: "", resultType: "-", clientInfo: "(unknown)", correlationId: null };
    expect(Object.keys(mapEvent(blank).logRecord.attributes)).toEqual([
      "azure.keyvault.operation.family",
      "log.file.path",
      "log.record.uid",
    ]);
  });

  it("hands a known field of a wrong type on under its own name", () => {
    expect(attributesOf({ durationMs: "78 ms", httpStatusCode: 200.5, category: 7 })).toMatchObject(
      {
        "azure.properties.durationMs": "78 ms",
        "azure.properties.httpStatusCode": 200.5,
        "azure.properties.category": 7,
      },
    );
  });

  it("takes the first of two sources and hands a differing second one on", () => {
    const event = { httpStatusCode: 200, properties: { httpStatusCode: 403 } };
    expect(attributesOf(event)).toMatchObject({
      "http.response.status_code": 200,
      "azure.properties.httpStatusCode": 403,
    });
    const same = { httpStatusCode: 200, properties: { httpStatusCode: 200 } };
    expect(attributesOf(same)).not.toHaveProperty(["azure.properties.httpStatusCode"]);
  });

  it("never hands on a claim that the table does not name", () => {
    const identity = { claim: { oid: "b1c5", family_name: "hunter", ipaddr: "203.0.113.1" } };
    const text = JSON.stringify(attributesOf({ identity }));
    expect(text).toContain("b1c5");
    expect(text).not.toMatch(/hunter|203\.0\.113\.1/);
  });

  it("shows the security switches of a vault, as an object and as a text", () => {
    const properties = {
      properties: { enableRbacAuthorization: false, networkAcls: null },
      addedAccessPolicy: { ObjectId: "b1c5" },
      addedIpRule: { Value: "203.0.113.9/32" },
    };
    const expected = {
      "azure.properties.properties.enableRbacAuthorization": false,
      "azure.properties.addedAccessPolicy.ObjectId": "b1c5",
      "azure.properties.addedIpRule.Value": "203.0.113.9/32",
    };
    expect(attributesOf({ properties })).toMatchObject(expected);
    expect(attributesOf({ properties: JSON.stringify(properties) })).toMatchObject(expected);
  });

  it("reads a level of a number and a signature of a number", () => {
    const { attributes, severityText } = mapEvent({ Level: 2, resultSignature: 403 }).logRecord;
    expect(severityText).toBe("ERROR");
    expect(attributes).toMatchObject({ "azure.level": "2", "azure.result.signature": "403" });
    expect(attributes["azure.keyvault.outcome"]).toBe("denied");
  });

  it("keeps a field beyond 4,096 characters to the body and counts it", () => {
    const { attributes, droppedAttributesCount } = mapEvent({
      clientInfo: "x".repeat(4097),
      correlationId: "y".repeat(4096),
    }).logRecord;
    expect(attributes).not.toHaveProperty(["user_agent.original"]);
    expect(attributes["azure.correlation_id"]).toHaveLength(4096);
    expect(droppedAttributesCount).toBe(1);
  });

  it("keeps what a record has left of an earlier one to that one", () => {
    const mapper = createLogRecordMapper(OPTIONS);
    const first = '{"surprise":1,"category":"A","identity":{"claim":{"oid":"x"}}}';
    mapper.toLogRecord(JSON.parse(first) as Record<string, unknown>, first, 0, HSM_ORIGIN);
    const second = mapper.toLogRecord({}, "{}", 0, HSM_ORIGIN);
    expect(second.logRecord).toEqual(mapText("{}").logRecord);
  });
});

describe("body", () => {
  const text = fixtureRecords("managed-hsm")[0]!.toString();

  it("is the record's own text", () => {
    expect(mapText(text).logRecord.body).toBe(text);
  });

  it("is one readable line in summary mode", () => {
    const { body } = mapText(text, HSM_ORIGIN, { bodyMode: "summary" }).logRecord;
    expect(body).toBe(
      "BackupCreate 202 Success contosomhsm by admin@contoso.com from X.X.X.X 488ms",
    );
  });
});
