// SPDX-License-Identifier: Apache-2.0
/**
 * Writes an occurrence in the shape of a Managed HSM's AuditEvent: the one published example, field for field. Pure.
 * Particulars against a vault's event: `identity` is a string that holds JSON, `durationMs` is a number, and
 * `clientInfo`, `requestUri`, `httpStatusCode` stand at the top. The line is glued from pieces, not stringified from
 * an object: this function also feeds the benchmark.
 */
import type { Occurrence } from "./audited-action.ts";
import { statusPhrase } from "./status-phrase.ts";
import type { SimulatedResource } from "./simulated-resource.ts";

/** One line without its newline. `time` is ISO 8601 in UTC; `operationVersion` is the REST version asked for. */
export function renderManagedHsmEvent(
  resource: SimulatedResource,
  occurrence: Occurrence,
  time: string,
  operationVersion: string,
): string {
  const { caller, durationMs } = occurrence;
  const duration = durationMs === undefined ? "" : `"durationMs":${durationMs},`;
  const callerFields =
    caller === undefined
      ? ""
      : `"callerIpAddress":"${caller.ipAddress}","identity":${caller.hsmIdentityJson},` +
        `"clientInfo":${caller.clientInfoJson},`;
  return (
    `{"TenantId":"${resource.tenantId}","time":"${time}","resourceId":"${resource.resourceId}",` +
    `"operationName":"${occurrence.operation}","operationVersion":"${operationVersion}",` +
    `"category":"AuditEvent",${resultFields(occurrence)}` +
    '"properties":{"PoolType":"M-HSM","sku_Family":"B","sku_Name":"Standard_B1"},' +
    `${duration}${callerFields}"correlationId":"${occurrence.correlationId}",` +
    `"subnetId":"(unknown)","httpStatusCode":${occurrence.status},` +
    `"PoolName":"${resource.poolName}","requestUri":"${resource.baseUrl}${occurrence.path}",` +
    `"resourceGroup":"${resource.resourceGroup}","resourceProvider":"MICROSOFT.KEYVAULT",` +
    `"resource":"${resource.name}","resourceType":"managedHSMs"}`
  );
}

/** The published success carries neither signature nor description; the vendor's queries read both on failures. */
function resultFields(occurrence: Occurrence): string {
  if (occurrence.description === undefined) return '"resultType":"Success",';
  return (
    `"resultType":"Failure","resultSignature":"${statusPhrase(occurrence.status)}",` +
    `"resultDescription":${JSON.stringify(occurrence.description)},`
  );
}
