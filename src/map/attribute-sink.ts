// SPDX-License-Identifier: Apache-2.0
/**
 * The attributes of one record in the making (pure): keeps names unique, texts well-formed, the
 * generic ones within bounds, and counts what that cuts. It writes under the names that the operator
 * gave; the mapping itself knows only those of its table. Values are only texts, finite numbers and booleans, because every backend can hold those.
 */
import { OTHER_FIELDS_PREFIX } from "./attributes.ts";
import { isBlank, type AttributeScalar, type ScalarAttributes } from "./coercions.ts";
import type { AttributeNames } from "./overrides.ts";
import { redactText } from "./request-url.ts";

/**
 * Bounds of the generic mapping: Loki takes 128 entries a line, and the rest stands in the body
 * anyway.
 */
const MAX_OTHER_FIELDS = 32;
const MAX_OTHER_FIELD_CHARS = 1024;
const MAX_OTHER_NAME_CHARS = 256;
/** The facts of an Event Grid notification stand in `eventGridEventProperties.data`. */
const MAX_DEPTH = 3;

export class AttributeSink {
  /**
   * Names and values in turn; each name once. New for each record: to fill one old array with new
   * texts again and again costs the garbage collector more than a young one.
   */
  readonly pairs: AttributeScalar[] = [];
  /** Attributes that our bounds cut. */
  droppedCount = 0;

  readonly #names: AttributeNames | undefined;
  #otherFields = 0;

  constructor(names?: AttributeNames) {
    this.#names = names;
  }

  /** The attributes as an object: for those who look at all of them, not for the per-record path. */
  get attributes(): ScalarAttributes {
    return attributesOf(this.pairs);
  }

  /** What was written for an attribute of the table, whatever its name now; undefined when nothing was. */
  get(attribute: string): AttributeScalar | undefined {
    const names = this.#names;
    const name = names === undefined ? attribute : names.nameOf(attribute);
    return name === undefined ? undefined : this.#written(name);
  }

  /** Writes an attribute of the mapping table, which has each name once. */
  put(attribute: string, value: AttributeScalar): void {
    const names = this.#names;
    const name = names === undefined ? attribute : names.nameOf(attribute);
    if (name === undefined) return;
    // A lone surrogate has no UTF-8 form; receivers refuse the whole request for it.
    const isSound = typeof value !== "string" || value.isWellFormed();
    this.pairs.push(name, isSound ? value : value.toWellFormed());
  }

  /**
   * Writes a field without a rule under `azure.properties`, the fields of an object each under
   * their own name.
   */
  putOther(name: string, value: unknown): void {
    this.#putNested(name === "" ? OTHER_FIELDS_PREFIX : `${OTHER_FIELDS_PREFIX}.${name}`, value, 1);
  }

  /** Writes what the operator adds to each record. */
  putAdded(): void {
    for (const [name, text] of this.#names?.added ?? []) this.pairs.push(name, text);
  }

  #written(name: string): AttributeScalar | undefined {
    const { pairs } = this;
    for (let index = 0; index < pairs.length; index += 2) {
      if (pairs[index] === name) return pairs[index + 1];
    }
    return undefined;
  }

  #putNested(name: string, value: unknown, depth: number): void {
    if (isBlank(value)) return;
    if (typeof value !== "object" || value === null) {
      const key = name.isWellFormed() ? name : name.toWellFormed();
      this.#putOtherScalar(key, value as AttributeScalar);
    } else if (Array.isArray(value) || depth === MAX_DEPTH) {
      if (Object.keys(value).length > 0) this.droppedCount += 1;
    } else {
      const fields = value as Readonly<Record<string, unknown>>;
      for (const key in fields) this.#putNested(`${name}.${key}`, fields[key], depth + 1);
    }
  }

  #putOtherScalar(attribute: string, value: AttributeScalar): void {
    const name = this.#names === undefined ? attribute : this.#names.nameOf(attribute);
    // Left out by the operator is not cut by us.
    if (name === undefined) return;
    if (!this.#hasRoomFor(name, value)) {
      this.droppedCount += 1;
      return;
    }
    this.#otherFields += 1;
    // A URL may stand in any field, so credentials are looked for here too; only a text with one of
    // these can hold any.
    const mayHoldSecret =
      typeof value === "string" && (value.includes("=") || value.includes("//"));
    const shown = mayHoldSecret ? redactText(value) : value;
    this.pairs.push(name, typeof shown === "string" ? shown.toWellFormed() : shown);
  }

  #hasRoomFor(name: string, value: unknown): boolean {
    if (this.#otherFields >= MAX_OTHER_FIELDS || name.length > MAX_OTHER_NAME_CHARS) return false;
    if (this.#written(name) !== undefined) return false;
    if (typeof value === "string") return value.length <= MAX_OTHER_FIELD_CHARS;
    // 1e999 is Infinity by now, and an integer past 2^53 another one: better none than a wrong
    // number.
    if (typeof value === "number" && !Number.isFinite(value)) return false;
    return !Number.isInteger(value) || Number.isSafeInteger(value);
  }
}

/** Names and values in turn as an object. */
export function attributesOf(pairs: readonly AttributeScalar[]): ScalarAttributes {
  const attributes: ScalarAttributes = {};
  for (let index = 0; index < pairs.length; index += 2) {
    const value = pairs[index + 1];
    if (value !== undefined) attributes[String(pairs[index])] = value;
  }
  return attributes;
}
