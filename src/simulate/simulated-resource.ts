// SPDX-License-Identifier: Apache-2.0
/**
 * The Managed HSMs and vaults that the simulator plays. Pure. Names and ids depend on the number alone, not on the
 * seed: a second run goes on in the same folders, as a real service does.
 */

export type ResourceKind = "managed-hsm" | "vault";

export interface SimulatedResource {
  readonly kind: ResourceKind;
  /** As its owner spells it: `ContosoMHSM01`. */
  readonly name: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** ARM id in upper case, as the service writes it. */
  readonly resourceId: string;
  /** `https://contosomhsm01.managedhsm.azure.net`, no final slash. */
  readonly baseUrl: string;
  /** The HSM pool's own name, which need not be the resource's name. */
  readonly poolName: string;
}

const TENANT_ID = "766eaf62-7b1f-4c0a-9e2d-3f1c5d8a9b10";
const SUBSCRIPTION_ID = "a1ba9aaa-3f5e-4d6c-8b7a-9c0d1e2f3a4b";

/** `hsms` Managed HSMs, then `vaults` vaults. */
export function simulatedResources(hsms: number, vaults: number): SimulatedResource[] {
  return [
    ...Array.from({ length: hsms }, (_, index) => managedHsm(index + 1)),
    ...Array.from({ length: vaults }, (_, index) => vault(index + 1)),
  ];
}

function managedHsm(number: number): SimulatedResource {
  const name = `ContosoMHSM${twoDigits(number)}`;
  return {
    kind: "managed-hsm",
    name,
    ...ownership("ContosoHsmResourceGroup", `MANAGEDHSMS/${name}`),
    baseUrl: `https://${name.toLowerCase()}.managedhsm.azure.net`,
    poolName: `mhsm${twoDigits(number)}pool`,
  };
}

function vault(number: number): SimulatedResource {
  const name = `ContosoKeyVault${twoDigits(number)}`;
  return {
    kind: "vault",
    name,
    ...ownership("ContosoResourceGroup", `VAULTS/${name}`),
    baseUrl: `https://${name.toLowerCase()}.vault.azure.net`,
    poolName: "",
  };
}

function ownership(
  resourceGroup: string,
  typeAndName: string,
): Pick<SimulatedResource, "tenantId" | "subscriptionId" | "resourceGroup" | "resourceId"> {
  const id =
    `/SUBSCRIPTIONS/${SUBSCRIPTION_ID}/RESOURCEGROUPS/${resourceGroup}` +
    `/PROVIDERS/MICROSOFT.KEYVAULT/${typeAndName}`;
  return {
    tenantId: TENANT_ID,
    subscriptionId: SUBSCRIPTION_ID,
    resourceGroup,
    resourceId: id.toUpperCase(),
  };
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
