// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { hourOfBlob, parseResource } from "../../../src/discover/blob-path.ts";
import { hourBlobName, resourcePrefix } from "../../../src/simulate/blob-layout.ts";
import { simulatedResources } from "../../../src/simulate/simulated-resource.ts";

const ID =
  "/subscriptions/A1/resourceGroups/Rg/providers/Microsoft.KeyVault/managedHSMs/ContosoMHSM";
const HALF_PAST = Date.UTC(2026, 0, 5, 7, 31, 59, 999);

describe("blob layout", () => {
  it("names the blob of a Managed HSM's hour as the service does", () => {
    expect(hourBlobName(ID, HALF_PAST)).toBe(
      "resourceId=/SUBSCRIPTIONS/A1/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/" +
        "CONTOSOMHSM/y=2026/m=01/d=05/h=07/m=00/PT1H.json",
    );
  });

  it("spells the path in the other ways that services have", () => {
    expect(hourBlobName(ID, HALF_PAST, "lower")).toMatch(
      /^resourceId=\/subscriptions\/a1\/.*\/y=2026\/m=01/,
    );
    expect(hourBlobName(ID, HALF_PAST, "mixed")).toMatch(
      /^ResourceId=\/subscriptions\/A1\/.*ContosoMHSM\/y=2026/,
    );
  });

  it("begins a new blob at the full hour, and not a millisecond earlier", () => {
    const turn = Date.UTC(2026, 11, 31, 23) + 3_600_000;
    expect(hourBlobName(ID, turn - 1)).toContain("/y=2026/m=12/d=31/h=23/");
    expect(hourBlobName(ID, turn)).toContain("/y=2027/m=01/d=01/h=00/");
  });

  it("agrees with the connector's own reading of names", () => {
    for (const resource of simulatedResources(2, 2)) {
      const name = hourBlobName(resource.resourceId, HALF_PAST);
      expect(hourOfBlob(name)).toBe(Date.UTC(2026, 0, 5, 7));
      const read = parseResource(resourcePrefix(resource.resourceId));
      expect(read.resourceId).toBe(resource.resourceId);
      expect(read.name).toBe(resource.name.toUpperCase());
    }
  });
});
