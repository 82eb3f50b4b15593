// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  createLogRecordMapper,
  type LogRecordMapperOptions,
  type Mapped,
} from "../../../src/map/log-record.ts";
import { fixtureRecords, HSM_ORIGIN } from "../../support/record-origins.ts";

const OPTIONS: LogRecordMapperOptions = {
  scopeVersion: "1.2.3",
  bodyMode: "original",
  resourceDefaults: {},
};

function mapText(text: string, options: Partial<LogRecordMapperOptions>): Mapped {
  const mapper = createLogRecordMapper({ ...OPTIONS, ...options });
  return mapper.toLogRecord(JSON.parse(text) as Record<string, unknown>, text, 0, HSM_ORIGIN);
}

describe("overrides", () => {
  const text = fixtureRecords("managed-hsm")[0]!.toString();
  const overrides = {
    rename: { "user.name": "who", "cloud.region": "region", "azure.keyvault.outcome": "outcome" },
    drop: ["client.address", "azure.tenant.id", "azure.properties.unknown"],
    add: { team: "payments" },
  };

  it("change the names of records and resources, and the summary only by what is left out", () => {
    const mapped = mapText(text, { overrides, bodyMode: "summary" }).logRecord;
    expect(mapped.attributes).toMatchObject({
      who: "admin@contoso.com",
      outcome: "accepted",
      team: "payments",
    });
    expect(mapped.attributes).not.toHaveProperty(["user.name"]);
    expect(mapped.attributes).not.toHaveProperty(["client.address"]);
    expect(mapped.resource.attributes).not.toHaveProperty(["azure.tenant.id"]);
    expect(mapped.body).toBe("BackupCreate 202 Success contosomhsm by admin@contoso.com 488ms");
  });

  it("reach fields without a rule", () => {
    const rename = { "azure.properties.keyProperties.size": "key.size" };
    const event = { properties: { unknown: 1, keyProperties: { size: 3072 } } };
    const options = { overrides: { ...overrides, rename } };
    const { attributes, droppedAttributesCount } = mapText(
      JSON.stringify(event),
      options,
    ).logRecord;
    expect(attributes["key.size"]).toBe(3072);
    expect(JSON.stringify(attributes)).not.toContain("unknown");
    expect(droppedAttributesCount).toBe(0);
  });

  it("drop the fields of an object with it, and nothing that only begins alike", () => {
    const event = { properties: { a: { x: 1, y: { z: 2 } }, ab: 3 } };
    const options = { overrides: { rename: {}, add: {}, drop: ["azure.properties.a"] } };
    const { attributes } = mapText(JSON.stringify(event), options).logRecord;
    const others = Object.keys(attributes).filter((name) => name.startsWith("azure.properties"));
    expect(others).toEqual(["azure.properties.ab"]);
    const all = { overrides: { ...options.overrides, drop: ["azure.properties"] } };
    expect(JSON.stringify(mapText(JSON.stringify(event), all).logRecord.attributes)).not.toContain(
      "azure.properties",
    );
  });

  it("leave the name of what logged a record out of the summary where it is dropped", () => {
    const drop = ["service.instance.id"];
    const dropping = { bodyMode: "summary", overrides: { rename: {}, add: {}, drop } } as const;
    expect(mapText('{"operationName":"KeyGet"}', dropping).logRecord.body).toBe("KeyGet");
  });

  it("are refused where they would give a name twice", () => {
    const bad = { ...overrides, rename: { "user.id": "user.email" } };
    expect(() => createLogRecordMapper({ ...OPTIONS, overrides: bad })).toThrow("CONFIG_INVALID");
  });
});
