// SPDX-License-Identifier: Apache-2.0
/** The values of OTLP in protobuf (pure): KeyValue and AnyValue of every kind, and the plain fields of its messages. */
import { pairsOf } from "./attribute-pairs.ts";
import { ProtobufWriter } from "./protobuf-writer.ts";
import type { WrittenBytes } from "./protobuf-writer.ts";

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

/** KeyValues under a tag of the message that holds them, from names and values in turn. */
export function writePairs(writer: ProtobufWriter, tag: number, pairs: readonly unknown[]): void {
  const tags = { entry: tag, text: TAG.anyValue.text };
  for (let index = 0; index < pairs.length; index += 2) {
    const head = headOf(pairs[index] as string);
    const value = pairs[index + 1];
    if (typeof value === "string") {
      writer.textEntry(tags, head, value);
    } else {
      writer.byte(tag);
      const content = writer.begin(head.length);
      writer.raw(head);
      writeValue(writer, value);
      writer.end(content, head.length);
    }
  }
}

/** KeyValues of an object's own fields. */
export function writeKeyValues(writer: ProtobufWriter, tag: number, fields: object): void {
  writePairs(writer, tag, pairsOf(fields));
}

/** What a KeyValue says before its value, for the names in use: copying it takes a third of encoding it again. */
const knownHeads = new Map<string, Buffer>();
/** Names of unknown fields come from the records: their number is bounded here. */
const MAX_KNOWN_HEADS = 512;

function headOf(key: string): Buffer {
  const known = knownHeads.get(key);
  if (known !== undefined) return known;
  const writer = new ProtobufWriter((bytes) => Buffer.allocUnsafe(bytes + 64));
  writer.byte(TAG.keyValue.key);
  writer.text(key);
  writer.byte(TAG.keyValue.value);
  const head = keepBytes(writer.finish());
  if (knownHeads.size < MAX_KNOWN_HEADS) knownHeads.set(key, head);
  return head;
}

/**
 * Written bytes to be kept, in memory of their own: a part of Node's shared pool would keep all 64 KiB of it, and a
 * thousand vaults would cost 64 MB.
 */
export function keepBytes({ buffer, from, to }: WrittenBytes): Buffer {
  const kept = Buffer.allocUnsafeSlow(to - from);
  buffer.copy(kept, 0, from, to);
  return kept;
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
