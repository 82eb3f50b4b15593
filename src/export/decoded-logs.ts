// SPDX-License-Identifier: Apache-2.0
/**
 * An ExportLogsServiceRequest as plain values: what otlp-decoder.ts gives, whichever encoding it
 * came in.
 */
import { WireError } from "./protobuf-reader.ts";

/** An AnyValue. Integers beyond 2^53 are bigints; an AnyValue that holds nothing is undefined. */
export type DecodedValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | undefined
  | readonly DecodedValue[]
  | DecodedAttributes;

export interface DecodedAttributes {
  readonly [key: string]: DecodedValue;
}

/** Absent fields hold their protobuf default: 0, "", no attributes. */
export interface DecodedLogRecord {
  readonly timeUnixNano: bigint;
  readonly observedTimeUnixNano: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: DecodedValue;
  readonly attributes: DecodedAttributes;
  readonly droppedAttributesCount: number;
  readonly flags: number;
  /** Hex; empty when unset. */
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
}

export interface DecodedScopeLogs {
  readonly scope: {
    readonly name: string;
    readonly version: string;
    readonly attributes: DecodedAttributes;
    readonly droppedAttributesCount: number;
  };
  readonly logRecords: readonly DecodedLogRecord[];
  readonly schemaUrl: string;
}

export interface DecodedResourceLogs {
  readonly resource: {
    readonly attributes: DecodedAttributes;
    readonly droppedAttributesCount: number;
  };
  readonly scopeLogs: readonly DecodedScopeLogs[];
  readonly schemaUrl: string;
}

export interface DecodedLogsRequest {
  readonly resourceLogs: readonly DecodedResourceLogs[];
}

/**
 * Sets an attribute of a message under construction. Throws WireError for a second one of the key:
 * OTLP forbids it.
 */
export function addAttribute(
  attributes: Record<string, DecodedValue>,
  key: string,
  value: DecodedValue,
): void {
  if (Object.hasOwn(attributes, key)) throw new WireError(`the attribute ${key} stands twice`);
  // A plain assignment to this key would set the prototype and lose the value.
  if (key !== "__proto__") attributes[key] = value;
  else Object.defineProperty(attributes, key, { value, enumerable: true });
}
