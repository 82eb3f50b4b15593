// SPDX-License-Identifier: Apache-2.0
/**
 * The steps of `check`, each a sentence on what was tried and what came of it. They use the parts of a real run, write
 * nothing to storage and deliver no record.
 */
import { toCheckpointError } from "../checkpoint/sqlite-errors.ts";
import { inspectStore } from "../checkpoint/sqlite-inspection.ts";
import { resolveStartHour } from "../config/start.ts";
import type { ConnectorAccess } from "../connector.ts";
import type { DeadLetterArchive } from "../dead-letter/dead-letter-archive.ts";
import { findHourBlobs } from "../discover/blob-finder.ts";
import type { HourBlob } from "../discover/blob-finder.ts";
import { findResources } from "../discover/resource-finder.ts";
import { ConnectorError } from "../errors.ts";
import type { DecodedAttributes } from "../export/decoded-logs.ts";
import { decodeLogsRequest } from "../export/otlp-decoder.ts";
import type { OtlpEncoder } from "../export/otlp-encoder.ts";
import type { AuditedResource, EncodedRecord } from "../model.ts";
import { createRecordSplitter } from "../read/record-splitter.ts";
import { isDeadLetter } from "../understanding.ts";

export interface CheckParts extends ConnectorAccess {
  readonly deadLetters: DeadLetterArchive;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

export interface StepResult {
  readonly isOk: boolean;
  readonly detail: string;
  /** Things that work but may surprise. */
  readonly warnings?: readonly string[];
}

const HOUR_MS = 3_600_000;
const SAMPLE_BYTES = 256 * 1024;
/** How much older than now the start may be before known receivers refuse the records. */
const REFUSED_BEHIND = [
  { hours: 6 * 24, who: "Loki's default limit refuses records older than 7 days" },
  { hours: 18, who: "Datadog refuses records older than 18 hours" },
];

/** Says which values are in effect. */
export function checkConfiguration({ config, nowMs }: CheckParts): StepResult {
  const { storage } = config;
  const start = describeStart(resolveStartHour(config.start, nowMs));
  const detail =
    `account ${storage?.account ?? "?"}, container ${storage?.container ?? "?"}, ` +
    `a fresh store begins ${start}`;
  return { isOk: true, detail };
}

/** Looks at the checkpoint store as a start does, and changes nothing; warns of a start that receivers refuse. */
export async function checkCheckpoint({ config, nowMs }: CheckParts): Promise<StepResult> {
  const { path } = config.checkpoint;
  const found = await inspectStore(path).catch((reason: unknown) => {
    throw toCheckpointError(reason, path);
  });
  if (found !== "none") {
    return { isOk: true, detail: `${path} is there and whole; delivery goes on from it` };
  }
  const startMs = resolveStartHour(config.start, nowMs);
  const warnings = REFUSED_BEHIND.filter(({ hours }) => nowMs - startMs > hours * HOUR_MS).map(
    ({ who }) => `delivery would begin ${describeStart(startMs)}: ${who}`,
  );
  return { isOk: true, detail: `${path} is not there yet: the first run makes it`, warnings };
}

/** Lists resources and finds the newest blob among them. */
export async function checkListing(
  parts: CheckParts,
): Promise<StepResult & { found?: { resource: AuditedResource; blob: HourBlob } }> {
  const resources: AuditedResource[] = [];
  for await (const resource of findResources(parts.storage, parts.signal)) resources.push(resource);
  if (resources.length === 0) {
    const detail =
      "the container can be listed, but holds no resource yet: after a diagnostic setting is " +
      "made, the first logs may take 90 minutes";
    return { isOk: true, detail };
  }
  const names = resources.slice(0, 5).map((resource) => resource.name);
  const more =
    resources.length > names.length ? `, and ${resources.length - names.length} more` : "";
  const detail = `${resources.length} resources: ${names.join(", ")}${more}`;
  const found = await newestBlob(parts, resources);
  return { isOk: true, detail, ...(found && { found }) };
}

/** Reads and maps the first record of a blob. */
export async function checkRecord(
  { storage, understand, encoder, signal, config }: CheckParts,
  { resource, blob }: { resource: AuditedResource; blob: HourBlob },
): Promise<StepResult> {
  const read = await storage.readRange(blob.name, 0, SAMPLE_BYTES, signal);
  if (read.kind !== "bytes") return { isOk: false, detail: `${blob.name} cannot be read` };
  const splitter = createRecordSplitter({
    offset: 0,
    crc32: 0,
    framing: "unknown",
    maxRecordBytes: config.maxRecordBytes,
    keptBytes: 0,
  });
  const raw = splitter.push(read.bytes).find((tile) => tile.length > 0);
  if (raw === undefined) return { isOk: true, detail: `${blob.name} holds no whole record yet` };
  const { account, container } = config.storage ?? { account: "", container: "" };
  const identity = { account, container, name: blob.name, createdAtMs: blob.createdAtMs };
  const origin = { resource, blob: identity, hourMs: blob.hourMs, observedAtMs: undefined };
  const content = understand(raw, origin);
  if (content === undefined || isDeadLetter(content)) {
    const why = content === undefined ? "blank" : `${content.reason}, ${content.detail}`;
    return { isOk: false, detail: `the first record of ${blob.name} cannot be mapped: ${why}` };
  }
  const { attributes, time } = asReceived(encoder, content.logRecord);
  const named = attributes["azure.operation.name"];
  const operation = typeof named === "string" ? named : "a record without operation";
  const count = Object.keys(attributes).length;
  return { isOk: true, detail: `${operation} of ${time} mapped to ${count} attributes` };
}

/** What a receiver reads in the record; throws INTERNAL when it could not read it. */
function asReceived(
  encoder: OtlpEncoder,
  record: EncodedRecord,
): { attributes: DecodedAttributes; time: string } {
  const result = decodeLogsRequest(encoder.join([record]), encoder.contentType);
  const read =
    result.kind === "ok" ? result.request.resourceLogs[0]?.scopeLogs[0]?.logRecords[0] : undefined;
  if (read === undefined) throw new ConnectorError("INTERNAL", "the encoded record is unreadable");
  const time = new Date(record.hrTime[0] * 1000).toISOString();
  return { attributes: read.attributes, time };
}

/** Looks how much the dead letters take; nothing is written there. */
export async function checkDeadLetters({ config, deadLetters }: CheckParts): Promise<StepResult> {
  const { maxBytes } = config.deadLetter;
  const usedBytes = await deadLetters.usedBytes();
  const detail = `${deadLetters.name}: ${usedBytes} of ${maxBytes} bytes used; writing is not tried`;
  const isNearlyFull = usedBytes > 0.8 * maxBytes;
  const advice = 'run "dead-letters replay" and "dead-letters purge", or raise deadLetter.maxBytes';
  const warning = `it is nearly full, and delivery waits when it is: ${advice}`;
  return { isOk: true, detail, warnings: isNearlyFull ? [warning] : [] };
}

const RECEIVER_ADVICE = {
  retryable: "it cannot be reached or is busy: look at the address, the port and the network",
  refused: "it does not take even a request without records: look at its own log",
  "receiver-fault": "look at the path (v1/logs), the protocol and the credentials",
} as const;

/** Asks the receiver with a request that holds no records. */
export async function checkReceiver(parts: CheckParts): Promise<StepResult> {
  const { url, protocol } = parts.config.export;
  const { origin, pathname } = new URL(url);
  const where = `${origin}${pathname} (${protocol})`;
  const outcome = await parts.transport.send(parts.emptyRequest, parts.signal);
  if (outcome.kind === "delivered" || outcome.kind === "partial") {
    return { isOk: true, detail: `${where} accepts requests` };
  }
  return { isOk: false, detail: `${where}: ${outcome.reason}; ${RECEIVER_ADVICE[outcome.kind]}` };
}

/** A step that throws is a step that failed, with the error's own sentence. */
export async function attempt<Result extends StepResult>(
  step: () => Promise<Result>,
): Promise<Result | StepResult> {
  try {
    return await step();
  } catch (reason) {
    return { isOk: false, detail: ConnectorError.from(reason).message };
  }
}

async function newestBlob(
  { storage, signal, nowMs }: CheckParts,
  resources: readonly AuditedResource[],
): Promise<{ resource: AuditedResource; blob: HourBlob } | undefined> {
  for (const resource of resources) {
    let newest: HourBlob | undefined;
    const from = nowMs - 30 * 24 * HOUR_MS;
    for await (const blob of findHourBlobs(storage, resource, from, signal)) newest = blob;
    if (newest !== undefined) return { resource, blob: newest };
  }
  return undefined;
}

function describeStart(startMs: number): string {
  return startMs === 0 ? "with the oldest blob" : `at ${new Date(startMs).toISOString()}`;
}
