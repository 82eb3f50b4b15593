// SPDX-License-Identifier: Apache-2.0
/**
 * Rows of the mapping table for what only Key Vault and Managed HSM log (attributes.ts says how to
 * read a row).
 */
import type { AttributeRow } from "./attribute-rule.ts";

/** Parts of examples. */
const GROUP = "/subscriptions/a1ba9aaa-1b2c-4d3e-8f4a-5b6c7d8e9f0a/resourceGroups/ContosoGroup";
const NETWORK = `${GROUP}/providers/Microsoft.Network`;

/**
 * Columns of the AZKVAuditLogs table, in the spelling of the blobs, and of the table where that
 * differs.
 */
export const KEY_VAULT_ROWS: readonly AttributeRow[] = [
  [
    "azure.keyvault.subnet.id",
    "subnetId properties.subnetId",
    "text",
    "own",
    `${NETWORK}/virtualNetworks/hub/subnets/apps`,
  ],
  ["azure.keyvault.pool.name", "PoolName", "text", "own", "mhsmdemo"],
  ["azure.keyvault.pool.type", "properties.PoolType", "text", "own", "M-HSM"],
  ["azure.keyvault.sku.family", "properties.sku_Family", "text", "own", "B"],
  ["azure.keyvault.sku.name", "properties.sku_Name", "text", "own", "Standard_B1"],
  ["tls.protocol.version", "properties.tlsVersion", "tlsVersion", "development", "1.3"],
  ["azure.keyvault.algorithm", "properties.algorithm", "text", "own", "RSA-OAEP-256"],
  [
    "azure.keyvault.is_address_authorized",
    "properties.isAddressAuthorized properties.IsAddressAuthorized",
    "flag",
    "own",
    "true",
  ],
  ["azure.keyvault.is_rbac_authorized", "properties.isRbacAuthorized", "flag", "own", "true"],
  [
    "azure.keyvault.is_access_policy_match",
    "properties.isAccessPolicyMatch",
    "flag",
    "own",
    "false",
  ],
  [
    "azure.keyvault.addr_auth_type",
    "properties.addrAuthType properties.AddressAuthorizationType",
    "text",
    "own",
    "PublicIP",
  ],
  [
    "azure.keyvault.applied_assignment_id",
    "properties.appliedAssignmentId",
    "text",
    "own",
    "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
  ],
  ["azure.keyvault.trusted_service", "properties.trustedService", "text", "own", "AzureBackup"],
  ["azure.keyvault.vnet_id", "properties.vnetId", "text", "own", `${NETWORK}/virtualNetworks/hub`],
  [
    "azure.keyvault.private_endpoint_id",
    "properties.privateEndpointId",
    "text",
    "own",
    `${NETWORK}/privateEndpoints/hsm`,
  ],
  [
    "azure.keyvault.hsm_pool_resource_id",
    "properties.hsmPoolResourceId",
    "text",
    "own",
    `${GROUP}/providers/Microsoft.KeyVault/managedHSMs/ContosoMHSM`,
  ],
];
