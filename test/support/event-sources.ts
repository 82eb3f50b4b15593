// SPDX-License-Identifier: Apache-2.0
/**
 * Takes single sources of the mapping table out of an event, to see what depends on them. A claim is taken out spelling
 * by spelling.
 */
import { claimSpellings } from "../../src/map/identity.ts";
import type { AuditEvent } from "../../src/model.ts";

/** One place of an event where a source may stand. */
export interface SourcePlace {
  /** The source as the mapping table names it, with the spelling where it has several. */
  readonly label: string;
  /** Keys from the event's top to the place, one for each form of `identity` that there is. */
  readonly paths: readonly (readonly string[])[];
}

const CLAIM = "claim.";

/** The places that a source of the mapping table names. */
export function placesOf(source: string): SourcePlace[] {
  if (!source.startsWith(CLAIM)) return [{ label: source, paths: [source.split(".")] }];
  return claimSpellings(source.slice(CLAIM.length)).map(({ namespace, key }) => {
    const tail = namespace === undefined ? [key] : [namespace, "claims", key];
    return {
      label: `${CLAIM}${tail.join(" → ")}`,
      paths: [
        ["identity", "claim", ...tail],
        ["identity", "claims", ...tail],
        ["identity", ...tail],
      ],
    };
  });
}

/** The event of a text with `identity` and `properties` as objects where they are JSON texts of one. */
export function unfolded(text: string): AuditEvent {
  const event = JSON.parse(text) as Record<string, unknown>;
  for (const name of ["identity", "properties"]) {
    const value = event[name];
    if (typeof value === "string" && value.startsWith("{")) event[name] = parsedOr(value);
  }
  return event;
}

/** The event without what stands at the places; undefined when nothing does. */
export function without(text: string, places: readonly SourcePlace[]): AuditEvent | undefined {
  const event = unfolded(text);
  const removed = places.flatMap(({ paths }) => paths).filter((path) => removeAt(event, path));
  return removed.length === 0 ? undefined : event;
}

function removeAt(event: AuditEvent, path: readonly string[]): boolean {
  let parent: unknown = event;
  for (const key of path.slice(0, -1)) parent = isObject(parent) ? parent[key] : undefined;
  const last = path.at(-1) ?? "";
  return isObject(parent) && Object.hasOwn(parent, last) && Reflect.deleteProperty(parent, last);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Half a JSON text stays the text that it is.
    return text;
  }
}
