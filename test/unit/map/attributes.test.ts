// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { RECORD_ATTRIBUTES, RESOURCE_ATTRIBUTES, sourcesOf } from "../../../src/map/attributes.ts";
import { auditEventSchema, propertiesSchema } from "../../../src/parse/audit-event-schema.ts";

const ALL = [...RECORD_ATTRIBUTES, ...RESOURCE_ATTRIBUTES];

describe("the mapping table", () => {
  it("names each attribute once", () => {
    const names = ALL.map((rule) => rule.attribute);
    expect(new Set(names).size).toBe(names.length);
  });

  it("takes only fields that the schema documents", () => {
    const top = Object.keys(auditEventSchema.shape);
    const columns = ["IsAddressAuthorized", "AddressAuthorizationType"];
    const properties = [...Object.keys(propertiesSchema.shape), ...columns].map(
      (name) => `properties.${name}`,
    );
    const sources = ALL.flatMap((rule) => rule.sources).filter(
      (each) => !each.startsWith("claim."),
    );
    const known = new Set([...top, ...properties]);
    expect(sources.filter((source) => !known.has(source))).toEqual([]);
  });

  it("gives the sources of an attribute, and refuses a name that it does not have", () => {
    expect(sourcesOf(RECORD_ATTRIBUTES, "azure.operation.name")).toEqual(["operationName"]);
    expect(() => sourcesOf(RECORD_ATTRIBUTES, "azure.nothing")).toThrow("INTERNAL");
  });

  it("types each attribute, and gives an example of that type", () => {
    const form = { int: /^\d+$/, boolean: /^(true|false)$/, string: /^[^…]+$/ };
    for (const { attribute, type, example } of ALL) {
      expect(`${attribute} ${example}`).toMatch(new RegExp(`^${attribute} `));
      expect(example).toMatch(form[type]);
    }
    const typeOf = (name: string): unknown => ALL.find(({ attribute }) => attribute === name)?.type;
    expect(typeOf("client.port")).toBe("int");
    expect(typeOf("azure.operation.duration")).toBe("int");
    expect(typeOf("azure.keyvault.is_rbac_authorized")).toBe("boolean");
    expect(typeOf("azure.keyvault.outcome")).toBe("string");
  });
});
