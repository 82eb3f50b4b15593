// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createResourceCache, type ResourceFacts } from "../../../src/map/resource.ts";
import { HSM_ORIGIN } from "../../support/record-origins.ts";

const AUDITED = HSM_ORIGIN.resource;
const NOTHING: ResourceFacts = {
  resourceId: undefined,
  tenantId: undefined,
  region: undefined,
  resourceGroup: undefined,
  provider: undefined,
  name: undefined,
  type: undefined,
};
const VAULT =
  "/subscriptions/361DA5D4/resourceGroups/g/providers/Microsoft.KeyVault/vaults/Payroll";

describe("resourceOf", () => {
  it("gives the same object for equal facts, also after others", () => {
    const cache = createResourceCache({});
    const first = cache.resourceOf({ ...NOTHING }, AUDITED);
    expect(cache.resourceOf({ ...NOTHING }, { ...AUDITED })).toBe(first);
    const other = cache.resourceOf({ ...NOTHING, tenantId: "t" }, AUDITED);
    expect(other).not.toBe(first);
    expect(cache.resourceOf({ ...NOTHING }, AUDITED)).toBe(first);
    expect(cache.resourceOf({ ...NOTHING, tenantId: "t" }, AUDITED)).toBe(other);
  });

  it.each(Object.keys(NOTHING))("tells resources apart by %s", (fact) => {
    const cache = createResourceCache({});
    const plain = cache.resourceOf(NOTHING, AUDITED);
    expect(cache.resourceOf({ ...NOTHING, [fact]: "x" }, AUDITED)).not.toBe(plain);
  });

  it("tells resources apart by the folder where the record names none", () => {
    const cache = createResourceCache({});
    const other = { ...AUDITED, resourceId: `${AUDITED.resourceId}2`, name: "CONTOSOMHSM2" };
    expect(cache.resourceOf(NOTHING, other).attributes["service.instance.id"]).toBe("contosomhsm2");
    expect(cache.resourceOf(NOTHING, AUDITED).attributes["service.instance.id"]).toBe(
      "contosomhsm",
    );
  });

  it("forgets the oldest beyond its bound, and none before", () => {
    const cache = createResourceCache({}, 2);
    const of = (tenantId: string): unknown => cache.resourceOf({ ...NOTHING, tenantId }, AUDITED);
    const [a, b] = [of("a"), of("b")];
    expect(of("a")).toBe(a);
    expect(of("b")).toBe(b);
    of("c");
    expect(of("b")).toBe(b);
    expect(of("a")).not.toBe(a);
  });

  it("does not fill up what the record's own id lacks from the folder", () => {
    const cache = createResourceCache({});
    const { attributes } = cache.resourceOf({ ...NOTHING, resourceId: "somewhere" }, AUDITED);
    expect(attributes).toEqual({
      "cloud.provider": "azure",
      "cloud.resource_id": "somewhere",
      "azure.resource.name": "CONTOSOMHSM",
      "service.name": "azure-resource",
      "service.instance.id": "contosomhsm",
    });
  });

  it("names a vault by its id in any case, and carries the operator's own attributes", () => {
    const cache = createResourceCache({ serviceNamespace: "pay", deploymentEnvironmentName: "" });
    const resource = cache.resourceOf({ ...NOTHING, resourceId: VAULT, region: "westus" }, AUDITED);
    expect(resource.schemaUrl).toBe("https://opentelemetry.io/schemas/1.44.0");
    expect(resource.attributes).toEqual({
      "cloud.provider": "azure",
      "cloud.platform": "azure.key_vault",
      "cloud.resource_id": VAULT,
      "cloud.account.id": "361da5d4",
      "cloud.region": "westus",
      "azure.resource_group.name": "g",
      "azure.resource_provider.namespace": "Microsoft.KeyVault",
      "azure.resource.name": "Payroll",
      "azure.resource.type": "vaults",
      "service.name": "azure-key-vault",
      "service.instance.id": "payroll",
      "service.namespace": "pay",
    });
  });
});
