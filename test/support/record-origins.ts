// SPDX-License-Identifier: Apache-2.0
/**
 * Where test records come from: the hour blob of a Managed HSM, and the records of a fixture file.
 */
import { readFileSync } from "node:fs";
import type { RecordOrigin } from "../../src/model.ts";

const RESOURCE_ID =
  "/SUBSCRIPTIONS/A1BA9AAA-1B2C-4D3E-8F4A-5B6C7D8E9F0A/RESOURCEGROUPS/CONTOSORESOURCEGROUP" +
  "/PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/CONTOSOMHSM";

/** 2026-03-14T09:00:00Z */
export const HOUR_MS = 1_773_478_800_000;

/**
 * The origin of a Managed HSM's records, without a read time, so that a mapping of it is
 * repeatable.
 */
export const HSM_ORIGIN: RecordOrigin = {
  resource: {
    prefix: `resourceId=${RESOURCE_ID}/`,
    resourceId: RESOURCE_ID,
    subscriptionId: "A1BA9AAA-1B2C-4D3E-8F4A-5B6C7D8E9F0A",
    resourceGroup: "CONTOSORESOURCEGROUP",
    provider: "MICROSOFT.KEYVAULT",
    type: "MANAGEDHSMS",
    name: "CONTOSOMHSM",
  },
  blob: {
    account: "contosologs",
    container: "insights-logs-auditevent",
    name: `resourceId=${RESOURCE_ID}/y=2026/m=03/d=14/h=09/m=00/PT1H.json`,
    createdAtMs: HOUR_MS + 71_000,
  },
  hourMs: HOUR_MS,
  observedAtMs: undefined,
};

/** The records of `test/fixtures/audit-events/<name>.jsonl`, each as its own bytes. */
export function fixtureRecords(name: string): Buffer[] {
  const file = new URL(`../fixtures/audit-events/${name}.jsonl`, import.meta.url);
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Buffer.from(line));
}
