// SPDX-License-Identifier: Apache-2.0
/**
 * Mutations of an event's fields: what comes out is always one JSON object, so the mapper has to take it, whatever
 * stands in which field.
 */
import type { RandomSource } from "../../src/simulate/random-source.ts";
import type { JsonObject } from "../source-events.ts";
import { oddName, oddValue } from "./odd-values.ts";

/** A place in the event: `holder[name]`. */
interface Place {
  readonly holder: JsonObject;
  readonly name: string;
}

type FieldMutation = (place: Place, event: JsonObject, random: RandomSource) => void;

const MUTATIONS: readonly FieldMutation[] = [
  function replaceValue({ holder, name }, _event, random) {
    define(holder, name, oddValue(random));
  },
  function removeField({ holder, name }) {
    Reflect.deleteProperty(holder, name);
  },
  function renameField({ holder, name }, _event, random) {
    const value = valueOf(holder, name);
    Reflect.deleteProperty(holder, name);
    define(holder, random.chance(0.5) ? oddName(random) : swapCase(name), value);
  },
  function addField({ holder }, _event, random) {
    define(holder, oddName(random), oddValue(random));
  },
  function swapType({ holder, name }) {
    define(holder, name, otherType(valueOf(holder, name)));
  },
  function wrapValue({ holder, name }, _event, random) {
    const value = valueOf(holder, name);
    define(holder, name, random.chance(0.5) ? [value, copyOf(value)] : { [name]: value });
  },
  function swapWithTop({ holder, name }, event, random) {
    const other = random.pick(Object.keys(event).concat("time"));
    const value = copyOf(valueOf(holder, name));
    define(holder, name, holder === event ? valueOf(event, other) : oddValue(random));
    define(event, other, value);
  },
  function copyToProperties({ holder, name }, event) {
    const properties = valueOf(event, "properties");
    const value = copyOf(valueOf(holder, name));
    if (isObject(properties)) define(properties, name, value);
    else define(event, "properties", { [name]: value });
  },
];

/** Changes the event in one place. */
export function mutateFields(event: JsonObject, random: RandomSource): void {
  random.pick(MUTATIONS)(pickPlace(event, random), event, random);
}

function pickPlace(event: JsonObject, random: RandomSource): Place {
  let holder = event;
  for (;;) {
    const names = Object.keys(holder);
    const name = names.length === 0 ? oddName(random) : random.pick(names);
    const value = valueOf(holder, name);
    if (!isObject(value) || random.chance(0.3)) return { holder, name };
    holder = value;
  }
}

/** A field's value, never one that every object inherits. */
function valueOf(holder: JsonObject, name: string): unknown {
  return Object.hasOwn(holder, name) ? holder[name] : undefined;
}

/** A value that stands in two places must be two: what is changed in one of them would change the other. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const name of Object.keys(value)) define(copy, name, copyOf(value[name]));
  return copy;
}

/** Sets a field of any name: assigning to `__proto__` would set the prototype and no field. */
function define(holder: JsonObject, name: string, value: unknown): void {
  Object.defineProperty(holder, name, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

function otherType(value: unknown): unknown {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string") return JSON.stringify(value);
  const number = Number(value);
  if (value !== "" && Number.isFinite(number)) return number;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value.length;
  }
}

function swapCase(name: string): string {
  const first = name.charAt(0);
  const swapped = first === first.toLowerCase() ? first.toUpperCase() : first.toLowerCase();
  return swapped + name.slice(1);
}

/** rawJSON objects are frozen: they count as values. */
function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !Object.isFrozen(value)
  );
}
