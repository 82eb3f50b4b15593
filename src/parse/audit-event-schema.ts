// SPDX-License-Identifier: Apache-2.0
/**
 * The documented shapes of an AuditEvent as one zod schema: Managed HSM (caller facts at top level,
 * `identity` a JSON string), Key Vault (the same facts in `properties`, `identity` an object),
 * Azure Attestation (`Time`, `uri`). Sources: "Managed HSM logging", "Key Vault logging", "View
 * Attestation logs" and the common schema of Azure Monitor resource logs, all on
 * learn.microsoft.com.
 *
 * It documents, and tests hold fixtures and the mapping table against it. It is not run on the
 * per-record path: see audit-event.ts. Unknown fields are legal everywhere.
 */
import { z } from "zod";

const text = z.string().nullish();
/** `durationMs` is a number from Managed HSM and a string from Key Vault. */
const integer = z.union([z.int(), z.string().regex(/^-?\d+$/)]).nullish();
/** A word, or the number that stands for it. */
const label = z.union([z.string(), z.int()]).nullish();
const flag = z.union([z.boolean(), z.enum(["true", "false"])]).nullish();

/**
 * What Key Vault puts below `properties`; Managed HSM puts only the pool type and the SKU there.
 */
export const propertiesSchema = z.looseObject({
  id: text,
  clientInfo: text,
  requestUri: text,
  httpStatusCode: integer,
  algorithm: text,
  tlsVersion: text,
  subnetId: text,
  vnetId: text,
  privateEndpointId: text,
  trustedService: text,
  hsmPoolResourceId: text,
  isAccessPolicyMatch: flag,
  isAddressAuthorized: flag,
  isRbacAuthorized: flag,
  addrAuthType: text,
  appliedAssignmentId: text,
  PoolType: text,
  sku_Family: text,
  sku_Name: text,
  eventGridEventProperties: z.looseObject({}).nullish(),
});

export const auditEventSchema = z.looseObject({
  time: text,
  Time: text,
  timeStamp: text,
  timestamp: text,
  resourceId: text,
  ResourceId: text,
  tenantId: text,
  TenantId: text,
  location: text,
  Location: text,
  region: text,
  Region: text,
  resourceGroup: text,
  resourceProvider: text,
  resource: text,
  resourceType: text,
  category: text,
  type: text,
  operationName: text,
  operationVersion: text,
  resultType: text,
  resultSignature: label,
  resultDescription: text,
  durationMs: integer,
  callerIpAddress: text,
  correlationId: text,
  level: label,
  Level: label,
  identity: z.union([z.string(), z.looseObject({})]).nullish(),
  clientInfo: text,
  requestUri: text,
  uri: text,
  httpStatusCode: integer,
  subnetId: text,
  PoolName: text,
  properties: z.union([z.string(), propertiesSchema]).nullish(),
});

/** An AuditEvent as the documents describe it; a real one may depart from it in any field. */
export type DocumentedAuditEvent = z.infer<typeof auditEventSchema>;
