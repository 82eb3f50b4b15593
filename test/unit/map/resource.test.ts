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

describe("the cache of Resources", () => {
  it("gives the same object for equal facts, also after others", () => {
    const cache = createResourceCache({ defaults: {} });
    const first = cache.describe({ ...NOTHING }, AUDITED).resource;
    expect(cache.describe({ ...NOTHING }, { ...AUDITED }).resource).toBe(first);
    const other = cache.describe({ ...NOTHING, tenantId: "t" }, AUDITED).resource;
    expect(other).not.toBe(first);
    expect(cache.describe({ ...NOTHING }, AUDITED).resource).toBe(first);
    expect(cache.describe({ ...NOTHING, tenantId: "t" }, AUDITED).resource).toBe(other);
  });

  it.each(Object.keys(NOTHING))("tells resources apart by %s", (fact) => {
    const cache = createResourceCache({ defaults: {} });
    const plain = cache.describe(NOTHING, AUDITED).resource;
    expect(cache.describe({ ...NOTHING, [fact]: "x" }, AUDITED).resource).not.toBe(plain);
  });

  it("tells resources apart by the folder where the record names none", () => {
    const cache = createResourceCache({ defaults: {} });
    const other = { ...AUDITED, resourceId: `${AUDITED.resourceId}2`, name: "CONTOSOMHSM2" };
    expect(cache.describe(NOTHING, other).resource.attributes["service.instance.id"]).toBe(
      "contosomhsm2",
    );
    expect(cache.describe(NOTHING, AUDITED).resource.attributes["service.instance.id"]).toBe(
      "contosomhsm",
    );
  });

  it("forgets the oldest beyond its bound, and none before", () => {
    const cache = createResourceCache({ defaults: {}, maxEntries: 2 });
    const of = (tenantId: string): unknown =>
      cache.describe({ ...NOTHING, tenantId }, AUDITED).resource;
    const [a, b] = [of("a"), of("b")];
    expect(of("a")).toBe(a);
    expect(of("b")).toBe(b);
    of("c");
    expect(of("b")).toBe(b);
    expect(of("a")).not.toBe(a);
  });

  it("does not fill up what the record's own id lacks from the folder", () => {
    const cache = createResourceCache({ defaults: {} });
    const { attributes } = cache.describe(
      { ...NOTHING, resourceId: "somewhere" },
      AUDITED,
    ).resource;
    expect(attributes).toEqual({
      "cloud.provider": "azure",
      "cloud.resource_id": "somewhere",
      "azure.resource.name": "CONTOSOMHSM",
      "service.name": "azure-resource",
      "service.instance.id": "contosomhsm",
    });
  });

  it("names a vault by its id in any case, and carries the operator's own attributes", () => {
    const cache = createResourceCache({
      defaults: { serviceNamespace: "pay", deploymentEnvironmentName: "" },
    });
    const resource = cache.describe(
      { ...NOTHING, resourceId: VAULT, region: "westus" },
      AUDITED,
    ).resource;
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

  it.each([
    ["Microsoft.KeyVault/managedHSMs", "key-vault", "azure-managed-hsm"],
    ["MICROSOFT.KEYVAULT/VAULTS", "key-vault", "azure-key-vault"],
    ["Microsoft.Attestation/attestationProviders", "other", "azure-attestation"],
    ["Microsoft.RecoveryServices/vaults", "other", "azure-resource"],
    ["Microsoft.ApiManagement/service", "other", "azure-resource"],
  ])("knows whose operations %s logs", (kind, owner, service) => {
    const cache = createResourceCache({ defaults: {} });
    const resourceId = `/subscriptions/361DA5D4/resourceGroups/g/providers/${kind}/X`;
    const described = cache.describe({ ...NOTHING, resourceId }, AUDITED);
    expect(described).toMatchObject({ owner, instance: "x" });
    expect(described.resource.attributes["service.name"]).toBe(service);
  });

  it("knows nobody where neither the record nor the folder names a resource", () => {
    const nowhere = {
      ...AUDITED,
      resourceId: "",
      subscriptionId: undefined,
      resourceGroup: undefined,
      provider: undefined,
      type: undefined,
    };
    const cache = createResourceCache({ defaults: {} });
    expect(cache.describe(NOTHING, nowhere).owner).toBe("unknown");
    expect(cache.describe({ ...NOTHING, type: "managedHSMs" }, nowhere).owner).toBe("key-vault");
  });

  it("reads an id by its turns of names and values: a group may be called providers", () => {
    const resourceId =
      "/subscriptions/S/resourceGroups/PROVIDERS/providers/Microsoft.KeyVault/vaults/V";
    const cache = createResourceCache({ defaults: {} });
    const { owner, resource } = cache.describe({ ...NOTHING, resourceId }, AUDITED);
    expect(owner).toBe("key-vault");
    expect(resource.attributes).toMatchObject({
      "azure.resource_group.name": "PROVIDERS",
      "service.instance.id": "v",
    });
  });

  it("lets an id say whose operations they are, whatever a field says", () => {
    const resourceId = "/subscriptions/S/resourceGroups/G/providers/Microsoft.KeyVault/vaults/V";
    const cache = createResourceCache({ defaults: {} });
    const facts = { ...NOTHING, resourceId, provider: "Azure Key Vault" };
    expect(cache.describe(facts, AUDITED).owner).toBe("key-vault");
  });
});
