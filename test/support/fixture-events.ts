// SPDX-License-Identifier: Apache-2.0
/**
 * The fixture events as delivery would meet them: each line of test/fixtures/audit-events/, read by the real parser, at
 * its own byte in the hour blob of the resource that its file is about.
 */
import { readdirSync } from "node:fs";
import { hourBlobName, parseResource } from "../../src/discover/blob-path.ts";
import type { AuditEvent, RecordOrigin } from "../../src/model.ts";
import { parseAuditEvent } from "../../src/parse/audit-event.ts";
import { fixtureRecords, HOUR_MS, HSM_ORIGIN } from "./record-origins.ts";

/** One line of a fixture file. */
export interface FixtureEvent {
  /** File and line: `managed-hsm.jsonl:1`. */
  readonly label: string;
  readonly event: AuditEvent;
  readonly text: string;
  readonly offset: number;
  readonly origin: RecordOrigin;
}

const SUBSCRIPTION = "361DA5D4-A47A-4C79-AFDD-0A1B2C3D4E5F";
const VAULT_FOLDER =
  `resourceId=/SUBSCRIPTIONS/${SUBSCRIPTION}/RESOURCEGROUPS/CONTOSOGROUP` +
  "/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/CONTOSOKEYVAULT/";
const ATTESTATION_FOLDER =
  `resourceId=/SUBSCRIPTIONS/${SUBSCRIPTION}/RESOURCEGROUPS/CONTOSO` +
  "/PROVIDERS/MICROSOFT.ATTESTATION/ATTESTATIONPROVIDERS/CONTOSOTESTRP/";

/** Where the files' events come from, by the beginning of a file's name; the HSM for all others. */
const ORIGINS: readonly (readonly [start: string, origin: RecordOrigin])[] = [
  ["key-vault", originIn(VAULT_FOLDER)],
  ["notifications", originIn(VAULT_FOLDER)],
  ["identities", originIn(VAULT_FOLDER)],
  ["attestation", originIn(ATTESTATION_FOLDER)],
];

/** Names of all fixture files, without `.jsonl`, in alphabetical order. */
export function fixtureNames(): string[] {
  return readdirSync(new URL("../fixtures/audit-events/", import.meta.url))
    .filter((file) => file.endsWith(".jsonl"))
    .map((file) => file.slice(0, -".jsonl".length))
    .sort();
}

/** The events of `test/fixtures/audit-events/<name>.jsonl`, in order. */
export function fixtureEvents(name: string): FixtureEvent[] {
  const origin = ORIGINS.find(([start]) => name.startsWith(start))?.[1] ?? HSM_ORIGIN;
  let next = 0;
  return fixtureRecords(name).map((bytes, index) => {
    const label = `${name}.jsonl:${index + 1}`;
    const parsed = parseAuditEvent(bytes);
    if (parsed.kind === "malformed") throw new Error(`${label}: ${parsed.detail}`);
    const offset = next;
    next += bytes.length + 1;
    return { label, event: parsed.event, text: parsed.text, offset, origin };
  });
}

/** One event by its label. */
export function fixtureEvent(label: string): FixtureEvent {
  const name = label.slice(0, label.indexOf(".jsonl:"));
  const found = fixtureEvents(name).find((each) => each.label === label);
  if (found === undefined) throw new Error(`no fixture event ${label}`);
  return found;
}

function originIn(folder: string): RecordOrigin {
  const name = hourBlobName(folder, HOUR_MS);
  return { ...HSM_ORIGIN, resource: parseResource(folder), blob: { ...HSM_ORIGIN.blob, name } };
}
