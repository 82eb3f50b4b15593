// SPDX-License-Identifier: Apache-2.0
/**
 * Writes an occurrence in the shape of a vault's AuditEvent, in the field order of real captures. Pure.
 * Particulars against a Managed HSM's event: `identity` is an object (URL claim names on the ARM plane, short ones on
 * the data plane), `durationMs` is a string, and the request stands in `properties`. Explicit nulls occur.
 */
import type { Occurrence } from "./audited-action.ts";
import { statusPhrase } from "./status-phrase.ts";
import type { SimulatedResource } from "./simulated-resource.ts";

const ARM_API_VERSION = "2023-07-01";

const VAULT_PROPERTIES = {
  sku: { Family: "A", Name: "Standard", Capacity: null },
  networkAcls: null,
  enabledForDeployment: false,
  enabledForDiskEncryption: true,
  enabledForTemplateDeployment: false,
  enableSoftDelete: true,
  softDeleteRetentionInDays: 90,
  enableRbacAuthorization: true,
  enablePurgeProtection: null,
};

/** One line without its newline. `time` is ISO 8601 in UTC; `operationVersion` is the REST version asked for. */
export function renderVaultEvent(
  resource: SimulatedResource,
  occurrence: Occurrence,
  time: string,
  operationVersion: string,
): string {
  const version = occurrence.plane === "arm" ? ARM_API_VERSION : operationVersion;
  const duration =
    occurrence.durationMs === undefined ? "" : `,"durationMs":"${occurrence.durationMs}"`;
  return (
    `{"time":"${time}","category":"AuditEvent","operationName":"${occurrence.operation}",` +
    `"resultType":"${resultType(occurrence)}",${description(occurrence)}` +
    `"correlationId":"${occurrence.correlationId}",${callerFields(occurrence)}` +
    `"properties":{${properties(resource, occurrence, version)}},` +
    `"resourceId":"${resource.resourceId}","operationVersion":"${version}"` +
    `${signature(occurrence)}${duration}}`
  );
}

/** How a failure is spelled is documented nowhere; the challenge is known to say Success beside its 401. */
function resultType(occurrence: Occurrence): string {
  return occurrence.description === undefined ? "Success" : "Failure";
}

function description(occurrence: Occurrence): string {
  if (occurrence.description === undefined) return "";
  return `"resultDescription":${JSON.stringify(occurrence.description)},`;
}

function signature(occurrence: Occurrence): string {
  if (occurrence.operation === "StorageAccountAutoSyncKey") return "";
  return `,"resultSignature":"${statusPhrase(occurrence.status)}"`;
}

function callerFields(occurrence: Occurrence): string {
  const { caller } = occurrence;
  if (caller === undefined) return "";
  const address = `"callerIpAddress":"${caller.ipAddress}",`;
  // A challenged request brought no token, so nobody knows yet who it is.
  if (occurrence.plane === "challenge") return address;
  const claims = occurrence.plane === "arm" ? caller.armIdentityJson : caller.dataPlaneIdentityJson;
  return `${address}"identity":${claims},`;
}

function properties(resource: SimulatedResource, occurrence: Occurrence, version: string): string {
  switch (occurrence.plane) {
    case "arm":
      return armProperties(resource, occurrence, version);
    case "service":
      return serviceProperties(resource, occurrence);
    case "data":
    case "challenge":
      return dataPlaneProperties(resource, occurrence, version);
  }
}

function dataPlaneProperties(
  resource: SimulatedResource,
  occurrence: Occurrence,
  version: string,
): string {
  const { object, caller } = occurrence;
  const id = object === undefined ? "" : `"id":"${resource.baseUrl}${object.versionPath}",`;
  const access =
    occurrence.plane === "challenge"
      ? ""
      : `"isRbacAuthorized":${occurrence.status !== 403},"isAddressAuthorized":true,` +
        '"appliedAssignmentId":"0c8f5c1a-7d5b-4e0e-9f6a-2b1d3c4e5f60",';
  const key =
    object?.collection === "keys" && occurrence.path.endsWith("crypt")
      ? '"algorithm":"RSA-OAEP-256","keyProperties":{"type":"RSA","size":3072,' +
        '"attributes":{"enabled":true,"hsmPlatform":"0"}},'
      : "";
  return (
    `"clientInfo":${caller?.clientInfoJson ?? '""'},` +
    `"requestUri":"${resource.baseUrl}${occurrence.path}?api-version=${version}",` +
    `"httpStatusCode":${occurrence.status},${id}${access}${key}"tlsVersion":"TLS1_3"`
  );
}

function armProperties(
  resource: SimulatedResource,
  occurrence: Occurrence,
  version: string,
): string {
  const path =
    `/subscriptions/${resource.subscriptionId}/resourcegroups/${resource.resourceGroup.toLowerCase()}` +
    `/providers/Microsoft.KeyVault/vaults/${resource.name.toLowerCase()}`;
  const patch =
    occurrence.operation === "VaultPatch" ? '"addedIpRule":{"Value":"203.0.113.7"},' : "";
  const nested = JSON.stringify({ ...VAULT_PROPERTIES, tenantId: resource.tenantId });
  return (
    `"clientInfo":${occurrence.caller?.clientInfoJson ?? '""'},` +
    `"requestUri":"https://management.azure.com${path}?api-version=${version}",` +
    `"httpStatusCode":${occurrence.status},"id":"${resource.baseUrl}/",` +
    `${patch}"isAccessPolicyMatch":true,"properties":${nested}`
  );
}

function serviceProperties(resource: SimulatedResource, occurrence: Occurrence): string {
  const { object, operation } = occurrence;
  const id = `${resource.baseUrl}${object?.versionPath ?? "/"}`;
  const status = `"id":"${id}","httpStatusCode":${occurrence.status}`;
  if (object === undefined || !operation.endsWith("EventGridNotification")) return status;
  const data = JSON.stringify({
    subject: object.name,
    data: { Id: id, VaultName: resource.name, ObjectName: object.name, EXP: 1_799_971_200 },
  });
  return `${status},"eventGridEventProperties":${data}`;
}
