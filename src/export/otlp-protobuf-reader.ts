// SPDX-License-Identifier: Apache-2.0
/**
 * The messages of an OTLP logs request read from protobuf (pure), one function a message, field
 * numbers as in opentelemetry-proto 1.11. Throws WireError for an unknown field and for everything
 * malformed.
 */
import { addAttribute } from "./decoded-logs.ts";
import type {
  DecodedAttributes,
  DecodedLogRecord,
  DecodedLogsRequest,
  DecodedResourceLogs,
  DecodedScopeLogs,
  DecodedValue,
} from "./decoded-logs.ts";
import { ProtobufReader, WireError } from "./protobuf-reader.ts";

type Attributes = Record<string, DecodedValue>;
/** A message under construction. */
type Draft<T> = { -readonly [K in keyof T]: T[K] };

export function readProtobufRequest(body: Buffer): DecodedLogsRequest {
  const reader = new ProtobufReader(body);
  const resourceLogs: DecodedResourceLogs[] = [];
  while (reader.next()) {
    if (reader.field !== 1) throw unknownField("ExportLogsServiceRequest", reader);
    resourceLogs.push(readResourceLogs(reader.message()));
  }
  return { resourceLogs };
}

function readResourceLogs(reader: ProtobufReader): DecodedResourceLogs {
  let resource: DecodedResourceLogs["resource"] = { attributes: {}, droppedAttributesCount: 0 };
  const scopeLogs: DecodedScopeLogs[] = [];
  let schemaUrl = "";
  while (reader.next()) {
    if (reader.field === 1) resource = readResource(reader.message());
    else if (reader.field === 2) scopeLogs.push(readScopeLogs(reader.message()));
    else if (reader.field === 3) schemaUrl = reader.text();
    else throw unknownField("ResourceLogs", reader);
  }
  return { resource, scopeLogs, schemaUrl };
}

function readResource(reader: ProtobufReader): DecodedResourceLogs["resource"] {
  const attributes: Attributes = {};
  let droppedAttributesCount = 0;
  while (reader.next()) {
    if (reader.field === 1) readKeyValue(reader.message(), attributes);
    else if (reader.field === 2) droppedAttributesCount = reader.uint32();
    else throw unknownField("Resource", reader);
  }
  return { attributes, droppedAttributesCount };
}

function readScopeLogs(reader: ProtobufReader): DecodedScopeLogs {
  let scope: DecodedScopeLogs["scope"] = readScope(new ProtobufReader(Buffer.alloc(0)));
  const logRecords: DecodedLogRecord[] = [];
  let schemaUrl = "";
  while (reader.next()) {
    if (reader.field === 1) scope = readScope(reader.message());
    else if (reader.field === 2) logRecords.push(readLogRecord(reader.message()));
    else if (reader.field === 3) schemaUrl = reader.text();
    else throw unknownField("ScopeLogs", reader);
  }
  return { scope, logRecords, schemaUrl };
}

function readScope(reader: ProtobufReader): DecodedScopeLogs["scope"] {
  const attributes: Attributes = {};
  const scope = { name: "", version: "", attributes, droppedAttributesCount: 0 };
  while (reader.next()) {
    if (reader.field === 1) scope.name = reader.text();
    else if (reader.field === 2) scope.version = reader.text();
    else if (reader.field === 3) readKeyValue(reader.message(), attributes);
    else if (reader.field === 4) scope.droppedAttributesCount = reader.uint32();
    else throw unknownField("InstrumentationScope", reader);
  }
  return scope;
}

function readLogRecord(reader: ProtobufReader): DecodedLogRecord {
  const attributes: Attributes = {};
  const record: Draft<DecodedLogRecord> = {
    timeUnixNano: 0n,
    observedTimeUnixNano: 0n,
    severityNumber: 0,
    severityText: "",
    body: undefined,
    attributes,
    droppedAttributesCount: 0,
    flags: 0,
    traceId: "",
    spanId: "",
    eventName: "",
  };
  while (reader.next()) {
    if (reader.field === 6) readKeyValue(reader.message(), attributes);
    else readLogRecordField(reader, record);
  }
  return record;
}

function readLogRecordField(reader: ProtobufReader, record: Draft<DecodedLogRecord>): void {
  switch (reader.field) {
    case 1:
      record.timeUnixNano = reader.fixed64();
      return;
    case 2:
      record.severityNumber = reader.uint32();
      return;
    case 3:
      record.severityText = reader.text();
      return;
    case 5:
      record.body = readAnyValue(reader.message());
      return;
    case 7:
      record.droppedAttributesCount = reader.uint32();
      return;
    case 8:
      record.flags = reader.fixed32();
      return;
    case 9:
      record.traceId = reader.bytes().toString("hex");
      return;
    case 10:
      record.spanId = reader.bytes().toString("hex");
      return;
    case 11:
      record.observedTimeUnixNano = reader.fixed64();
      return;
    case 12:
      record.eventName = reader.text();
      return;
    default:
      throw unknownField("LogRecord", reader);
  }
}

function readKeyValue(reader: ProtobufReader, into: Attributes): void {
  let key = "";
  let value: DecodedValue;
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = readAnyValue(reader.message());
    else throw unknownField("KeyValue", reader);
  }
  addAttribute(into, key, value);
}

function readAnyValue(reader: ProtobufReader): DecodedValue {
  let value: DecodedValue;
  while (reader.next()) value = readOneOf(reader);
  return value;
}

function readOneOf(reader: ProtobufReader): DecodedValue {
  switch (reader.field) {
    case 1:
      return reader.text();
    case 2:
      return reader.uint32() !== 0;
    case 3:
      return narrow(reader.int64());
    case 4:
      return reader.double();
    case 5:
      return readArray(reader.message());
    case 6:
      return readKeyValueList(reader.message());
    case 7:
      return reader.bytes();
    default:
      throw unknownField("AnyValue", reader);
  }
}

function readArray(reader: ProtobufReader): DecodedValue[] {
  const values: DecodedValue[] = [];
  while (reader.next()) {
    if (reader.field !== 1) throw unknownField("ArrayValue", reader);
    values.push(readAnyValue(reader.message()));
  }
  return values;
}

function readKeyValueList(reader: ProtobufReader): DecodedAttributes {
  const values: Attributes = {};
  while (reader.next()) {
    if (reader.field !== 1) throw unknownField("KeyValueList", reader);
    readKeyValue(reader.message(), values);
  }
  return values;
}

/** A plain number where that is exact. */
function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function unknownField(message: string, reader: ProtobufReader): WireError {
  return new WireError(`${message} has no field ${reader.field}`);
}
