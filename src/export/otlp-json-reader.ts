// SPDX-License-Identifier: Apache-2.0
/**
 * The messages of an OTLP logs request read from parsed JSON (pure): lowerCamelCase keys, 64-bit
 * integers as decimal strings or numbers, ids in hex, bytes in base64. Unknown keys are ignored, as
 * OTLP asks; a wrong type is a WireError.
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
import { WireError } from "./protobuf-reader.ts";

type Json = Record<string, unknown>;

export function readJsonRequest(json: Json): DecodedLogsRequest {
  return { resourceLogs: list(json["resourceLogs"]).map(readResourceLogs) };
}

function readResourceLogs(json: Json): DecodedResourceLogs {
  const resource = object(json["resource"]);
  return {
    resource: {
      attributes: readAttributes(resource["attributes"]),
      droppedAttributesCount: integer(resource["droppedAttributesCount"]),
    },
    scopeLogs: list(json["scopeLogs"]).map(readScopeLogs),
    schemaUrl: text(json["schemaUrl"]),
  };
}

function readScopeLogs(json: Json): DecodedScopeLogs {
  const scope = object(json["scope"]);
  return {
    scope: {
      name: text(scope["name"]),
      version: text(scope["version"]),
      attributes: readAttributes(scope["attributes"]),
      droppedAttributesCount: integer(scope["droppedAttributesCount"]),
    },
    logRecords: list(json["logRecords"]).map(readLogRecord),
    schemaUrl: text(json["schemaUrl"]),
  };
}

function readLogRecord(json: Json): DecodedLogRecord {
  return {
    timeUnixNano: bigInteger(json["timeUnixNano"]),
    observedTimeUnixNano: bigInteger(json["observedTimeUnixNano"]),
    severityNumber: integer(json["severityNumber"]),
    severityText: text(json["severityText"]),
    body: json["body"] === undefined ? undefined : readAnyValue(object(json["body"])),
    attributes: readAttributes(json["attributes"]),
    droppedAttributesCount: integer(json["droppedAttributesCount"]),
    flags: integer(json["flags"]),
    traceId: text(json["traceId"]),
    spanId: text(json["spanId"]),
    eventName: text(json["eventName"]),
  };
}

function readAttributes(value: unknown): DecodedAttributes {
  const attributes: Record<string, DecodedValue> = {};
  for (const pair of list(value)) {
    addAttribute(attributes, text(pair["key"]), readAnyValue(object(pair["value"])));
  }
  return attributes;
}

function readAnyValue(json: Json): DecodedValue {
  const [kind, ...others] = Object.keys(json);
  if (kind === undefined) return undefined;
  if (others.length > 0) throw new WireError("an AnyValue of several kinds");
  return readOneOf(kind, json[kind]);
}

function readOneOf(kind: string, value: unknown): DecodedValue {
  switch (kind) {
    case "stringValue":
      return text(value);
    case "boolValue":
      if (typeof value !== "boolean") throw new WireError("a boolValue that is no boolean");
      return value;
    case "intValue": {
      const exact = bigInteger(value);
      return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
    }
    case "doubleValue":
      return double(value);
    case "bytesValue":
      return Buffer.from(text(value), "base64");
    case "arrayValue":
      return list(object(value)["values"]).map(readAnyValue);
    case "kvlistValue":
      return readAttributes(object(value)["values"]);
    default:
      throw new WireError(`AnyValue has no kind ${kind}`);
  }
}

function double(value: unknown): number {
  if (typeof value === "number") return value;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  throw new WireError("a doubleValue that is no number");
}

function text(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value !== "string") throw new WireError("a text field that is no text");
  return value;
}

function integer(value: unknown): number {
  if (value === undefined) return 0;
  if (!Number.isSafeInteger(value)) throw new WireError("an integer field that is no integer");
  return value as number;
}

function bigInteger(value: unknown): bigint {
  if (value === undefined) return 0n;
  if (typeof value === "string" && /^-?\d+$/.test(value)) return BigInt(value);
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  throw new WireError("a 64-bit integer that is none");
}

function object(value: unknown): Json {
  if (value === undefined) return {};
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new WireError("not an object");
}

function list(value: unknown): Json[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new WireError("not an array");
  return value.map(object);
}
