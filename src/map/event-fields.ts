// SPDX-License-Identifier: Apache-2.0
/**
 * Reads an AuditEvent field by field, once, into numbered slots, so that the rules of the mapping
 * table need no lookup by path a record. Whatever no rule took (a field without a rule, a known
 * field of a type that its rule cannot take, a second source that says something else) is kept as
 * "left over" for the generic mapping. Claims are never left over: a token is personal data, only
 * what the table names is taken from it.
 *
 * One instance serves one record at a time and is used again for the next: the per-record path
 * allocates nothing here.
 */
import type { AuditEvent } from "../model.ts";
import { isBlank } from "./coercions.ts";
import { ClaimReader } from "./claim-reader.ts";

/**
 * A longer known field stays in the body alone: Loki holds 64 KiB of metadata a line, and no fact
 * of an audit event is so long.
 */
const MAX_FIELD_CHARS = 4096;

const PROPERTIES = "properties.";
const CLAIM = "claim.";

export class EventFields {
  /**
   * Names and values of what no rule took, in the order found; the first `leftCount` are of this
   * record.
   */
  readonly leftNames: string[] = [];
  readonly leftValues: unknown[] = [];
  leftCount = 0;
  /** Fields of this record that were too long to be taken. */
  cutCount = 0;

  /** As many as there are slots, of which none is filled. */
  readonly #empty: undefined[] = [];
  /**
   * What stands in the slots. New for each record: to store its new texts in one old array is
   * dearer, because the garbage collector must be told of each.
   */
  #values: unknown[] = [];
  /** Name under which a slot's value is left over; undefined for claims. */
  readonly #names: (string | undefined)[] = [];
  readonly #slotsBySource = new Map<string, readonly number[]>();
  readonly #top = new Map<string, number>();
  readonly #properties = new Map<string, number>();
  readonly #claims = new ClaimReader();
  readonly #identitySlot: number;

  constructor() {
    this.#identitySlot = this.#addSlot(this.#top, "identity", undefined);
    this.#slotsBySource.set("identity", [this.#identitySlot]);
    this.#addSlot(this.#top, "properties", undefined);
  }

  /**
   * The slots of some sources, in order of preference. For the start: not for the per-record path.
   */
  slotsOf(sources: readonly string[]): readonly number[] {
    return sources.flatMap((source) => {
      const slots = this.#slotsBySource.get(source) ?? this.#slotsFor(source);
      this.#slotsBySource.set(source, slots);
      return slots;
    });
  }

  /**
   * Takes a record in. Total: every JSON object has fields, none of them needs to be a known one.
   */
  read(event: AuditEvent): void {
    this.#values = this.#empty.slice();
    this.leftCount = 0;
    this.cutCount = 0;
    for (const name in event) {
      const slot = this.#top.get(name);
      if (slot === undefined) this.#leave(name, event[name]);
      else this.#values[slot] = event[name];
    }
    this.#readProperties(event["properties"]);
    const { identity } = event;
    if (identity !== undefined) {
      this.#values[this.#identitySlot] = this.#claims.read(identity, this.#values);
    }
  }

  /** What stands in a slot, as the record has it. */
  raw(slot: number): unknown {
    return this.#values[slot];
  }

  /** Leaves a slot's value to the generic mapping. */
  leave(slot: number): void {
    const name = this.#names[slot];
    if (name !== undefined) this.#leave(name, this.#values[slot]);
  }

  /**
   * The first of the slots that says something and that `coerce` can take; the others are left over
   * where they differ. Each slot is to be taken once a record, else its value would be left over
   * twice.
   */
  take<Value>(
    slots: readonly number[],
    coerce: (value: unknown) => Value | undefined,
  ): Value | undefined {
    let taken: Value | undefined;
    let source: unknown;
    // An index: this loop runs forty times a record, and most of its runs find one empty slot.
    for (let index = 0; index < slots.length; index += 1) {
      const slot = slots[index] ?? 0;
      const value = this.#values[slot];
      if (value === undefined || isBlank(value)) continue;
      const coerced = taken === undefined ? coerce(value) : undefined;
      if (coerced !== undefined) {
        taken = coerced;
        source = value;
      } else if (taken === undefined || (value !== source && coerce(value) !== taken)) {
        this.leave(slot);
      }
    }
    if (typeof taken !== "string" || taken.length <= MAX_FIELD_CHARS) return taken;
    this.cutCount += 1;
    return undefined;
  }

  #readProperties(properties: unknown): void {
    const fields = typeof properties === "string" ? objectFrom(properties) : properties;
    if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
      if (!isBlank(fields)) this.#leave("", fields);
      return;
    }
    const record = fields as Readonly<Record<string, unknown>>;
    for (const name in record) {
      const slot = this.#properties.get(name);
      if (slot === undefined) this.#leave(name, record[name]);
      else this.#values[slot] = record[name];
    }
  }

  #leave(name: string, value: unknown): void {
    this.leftNames[this.leftCount] = name;
    this.leftValues[this.leftCount] = value;
    this.leftCount += 1;
  }

  #slotsFor(source: string): readonly number[] {
    if (source.startsWith(PROPERTIES)) {
      const name = source.slice(PROPERTIES.length);
      return [this.#addSlot(this.#properties, name, name)];
    }
    if (!source.startsWith(CLAIM)) return [this.#addSlot(this.#top, source, source)];
    return this.#claims.slotsFor(source.slice(CLAIM.length), () => this.#newSlot(undefined));
  }

  #addSlot(slots: Map<string, number>, key: string, name: string | undefined): number {
    const slot = this.#newSlot(name);
    slots.set(key, slot);
    return slot;
  }

  #newSlot(name: string | undefined): number {
    this.#names.push(name);
    return this.#empty.push(undefined) - 1;
  }
}

/**
 * `properties` as some services write it: a JSON text of the object. Any other text stays a text.
 */
function objectFrom(text: string): unknown {
  if (!text.startsWith("{")) return text;
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON after all: the text itself is what the record says.
    return text;
  }
}
