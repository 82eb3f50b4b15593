// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createLogRecordMapper } from "../../../src/map/log-record.ts";
import { HSM_ORIGIN } from "../../support/record-origins.ts";

function attributesOf(event: object): Record<string, unknown> {
  const mapper = createLogRecordMapper({
    scopeVersion: "1.2.3",
    bodyMode: "original",
    resourceDefaults: {},
  });
  const text = JSON.stringify(event);
  const parsed = JSON.parse(text) as Record<string, unknown>;
  return mapper.toLogRecord(parsed, text, 0, HSM_ORIGIN).logRecord.attributes;
}

describe("the object of a notification", () => {
  const operationName = "SecretNearExpiryEventGridNotification";
  const notify = (data: object, more: object = {}): Record<string, unknown> =>
    attributesOf({
      operationName,
      properties: { ...more, eventGridEventProperties: { subject: "db", data } },
    });

  it.each([
    [
      { ObjectName: "db", ObjectType: "Secret", Version: "v1" },
      { type: "secret", name: "db", version: "v1" },
    ],
    [
      { "ObjectName ": "db", EXP: "1776000000" },
      { type: "secret", name: "db" },
    ],
    [
      { Id: "https://contoso.vault.azure.net/secrets/db/v2" },
      { type: "secret", name: "db", version: "v2" },
    ],
    [{ ObjectName: "contoso", ObjectType: "Vault" }, { name: "contoso" }],
  ])("is told by %j", (data, expected) => {
    const found = notify(data);
    const prefix = "azure.keyvault.object.";
    const { [`${prefix}id`]: id, ...rest } = Object.fromEntries(
      Object.entries(found).filter(([name]) => name.startsWith(prefix)),
    );
    expect(id).toBe("Id" in data ? data.Id : undefined);
    expect(rest).toEqual(
      Object.fromEntries(Object.entries(expected).map(([name, value]) => [prefix + name, value])),
    );
    expect(found["azure.properties.eventGridEventProperties.subject"]).toBe("db");
  });

  it("gives way to properties.id, unless that names a vault only", () => {
    const id = "https://contoso.vault.azure.net/keys/k";
    expect(notify({ ObjectName: "db" }, { id })).toMatchObject({
      "azure.keyvault.object.id": id,
      "azure.keyvault.object.name": "k",
    });
    expect(notify({ ObjectName: "db" }, { id: "https://contoso.vault.azure.net/" })).toMatchObject({
      "azure.keyvault.object.id": "https://contoso.vault.azure.net/",
      "azure.keyvault.object.name": "db",
    });
  });

  it.each([[null], ["x"], [[1]], [{ data: null }], [{ data: [] }]])("is none in %j", (value) => {
    const event = { operationName, properties: { eventGridEventProperties: value } };
    expect(attributesOf(event)).not.toHaveProperty(["azure.keyvault.object.name"]);
  });
});
