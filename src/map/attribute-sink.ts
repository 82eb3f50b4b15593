// SPDX-License-Identifier: Apache-2.0
/**
 * The attributes of one record in the making (pure): keeps names unique, texts well-formed, the
 * generic ones within bounds, and counts what that cuts and what the whole takes on the wire.
 * Values are only texts, finite numbers and booleans, because every backend can hold those.
 */
import { OTHER_FIELDS_PREFIX } from "./attributes.ts";
import { isBlank, type AttributeScalar, type ScalarAttributes } from "./coercions.ts";
import { redactText } from "./request-url.ts";

/**
 * Bounds of the generic mapping: Loki takes 128 entries a line, and the rest stands in the body
 * anyway.
 */
const MAX_OTHER_FIELDS = 32;
const MAX_OTHER_FIELD_CHARS = 1024;
const MAX_OTHER_NAME_CHARS = 256;
const MAX_DEPTH = 2;

/** Tags and lengths of a KeyValue in protobuf, at most, for key and value below 16 KiB. */
const KEY_VALUE_BYTES = 16;
/** Tag and value of an int (varint of 10 bytes at most), double or bool. */
const NUMBER_BYTES = 11;

export class AttributeSink {
  readonly attributes: ScalarAttributes = {};
  /** Attributes that our bounds cut. */
  droppedCount = 0;
  /** About what the attributes take in protobuf; never less. */
  bytes = 0;

  readonly #isAscii: boolean;
  #otherFields = 0;

  /**
   * `isAscii` promises that no text of the record has a character beyond ASCII, so that none needs
   * measuring.
   */
  constructor(isAscii: boolean) {
    this.#isAscii = isAscii;
  }

  /** Writes an attribute of the mapping table. */
  put(name: string, value: AttributeScalar): void {
    if (typeof value === "string") {
      // A lone surrogate has no UTF-8 form; receivers refuse the whole request for it.
      const text = value.isWellFormed() ? value : value.toWellFormed();
      this.attributes[name] = text;
      this.bytes += name.length + KEY_VALUE_BYTES + this.#sizeOf(text);
    } else {
      this.attributes[name] = value;
      this.bytes += name.length + KEY_VALUE_BYTES + NUMBER_BYTES;
    }
  }

  /**
   * Writes a field without a rule under `azure.properties`, the fields of an object each under
   * their own name.
   */
  putOther(name: string, value: unknown): void {
    this.#putNested(name === "" ? OTHER_FIELDS_PREFIX : `${OTHER_FIELDS_PREFIX}.${name}`, value, 1);
  }

  #putNested(name: string, value: unknown, depth: number): void {
    if (isBlank(value)) return;
    if (typeof value !== "object" || value === null) {
      if (this.#hasRoomFor(name, value)) this.#putScalar(name, value as AttributeScalar);
      else this.droppedCount += 1;
    } else if (Array.isArray(value) || depth === MAX_DEPTH) {
      if (Object.keys(value).length > 0) this.droppedCount += 1;
    } else {
      const fields = value as Readonly<Record<string, unknown>>;
      for (const key in fields) this.#putNested(`${name}.${key}`, fields[key], depth + 1);
    }
  }

  #putScalar(name: string, value: AttributeScalar): void {
    this.#otherFields += 1;
    const key = name.isWellFormed() ? name : name.toWellFormed();
    if (!this.#isAscii) this.bytes += this.#sizeOf(key) - key.length;
    // A URL may stand in any field, so credentials are looked for here too; only a text with one of
    // these can hold any.
    const mayHoldSecret =
      typeof value === "string" && (value.includes("=") || value.includes("//"));
    this.put(key, mayHoldSecret ? redactText(value) : value);
  }

  #hasRoomFor(name: string, value: unknown): boolean {
    if (this.#otherFields >= MAX_OTHER_FIELDS || name.length > MAX_OTHER_NAME_CHARS) return false;
    if (this.attributes[name] !== undefined) return false;
    if (typeof value === "string") return value.length <= MAX_OTHER_FIELD_CHARS;
    // 1e999 is Infinity by now, and an integer past 2^53 another one: better none than a wrong
    // number.
    if (typeof value === "number" && !Number.isFinite(value)) return false;
    return !Number.isInteger(value) || Number.isSafeInteger(value);
  }

  #sizeOf(text: string): number {
    return this.#isAscii ? text.length : Buffer.byteLength(text);
  }
}
