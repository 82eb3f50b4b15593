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
import { toRule, type AttributeRow, type AttributeRule } from "./attribute-rule.ts";
import { KEY_VAULT_ROWS } from "./key-vault-attributes.ts";

const IDENTITY = "claim.http://schemas.microsoft.com/identity/claims";
const XMLSOAP = "claim.http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
const AUTHN = "claim.http://schemas.microsoft.com/claims/authnmethodsreferences";
const USER_NAME =
  `claim.upn ${XMLSOAP}/upn claim.unique_name ${XMLSOAP}/name ` + "claim.callerAadUPN identity";
const URI = "requestUri properties.requestUri uri";
const STATUS = "httpStatusCode properties.httpStatusCode";
const ID = "properties.id";
const OBJECT = `${ID} ${URI} properties.eventGridEventProperties`;
const OPERATION = `operationName ${URI} ${STATUS}`;

/** Parts of examples. */
const GROUP = "/subscriptions/a1ba9aaa-1b2c-4d3e-8f4a-5b6c7d8e9f0a/resourceGroups/ContosoGroup";
const HSM_ID = `${GROUP}/providers/Microsoft.KeyVault/managedHSMs/ContosoMHSM`.toUpperCase();
const VERSION = "4e5f60718293a4b5c6d7e8f90a1b2c3d";

const OPERATION_ROWS: readonly AttributeRow[] = [
  [
    "azure.time.original",
    "time Time timeStamp timestamp",
    "unreadable time",
    "own",
    "2026-02-30T09:26:53Z",
  ],
  ["azure.category", "category type", "text", "contrib", "AuditEvent"],
  ["azure.level", "level Level", "label", "own", "Informational"],
  ["azure.operation.name", "operationName", "text", "contrib", "BackupCreate"],
  ["azure.operation.version", "operationVersion", "text", "contrib", "7.0"],
  ["azure.operation.duration", "durationMs", "integer", "contrib", "488"],
  ["azure.result.type", "resultType", "text", "contrib", "Success"],
  ["azure.result.signature", "resultSignature", "label", "contrib", "Forbidden"],
  ["azure.result.description", "resultDescription", "message", "contrib", "Not authorized"],
  [
    "azure.correlation_id",
    "correlationId",
    "text",
    "contrib",
    "8806614c-ebc3-11ea-9e9b-00155db778ad",
  ],
  ["http.response.status_code", STATUS, "httpStatus", "stable", "202"],
  ["error.type", `${STATUS} resultSignature resultType`, "failure", "stable", "403"],
  ["azure.keyvault.operation.family", `operationName ${URI}`, "operation", "own", "key"],
  ["azure.keyvault.operation.action", OPERATION, "operation", "own", "delete"],
  ["azure.keyvault.outcome", `${STATUS} resultType resultSignature`, "outcome", "own", "denied"],
];

const CALLER_ROWS: readonly AttributeRow[] = [
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
  ["user.full_name", "claim.name", "text", "development", "Ann Other"],
  ["user.email", `claim.email ${XMLSOAP}/emailaddress`, "text", "development", "a@contoso.com"],
  [
    "azure.identity.application.id",
    "claim.appid",
    "text",
    "contrib",
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
  ],
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
    `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/backup-job`,
  ],
  ["azure.identity.scope", `claim.scp ${IDENTITY}/scope`, "words", "contrib", "user_impersonation"],
  ["azure.identity.type", "claim.idtyp", "text", "contrib", "app"],
  ["azure.identity.auth.methods.references", `claim.amr ${AUTHN}`, "words", "contrib", "pwd"],
  [
    "azure.identity.issuer",
    "claim.iss",
    "text",
    "contrib",
    "https://sts.windows.net/766eaf62-1a2b-4c3d-8e4f-5a6b7c8d9e0f/",
  ],
  [
    "user_agent.original",
    "clientInfo properties.clientInfo",
    "text",
    "stable",
    "azsdk-python-core/1.7.0",
  ],
];

const REQUEST_ROWS: readonly AttributeRow[] = [
  ["url.full", URI, "url", "stable", "https://contosomhsm.managedhsm.azure.net/backup"],
  ["url.original", URI, "url", "development", "/backup"],
  ["url.path", URI, "url", "stable", "/backup"],
  ["url.query", URI, "url", "stable", "api-version=7.4"],
  ["server.address", URI, "url", "stable", "contosomhsm.managedhsm.azure.net"],
  [
    "azure.keyvault.object.id",
    OBJECT,
    "object",
    "own",
    `https://contoso.vault.azure.net/keys/payroll/${VERSION}`,
  ],
  ["azure.keyvault.object.type", OBJECT, "object", "own", "key"],
  ["azure.keyvault.object.name", OBJECT, "object", "own", "payroll"],
  ["azure.keyvault.object.version", OBJECT, "object", "own", VERSION],
];

const POSITION_ROWS: readonly AttributeRow[] = [
  [
    "log.file.path",
    "",
    "position",
    "development",
    `insights-logs-auditevent/resourceId=${HSM_ID}/y=2026/m=03/d=14/h=09/m=00/PT1H.json`,
  ],
  ["log.record.uid", "", "position", "development", "9f86d081884c7d650000000000000000"],
];

const RESOURCE_ROWS: readonly AttributeRow[] = [
  ["cloud.provider", "", "constant", "development", "azure"],
  ["cloud.platform", "resourceId resourceType", "resource id", "development", "azure.managed_hsm"],
  ["cloud.resource_id", "resourceId ResourceId", "resource field", "development", HSM_ID],
  [
    "cloud.account.id",
    "resourceId",
    "resource id",
    "development",
    "a1ba9aaa-1b2c-4d3e-8f4a-5b6c7d8e9f0a",
  ],
  ["cloud.region", "location Location region Region", "resource field", "development", "westus"],
  ["azure.resource_group.name", "resourceGroup", "resource field", "development", "ContosoGroup"],
  [
    "azure.resource_provider.namespace",
    "resourceProvider",
    "resource field",
    "development",
    "Microsoft.KeyVault",
  ],
  [
    "azure.tenant.id",
    "TenantId tenantId",
    "resource field",
    "contrib",
    "766eaf62-1a2b-4c3d-8e4f-5a6b7c8d9e0f",
  ],
  ["azure.resource.name", "resource", "resource field", "own", "ContosoMHSM"],
  ["azure.resource.type", "resourceType", "resource field", "own", "managedHSMs"],
  ["service.name", "resourceId resourceType", "resource id", "stable", "azure-managed-hsm"],
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
