// SPDX-License-Identifier: Apache-2.0
/** Runs the real mapper for the page: on events of the fixtures, and on small ones that show a rule. */
import {
  createLogRecordMapper,
  type LogRecordMapper,
  type LogRecordMapperOptions,
} from "../../src/map/log-record.ts";
import type { AuditEvent, PairedLogRecord, RecordOrigin } from "../../src/model.ts";

export const PAGE_OPTIONS: LogRecordMapperOptions = {
  scopeVersion: "0",
  bodyMode: "original",
  resourceDefaults: {},
};

/** The hour that is in the path of a small event's blob. */
export const HOUR = "2026-03-14T09:00:00Z";

const NOWHERE: RecordOrigin = {
  resource: {
    prefix: "",
    resourceId: "",
    subscriptionId: undefined,
    resourceGroup: undefined,
    provider: undefined,
    type: undefined,
    name: "",
  },
  blob: { account: "contoso", container: "c", name: "b", createdAtMs: Date.parse(HOUR) },
  hourMs: Date.parse(HOUR),
  observedAtMs: undefined,
};

/** The same place, in a vault's folder. */
const VAULT: RecordOrigin = {
  ...NOWHERE,
  resource: {
    ...NOWHERE.resource,
    provider: "Microsoft.KeyVault",
    type: "vaults",
    name: "contoso",
  },
};

const mapper: LogRecordMapper = createLogRecordMapper(PAGE_OPTIONS);

/** The log record of an event that comes from nowhere in particular. */
export function mappedFields(fields: AuditEvent): PairedLogRecord {
  return mapper.toLogRecord(fields, JSON.stringify(fields), 0, NOWHERE).logRecord;
}

/** The log record of a vault's event, as JSON text. */
export function mappedText(text: string): PairedLogRecord {
  return mapper.toLogRecord(JSON.parse(text) as AuditEvent, text, 0, VAULT).logRecord;
}

/** A record's own attributes as texts, without its place and what the mapping concludes from them. */
export function factsOf(record: PairedLogRecord): [name: string, value: string][] {
  return Object.entries(record.attributes)
    .filter(([name]) => !/^(log\.|azure\.keyvault\.(operation\.|outcome$))/.test(name))
    .map(([name, value]) => [name, asText(value)]);
}

/** A record's Timestamp in ISO 8601, with all the digits that it has. */
export function isoTime({ hrTime: [seconds, nanos] }: PairedLogRecord): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const fraction = String(nanos).padStart(9, "0").replace(/0+$/, "");
  return fraction === "" ? `${whole}Z` : `${whole}.${fraction}Z`;
}

/** An attribute's value as text. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
