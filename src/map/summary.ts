// SPDX-License-Identifier: Apache-2.0
/**
 * The readable body (pure): `BackupCreate 202 Success contosomhsm by admin@contoso.com from
 * 104.40.82.76 488ms`. One line, never empty, because Splunk drops records with an empty body. What
 * the record does not say is left out.
 */
import type { AttributeSink } from "./attribute-sink.ts";

/** One line about a mapped record, from its attributes and the name of what logged it. What the operator leaves out of the attributes is left out here, too. */
export function summaryOf(attributes: Pick<AttributeSink, "get">, resourceName: string): string {
  const caller = attributes.get("user.name") ?? attributes.get("azure.identity.application.id");
  const address = attributes.get("client.address");
  const duration = attributes.get("azure.operation.duration");
  const words = [
    attributes.get("azure.operation.name") ?? attributes.get("azure.category") ?? "event",
    attributes.get("http.response.status_code"),
    attributes.get("azure.result.type"),
    resourceName,
    caller === undefined ? undefined : `by ${String(caller)}`,
    address === undefined ? undefined : `from ${String(address)}`,
    duration === undefined ? undefined : `${String(duration)}ms`,
  ];
  const line = words.filter((word) => word !== undefined && word !== "").join(" ");
  return line.replaceAll(/\s+/g, " ");
}
