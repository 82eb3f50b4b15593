// SPDX-License-Identifier: Apache-2.0
/**
 * What parsing and mapping cost a record, in microseconds of one core. The events have the shape
 * and the length (1,262 bytes) of the public Managed HSM event, with random ids, 200 callers, 100
 * keys and some text beyond ASCII, so that no cache of a runtime flatters the figure.
 */
import { pathToFileURL } from "node:url";
import { createLogRecordMapper } from "../../src/map/log-record.ts";
import type { AuditEvent, RecordOrigin } from "../../src/model.ts";
import { parseAuditEvent } from "../../src/parse/audit-event.ts";
import { FULL_ROUNDS, microsPerRecord } from "./measure.ts";
import type { Rounds, StageCost } from "./measure.ts";

const EVENT_BYTES = 1262;
const EVENTS = 4096;

const PATH =
  "/SUBSCRIPTIONS/A1BA9AAA-1B2C-4D3E-8F4A-5B6C7D8E9F0A/RESOURCEGROUPS/CONTOSORESOURCEGROUP" +
  "/PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/CONTOSOMHSM";
const HSM_URL = "https://ContosoMHSM.managedhsm.azure.net";
export const BENCH_ORIGIN: RecordOrigin = {
  resource: {
    prefix: `resourceId=${PATH}/`,
    resourceId: PATH,
    subscriptionId: "A1BA9AAA-1B2C-4D3E-8F4A-5B6C7D8E9F0A",
    resourceGroup: "CONTOSORESOURCEGROUP",
    provider: "MICROSOFT.KEYVAULT",
    type: "MANAGEDHSMS",
    name: "CONTOSOMHSM",
  },
  blob: {
    account: "contosologs",
    container: "insights-logs-auditevent",
    name: `resourceId=${PATH}/y=2026/m=03/d=14/h=09/m=00/PT1H.json`,
    createdAtMs: 1_773_478_800_000,
  },
  hourMs: 1_773_478_800_000,
  observedAtMs: 1_773_479_000_123,
};

/** A generator of its own (mulberry32), so that two runs measure the same events. */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function hex(random: () => number, digits: number): string {
  let text = "";
  while (text.length < digits) text += Math.floor(random() * 16).toString(16);
  return text;
}

function guid(random: () => number): string {
  return [8, 4, 4, 4, 12].map((digits) => hex(random, digits)).join("-");
}

const OPERATIONS = [
  { name: "KeySign", tail: "sign", status: 200 },
  { name: "KeyGet", tail: "", status: 200 },
  { name: "KeyDecrypt", tail: "decrypt", status: 200 },
  { name: "KeyUnwrap", tail: "unwrapkey", status: 403 },
];

function identityText(random: () => number, caller: number): string {
  const name = caller % 10 === 0 ? `jürgen${caller}` : `admin${caller}`;
  const claim = {
    appid: guid(random),
    http_schemas_microsoft_com_identity: { claims: { objectidentifier: guid(random) } },
    http_schemas_xmlsoap_org_ws_2005_05_identity: { claims: { upn: `${name}@contoso.com` } },
  };
  return JSON.stringify({ claim });
}

function eventLine(random: () => number, identities: readonly string[]): Buffer {
  const operation = OPERATIONS[Math.floor(random() * OPERATIONS.length)] ?? OPERATIONS[0]!;
  const key = `key-${Math.floor(random() * 100)}/${hex(random, 32)}`;
  const time = new Date(1_773_478_800_000 + Math.floor(random() * 3_600_000)).toISOString();
  const fields = {
    TenantId: "766eaf62-1a2b-4c3d-8e4f-5a6b7c8d9e0f",
    time: time.replace("Z", `${String(Math.floor(random() * 10_000)).padStart(4, "0")}Z`),
    resourceId: PATH,
    operationName: operation.name,
    operationVersion: "7.4",
    category: "AuditEvent",
    resultType: "Success",
    properties: { PoolType: "M-HSM", sku_Family: "B", sku_Name: "Standard_B1" },
    durationMs: Math.floor(random() * 500),
    callerIpAddress: `10.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}.7`,
    identity: identities[Math.floor(random() * identities.length)],
    clientInfo:
      "azsdk-python-core/1.7.0 Python/3.8.2 (Linux-x86_64) azsdk-python-azure-keyvault/7.2",
    correlationId: guid(random),
    subnetId: "(unknown)",
    httpStatusCode: operation.status,
    PoolName: "mhsmdemo",
    requestUri: `${HSM_URL}/keys/${key}/${operation.tail}?api-version=7.4`,
    resourceGroup: "ContosoResourceGroup",
    resourceProvider: "MICROSOFT.KEYVAULT",
    resource: "ContosoMHSM",
    resourceType: "managedHSMs",
  };
  const missing = EVENT_BYTES - Buffer.byteLength(JSON.stringify(fields));
  fields.clientInfo += "x".repeat(Math.max(0, missing));
  return Buffer.from(JSON.stringify(fields));
}

/** The measured events, as the lines of a blob would hold them. */
export function benchEvents(count: number = EVENTS): Buffer[] {
  const random = randomSource(42);
  const identities = Array.from({ length: 200 }, (_, caller) => identityText(random, caller));
  return Array.from({ length: count }, () => eventLine(random, identities));
}

/** Measures both stages; CPU time of the process, garbage collection included. */
export function benchParseMap(rounds: Rounds = FULL_ROUNDS): StageCost[] {
  const lines = benchEvents();
  const mapper = createLogRecordMapper({
    scopeVersion: "0.0.0",
    bodyMode: "original",
    resourceDefaults: {},
  });
  const parsed = lines.flatMap((line) => {
    const result = parseAuditEvent(line);
    return result.kind === "ok" ? [result] : [];
  });
  const map = (event: AuditEvent, text: string, offset: number): number =>
    mapper.toLogRecord(event, text, offset, BENCH_ORIGIN).uid.length;
  let sum = 0;
  const parseAll = (): void => {
    for (const line of lines) sum += parseAuditEvent(line).kind.length;
  };
  const mapAll = (): void => {
    parsed.forEach(({ event, text }, index) => (sum += map(event, text, index * EVENT_BYTES)));
  };
  const bothAll = (): void => {
    lines.forEach((line, index) => {
      const result = parseAuditEvent(line);
      if (result.kind === "ok") sum += map(result.event, result.text, index * EVENT_BYTES);
    });
  };
  const costs = [
    { name: "parse", microsPerRecord: microsPerRecord(lines.length, parseAll, rounds) },
    { name: "map", microsPerRecord: microsPerRecord(parsed.length, mapAll, rounds) },
    { name: "parse + map", microsPerRecord: microsPerRecord(lines.length, bothAll, rounds) },
  ];
  if (sum === 0) throw new Error("nothing was measured");
  return costs;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const { name, microsPerRecord: cost } of benchParseMap()) {
    console.log(`${name.padEnd(12)} ${cost.toFixed(2)} µs a record`);
  }
}
