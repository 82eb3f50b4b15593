// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createLogRecordMapper } from "../../../src/map/log-record.ts";
import { HSM_ORIGIN } from "../../support/record-origins.ts";

const OPTIONS = { scopeVersion: "1.2.3", bodyMode: "original", resourceDefaults: {} } as const;

function attributesOf(event: object): unknown {
  const text = JSON.stringify(event);
  const parsed = JSON.parse(text) as Record<string, unknown>;
  return createLogRecordMapper(OPTIONS).toLogRecord(parsed, text, 0, HSM_ORIGIN).logRecord
    .attributes;
}

describe("the caller", () => {
  it.each([
    ["short", { oid: "b1c5", upn: "a@b" }],
    [
      "URL",
      {
        "http://schemas.microsoft.com/identity/claims/objectidentifier": "b1c5",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "a@b",
      },
    ],
    [
      "flat-mangled",
      {
        http_schemas_microsoft_com_identity_claims_objectidentifier: "b1c5",
        http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn: "a@b",
      },
    ],
    [
      "nested-mangled",
      {
        http_schemas_microsoft_com_identity: { claims: { objectidentifier: "b1c5" } },
        http_schemas_xmlsoap_org_ws_2005_05_identity: { claims: { upn: "a@b" } },
      },
    ],
  ])("is found by the %s claim names, in an object and in a text", (_, claim) => {
    const expected = { "user.id": "b1c5", "user.name": "a@b" };
    expect(attributesOf({ identity: { claim } })).toMatchObject(expected);
    expect(attributesOf({ identity: JSON.stringify({ claim }) })).toMatchObject(expected);
  });

  it.each([
    ["unique_name", { unique_name: "a@b", upn: "" }, { "user.name": "a@b" }],
    ["a plain text", "John Doe", { "user.name": "John Doe" }],
    ["xms_mirid", { xms_mirid: "/m" }, { "azure.identity.managed_identity.resource_id": "/m" }],
    ["xms_az_rid", { xms_az_rid: "/r" }, { "azure.identity.managed_identity.resource_id": "/r" }],
  ])("is found by %s", (_, claim, expected) => {
    const identity = typeof claim === "string" ? claim : { claim };
    expect(attributesOf({ identity })).toMatchObject(expected);
    if (typeof claim === "string") return;
    const text = JSON.stringify({ claim });
    expect(attributesOf({ identity: text })).toMatchObject(expected);
    const mapper = createLogRecordMapper(OPTIONS);
    for (const again of ["{}", JSON.stringify({ identity: text }), "{}"]) {
      const event = JSON.parse(again) as Record<string, unknown>;
      const { attributes } = mapper.toLogRecord(event, again, 0, HSM_ORIGIN).logRecord;
      if (again === "{}") expect(attributes).not.toHaveProperty([Object.keys(expected)[0]!]);
      else expect(attributes).toMatchObject(expected);
    }
  });
});
