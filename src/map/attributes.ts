// SPDX-License-Identifier: Apache-2.0
/**
 * The mapping as one table: from the fields of an AuditEvent, in any of its shapes, to
 * OpenTelemetry attributes. It drives the mapping and its documentation; a name that is not here is
 * emitted nowhere, but for `azure.properties.<name>`.
 *
 * A source is a top-level field (`durationMs`), a field of `properties` (`properties.id`), or a
 * claim of the caller's identity in any of its spellings (`claim.oid`, see identity.ts). Of several
 * sources the first that says something wins. Preference of names: OpenTelemetry semantic
 * conventions, then the collector-contrib project, then our own `azure.*`.
 */
import { ConnectorError } from "../errors.ts";
import type { CoercionName } from "./coercions.ts";

/**
 * stable/development: semantic conventions 1.44; contrib: opentelemetry-collector-contrib; own:
 * ours.
 */
export type AttributeStatus = "stable" | "development" | "contrib" | "own";

/** Steps of the mapping that make more of their sources than a change of type. */
export type DerivationName =
  | "unreadable time"
  | "failure"
  | "address"
  | "port"
  | "url"
  | "object"
  | "position"
  | "constant"
  | "configuration"
  | "resource id"
  | "resource field";

/** One attribute: where it comes from, and what it is. */
export interface AttributeRule {
  readonly attribute: string;
  readonly sources: readonly string[];
  readonly how: CoercionName | DerivationName;
  readonly status: AttributeStatus;
  readonly example: string;
}

type Row = readonly [
  attribute: string,
  sources: string,
  how: CoercionName | DerivationName,
  status: AttributeStatus,
  example: string,
];

const IDENTITY = "claim.http://schemas.microsoft.com/identity/claims";
const XMLSOAP = "claim.http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
const AUTHN = "claim.http://schemas.microsoft.com/claims/authnmethodsreferences";
const USER_NAME =
  `claim.upn ${XMLSOAP}/upn claim.unique_name ${XMLSOAP}/name ` +
  "claim.name claim.callerAadUPN identity";
const URI = "requestUri properties.requestUri uri";
const STATUS = "httpStatusCode properties.httpStatusCode";
const ID = "properties.id";

const OPERATION_ROWS: readonly Row[] = [
  ["azure.time.original", "time Time timeStamp timestamp", "unreadable time", "own", "soon"],
  ["azure.category", "category type", "text", "contrib", "AuditEvent"],
  ["azure.level", "level Level", "label", "own", "Informational"],
  ["azure.operation.name", "operationName", "text", "contrib", "BackupCreate"],
  ["azure.operation.version", "operationVersion", "text", "contrib", "7.0"],
  ["azure.operation.duration", "durationMs", "integer", "contrib", "488"],
  ["azure.result.type", "resultType", "text", "contrib", "Success"],
  ["azure.result.signature", "resultSignature", "label", "contrib", "Forbidden"],
  ["azure.result.description", "resultDescription", "text", "contrib", "Not authorized"],
  ["azure.correlation_id", "correlationId", "text", "contrib", "8806614c-ebc3-11ea-9e9b"],
  ["http.response.status_code", STATUS, "integer", "stable", "202"],
  ["error.type", `${STATUS} resultSignature resultType`, "failure", "stable", "403"],
];

const CALLER_ROWS: readonly Row[] = [
  ["client.address", "callerIpAddress", "address", "stable", "104.40.82.76"],
  ["client.port", "callerIpAddress", "port", "stable", "49152"],
  [
    "user.id",
    `claim.oid ${IDENTITY}/objectidentifier claim.callerAadObjectId`,
    "text",
    "development",
    "b1c52bf0-1c2d-4f3e-8a4b-5c6d7e8f9a0b",
  ],
  ["user.name", USER_NAME, "text", "development", "admin@contoso.com"],
  ["user.email", `claim.email ${XMLSOAP}/emailaddress`, "text", "development", "a@contoso.com"],
  ["azure.identity.application.id", "claim.appid", "text", "contrib", "04b07795-8ddb-461a"],
  [
    "azure.identity.application.name",
    "claim.appid_display_name claim.app_displayname",
    "text",
    "own",
    "backup-job",
  ],
  [
    "azure.identity.managed_identity.resource_id",
    "claim.xms_mirid claim.xms_az_rid",
    "text",
    "own",
    "/subscriptions/…/userAssignedIdentities/backup",
  ],
  ["azure.identity.scope", `claim.scp ${IDENTITY}/scope`, "words", "contrib", "user_impersonation"],
  ["azure.identity.type", "claim.idtyp", "text", "contrib", "app"],
  ["azure.identity.auth.methods.references", `claim.amr ${AUTHN}`, "words", "contrib", "pwd"],
  ["azure.identity.issuer", "claim.iss", "text", "contrib", "https://sts.windows.net/…/"],
  ["user_agent.original", "clientInfo properties.clientInfo", "text", "stable", "azsdk-python/1.7"],
];

const REQUEST_ROWS: readonly Row[] = [
  ["url.full", URI, "url", "stable", "https://contosomhsm.managedhsm.azure.net/backup"],
  ["url.original", URI, "url", "development", "/backup"],
  ["url.path", URI, "url", "stable", "/backup"],
  ["url.query", URI, "url", "stable", "api-version=7.4"],
  ["server.address", URI, "url", "stable", "contosomhsm.managedhsm.azure.net"],
  [
    "azure.keyvault.object.id",
    `${ID} ${URI}`,
    "object",
    "own",
    "https://contoso.vault.azure.net/keys/k/4e5f",
  ],
  ["azure.keyvault.object.type", `${ID} ${URI}`, "object", "own", "key"],
  ["azure.keyvault.object.name", `${ID} ${URI}`, "object", "own", "payroll"],
  ["azure.keyvault.object.version", `${ID} ${URI}`, "object", "own", "4e5f60718293a4b5"],
];

/**
 * Columns of the AZKVAuditLogs table, in the spelling of the blobs, and of the table where that
 * differs.
 */
const KEY_VAULT_ROWS: readonly Row[] = [
  ["azure.keyvault.subnet.id", "subnetId properties.subnetId", "text", "own", "/subscriptions/…"],
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
  ["azure.keyvault.vnet_id", "properties.vnetId", "text", "own", "/subscriptions/…"],
  ["azure.keyvault.private_endpoint_id", "properties.privateEndpointId", "text", "own", "/…"],
  ["azure.keyvault.hsm_pool_resource_id", "properties.hsmPoolResourceId", "text", "own", "/…"],
];

const POSITION_ROWS: readonly Row[] = [
  ["log.file.path", "", "position", "development", "insights-logs-auditevent/resourceId=/…"],
  ["log.record.uid", "", "position", "development", "9f86d081884c7d650000000000000000"],
];

const RESOURCE_ROWS: readonly Row[] = [
  ["cloud.provider", "", "constant", "development", "azure"],
  ["cloud.platform", "resourceId", "resource id", "own", "azure.managed_hsm"],
  [
    "cloud.resource_id",
    "resourceId ResourceId",
    "resource field",
    "development",
    "/SUBSCRIPTIONS/…",
  ],
  ["cloud.account.id", "resourceId", "resource id", "development", "a1ba9aaa-1b2c-4d3e-8f4a"],
  ["cloud.region", "location Location region Region", "resource field", "development", "westus"],
  ["azure.resource_group.name", "resourceGroup", "resource field", "development", "ContosoGroup"],
  [
    "azure.resource_provider.namespace",
    "resourceProvider",
    "resource field",
    "development",
    "Microsoft.KeyVault",
  ],
  ["azure.tenant.id", "TenantId tenantId", "resource field", "contrib", "766eaf62-1a2b-4c3d"],
  ["azure.resource.name", "resource", "resource field", "own", "ContosoMHSM"],
  ["azure.resource.type", "resourceType", "resource field", "own", "managedHSMs"],
  ["service.name", "resourceId", "resource id", "stable", "azure-managed-hsm"],
  ["service.instance.id", "resourceId", "resource id", "stable", "contosomhsm"],
  ["service.namespace", "", "configuration", "stable", "payments"],
  ["deployment.environment.name", "", "configuration", "stable", "production"],
];

/** Attributes of each log record, in the order in which they are written. */
export const RECORD_ATTRIBUTES: readonly AttributeRule[] = [
  ...OPERATION_ROWS,
  ...CALLER_ROWS,
  ...REQUEST_ROWS,
  ...KEY_VAULT_ROWS,
  ...POSITION_ROWS,
].map(toRule);

/**
 * Attributes of the OTel Resource. A field that the record lacks is read out of the resource id.
 */
export const RESOURCE_ATTRIBUTES: readonly AttributeRule[] = RESOURCE_ROWS.map(toRule);

/** Where fields without a rule go: `azure.properties.<name>`, `azure.properties.<name>.<name>`. */
export const OTHER_FIELDS_PREFIX = "azure.properties";

/** The sources of one attribute; throws when the table has no such row, which is a bug. */
export function sourcesOf(rules: readonly AttributeRule[], attribute: string): readonly string[] {
  const rule = rules.find((candidate) => candidate.attribute === attribute);
  if (rule === undefined) throw new ConnectorError("INTERNAL", `no mapping rule for ${attribute}`);
  return rule.sources;
}

function toRule([attribute, sources, how, status, example]: Row): AttributeRule {
  return { attribute, sources: sources.split(" ").filter(Boolean), how, status, example };
}
