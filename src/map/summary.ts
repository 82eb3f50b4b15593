// SPDX-License-Identifier: Apache-2.0
/**
 * The readable body (pure): `BackupCreate 202 Success contosomhsm by admin@contoso.com from
 * 104.40.82.76 488ms`. One line, never empty, because Splunk drops records with an empty body. What
 * the record does not say is left out.
 */
import type { ScalarAttributes } from "./coercions.ts";

/** One line about a mapped record, from its attributes and the name of what logged it. */
export function summaryOf(attributes: Readonly<ScalarAttributes>, resourceName: string): string {
  const caller = attributes["user.name"] ?? attributes["azure.identity.application.id"];
  const address = attributes["client.address"];
  const duration = attributes["azure.operation.duration"];
  const words = [
    attributes["azure.operation.name"] ?? attributes["azure.category"] ?? "event",
    attributes["http.response.status_code"],
    attributes["azure.result.type"],
    resourceName,
    caller === undefined ? undefined : `by ${String(caller)}`,
    address === undefined ? undefined : `from ${String(address)}`,
    duration === undefined ? undefined : `${String(duration)}ms`,
  ];
  const line = words.filter((word) => word !== undefined && word !== "").join(" ");
  return line.replaceAll(/\s+/g, " ");
}
