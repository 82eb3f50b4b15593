// SPDX-License-Identifier: Apache-2.0
/** The values of OTLP in protobuf (pure): KeyValue and AnyValue of every kind, and the plain fields of its messages. */
import type { ProtobufWriter } from "./protobuf-writer.ts";

/** Tags: field number × 8 + wire type. */
const TAG = {
  keyValue: { key: 0x0a, value: 0x12 },
  anyValue: {
    text: 0x0a,
    flag: 0x10,
    int: 0x18,
    double: 0x21,
    array: 0x2a,
    list: 0x32,
    bytes: 0x3a,
  },
  values: 0x0a,
} as const;

/** Tags and lengths around a short key and its value. */
const KEY_VALUE_FRAME = 6;
const INT64_LIMIT = 2 ** 63;

export function writeCount(writer: ProtobufWriter, tag: number, count: number): void {
  if (count === 0) return;
  writer.byte(tag);
  writer.uint32(count);
}

export function writeText(writer: ProtobufWriter, tag: number, text: string): void {
  if (text === "") return;
  writer.byte(tag);
  writer.text(text);
}

export function writeBytes(writer: ProtobufWriter, tag: number, bytes: Buffer): void {
  writer.byte(tag);
  writer.uint32(bytes.length);
  writer.raw(bytes);
}

export function writeKeyValues(writer: ProtobufWriter, tag: number, attributes: object): void {
  const values = attributes as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(values)) {
    const value = values[key];
    const expected = key.length + KEY_VALUE_FRAME + (typeof value === "string" ? value.length : 0);
    writer.byte(tag);
    const content = writer.begin(expected);
    writer.byte(TAG.keyValue.key);
    writer.text(key);
    writer.byte(TAG.keyValue.value);
    writeValue(writer, value);
    writer.end(content, expected);
  }
}

/** An AnyValue with its length. */
export function writeValue(writer: ProtobufWriter, value: unknown): void {
  const expected = typeof value === "string" ? value.length + 2 : 0;
  const content = writer.begin(expected);
  writeOneOf(writer, value);
  writer.end(content, expected);
}

/** The fields of an AnyValue; none for undefined and null. */
function writeOneOf(writer: ProtobufWriter, value: unknown): void {
  const tag = TAG.anyValue;
  if (typeof value === "string") {
    writer.byte(tag.text);
    writer.text(value);
  } else if (typeof value === "number") {
    writeNumber(writer, value);
  } else if (typeof value === "boolean") {
    writer.byte(tag.flag);
    writer.byte(value ? 1 : 0);
  } else if (value instanceof Uint8Array) {
    writeBytes(writer, tag.bytes, Buffer.from(value));
  } else if (typeof value === "object" && value !== null) {
    writer.byte(Array.isArray(value) ? tag.array : tag.list);
    const content = writer.begin(0);
    if (Array.isArray(value)) writeArray(writer, value);
    else writeKeyValues(writer, TAG.values, value);
    writer.end(content, 0);
  }
}

function writeArray(writer: ProtobufWriter, values: readonly unknown[]): void {
  for (const value of values) {
    writer.byte(TAG.values);
    writeValue(writer, value);
  }
}

function writeNumber(writer: ProtobufWriter, value: number): void {
  if (Number.isInteger(value) && value >= -INT64_LIMIT && value < INT64_LIMIT) {
    writer.byte(TAG.anyValue.int);
    writer.int64(value);
  } else {
    writer.byte(TAG.anyValue.double);
    writer.double(value);
  }
}
