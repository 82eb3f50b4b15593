// SPDX-License-Identifier: Apache-2.0
/**
 * Log records as an OTLP/JSON ExportLogsServiceRequest (pure).
 *
 * Why not otlp-transformer's JSON serializer: it prints 64-bit integers as bare numbers, turns a
 * number such as 1e300 into `"intValue":1e+300` and NaN into null, all of which receivers refuse,
 * and one refused record holds up a batch. Here the JSON says the same as the protobuf of the same
 * records: decimal strings for 64-bit integers, doubles for all that is no int64, well-formed text,
 * and no observed timestamp where there is none.
 */
import type { HrTime } from "@opentelemetry/api";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";

type Scope = ReadableLogRecord["instrumentationScope"];
type Resource = ReadableLogRecord["resource"];
type Json = Record<string, unknown>;

const INT64_LIMIT = 2 ** 63;

/**
 * The request as JSON text. Records keep their order within a resource and scope, which are told
 * apart by identity.
 */
export function toOtlpJson(records: readonly ReadableLogRecord[]): string {
  const groups = new Map<Resource, Map<Scope, Json[]>>();
  for (const record of records) {
    const scopes = groups.get(record.resource) ?? new Map<Scope, Json[]>();
    groups.set(record.resource, scopes);
    const logRecords = scopes.get(record.instrumentationScope);
    if (logRecords === undefined) scopes.set(record.instrumentationScope, [toLogRecord(record)]);
    else logRecords.push(toLogRecord(record));
  }
  return JSON.stringify({ resourceLogs: Array.from(groups, toResourceLogs) });
}

function toResourceLogs([resource, scopes]: [Resource, Map<Scope, Json[]>]): Json {
  return {
    resource: { attributes: toKeyValues(resource.attributes) },
    scopeLogs: Array.from(scopes, ([scope, logRecords]) => ({
      scope: toScope(scope),
      logRecords,
      schemaUrl: scope.schemaUrl,
    })),
    // JSON.stringify leaves out what is undefined: an absent field is the protobuf default.
    schemaUrl: resource.schemaUrl,
  };
}

function toScope(scope: Scope): Json {
  return {
    name: scope.name,
    version: scope.version,
    attributes: scope.attributes === undefined ? undefined : toKeyValues(scope.attributes),
    droppedAttributesCount: unlessZero(scope.droppedAttributesCount),
  };
}

function toLogRecord(record: ReadableLogRecord): Json {
  return {
    timeUnixNano: toNanos(record.hrTime),
    observedTimeUnixNano: toNanos(record.hrTimeObserved),
    severityNumber: unlessZero(record.severityNumber),
    severityText: record.severityText?.toWellFormed(),
    body: record.body === undefined ? undefined : toAnyValue(record.body),
    attributes: toKeyValues(record.attributes),
    droppedAttributesCount: unlessZero(record.droppedAttributesCount),
    flags: unlessZero(record.spanContext?.traceFlags),
    traceId: record.spanContext?.traceId,
    spanId: record.spanContext?.spanId,
    eventName: record.eventName,
  };
}

/** Decimal nanoseconds; undefined for [0, 0], which is how a log record says "unset". */
function toNanos([seconds, nanos]: HrTime): string | undefined {
  if (seconds === 0 && nanos === 0) return undefined;
  return (BigInt(seconds) * 1_000_000_000n + BigInt(nanos)).toString();
}

function unlessZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

function toKeyValues(attributes: object): Json[] {
  const keyValues: Json[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    keyValues.push({ key: key.toWellFormed(), value: toAnyValue(value) });
  }
  return keyValues;
}

function toAnyValue(value: unknown): Json {
  if (typeof value === "string") return { stringValue: value.toWellFormed() };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return toNumberValue(value);
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toAnyValue) } };
  if (typeof value === "object" && value !== null) {
    return { kvlistValue: { values: toKeyValues(value) } };
  }
  return {};
}

function toNumberValue(value: number): Json {
  if (Number.isInteger(value) && value >= -INT64_LIMIT && value < INT64_LIMIT) {
    return { intValue: BigInt(value).toString() };
  }
  // JSON has no NaN and no infinities; the JSON form of protobuf writes them as strings.
  return { doubleValue: Number.isFinite(value) ? value : String(value) };
}
