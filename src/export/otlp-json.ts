// SPDX-License-Identifier: Apache-2.0
/**
 * Log records as an OTLP/JSON ExportLogsServiceRequest (pure), one by one and joined.
 *
 * Why not otlp-transformer's JSON serializer: it prints 64-bit integers as bare numbers, turns a
 * number such as 1e300 into `"intValue":1e+300` and NaN into null, all of which receivers refuse,
 * and one refused record holds up a batch. Here the JSON says the same as the protobuf of the same
 * records: decimal strings for 64-bit integers, doubles for all that is no int64, well-formed text,
 * and no observed timestamp where there is none.
 */
import type { HrTime } from "@opentelemetry/api";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { EncodedRecord } from "../model.ts";
import { groupRecords } from "./group-records.ts";

type Scope = ReadableLogRecord["instrumentationScope"];
type Json = Record<string, unknown>;

const INT64_LIMIT = 2 ** 63;

/** One log record as JSON text. */
export function toJsonLogRecord(record: ReadableLogRecord): string {
  return JSON.stringify(toLogRecord(record));
}

const COMMA = Buffer.from(",");

/** The request of encoded records, which keep their order within a resource and scope. */
export function joinJsonRecords(records: readonly EncodedRecord[]): Uint8Array {
  const request = list(groupRecords(records), ([resource, scopes]) => [
    Buffer.from(`{"resource":${JSON.stringify({ attributes: toKeyValues(resource.attributes) })},`),
    Buffer.from('"scopeLogs":['),
    ...list(scopes, ([scope, own]) => [
      Buffer.from(`{"scope":${JSON.stringify(toScope(scope))},"logRecords":[`),
      ...list(own, ({ buffer, from, to }) => [buffer.subarray(from, to)]),
      Buffer.from(`]${schemaUrlOf(scope)}}`),
    ]),
    Buffer.from(`]${schemaUrlOf(resource)}}`),
  ]);
  return Buffer.concat([Buffer.from('{"resourceLogs":['), ...request, Buffer.from("]}")]);
}

/** The pieces of each item, with commas between the items. */
function list<Item>(items: Iterable<Item>, piecesOf: (item: Item) => Buffer[]): Buffer[] {
  return Array.from(items, piecesOf).flatMap((pieces, index) =>
    index === 0 ? pieces : [COMMA, ...pieces],
  );
}

/** An absent field is the protobuf default. */
function schemaUrlOf({ schemaUrl }: { readonly schemaUrl?: string | undefined }): string {
  return schemaUrl === undefined ? "" : `,"schemaUrl":${JSON.stringify(schemaUrl)}`;
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
