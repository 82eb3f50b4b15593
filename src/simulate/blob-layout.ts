// SPDX-License-Identifier: Apache-2.0
/**
 * Where a diagnostic setting writes: the hour blob's name for a resource and an instant of receipt. Pure.
 * Layout: https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs (read 2026-11).
 */

/** The container of the category AuditEvent, shared by all services that have one. */
export const AUDIT_EVENT_CONTAINER = "insights-logs-auditevent";

export const HOUR_MS = 3_600_000;

/**
 * How the path is spelled. Key Vault writes `upper`: `resourceId=/SUBSCRIPTIONS/…`. Other services of the same
 * container write `lower` ids, and `mixed` (`ResourceId=`) has been seen too; readers must take all of them.
 */
export type PathSpelling = "upper" | "lower" | "mixed";

/** Folder of a resource with the final slash: `resourceId=/SUBSCRIPTIONS/…/MANAGEDHSMS/NAME/`. */
export function resourcePrefix(resourceId: string, spelling: PathSpelling = "upper"): string {
  switch (spelling) {
    case "upper":
      return `resourceId=${resourceId.toUpperCase()}/`;
    case "lower":
      return `resourceId=${resourceId.toLowerCase()}/`;
    case "mixed":
      return `ResourceId=${resourceId}/`;
  }
}

/** Name of the blob that takes what is received at `receivedAtMs` (UTC). The minute is always `m=00`. */
export function hourBlobName(
  resourceId: string,
  receivedAtMs: number,
  spelling: PathSpelling = "upper",
): string {
  const [year = "", month = "", rest = ""] = new Date(receivedAtMs).toISOString().split("-");
  const [day, hour] = [rest.slice(0, 2), rest.slice(3, 5)];
  const folder = `y=${year}/m=${month}/d=${day}/h=${hour}/m=00`;
  return `${resourcePrefix(resourceId, spelling)}${folder}/PT1H.json`;
}
