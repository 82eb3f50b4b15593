// SPDX-License-Identifier: Apache-2.0
/** The bounds of the mapping, measured at the mapper itself, so that the page cannot name others than are in effect. */
import { OTHER_FIELDS_PREFIX } from "../../src/map/attributes.ts";
import type { AuditEvent } from "../../src/model.ts";
import { mappedFields } from "./mapped-event.ts";

/** What a record's attributes can hold. */
export interface Bounds {
  /** Characters of a field of the table. */
  readonly fieldChars: number;
  /** Attributes below `azure.properties`. */
  readonly otherFields: number;
  /** Characters of one of them. */
  readonly otherFieldChars: number;
  /** Characters of the name of one of them, the prefix included. */
  readonly otherNameChars: number;
  /** Objects in one another whose fields are attributes. */
  readonly depth: number;
}

const MANY = 100_000;
const DEEP = 64;

export function measureBounds(): Bounds {
  const others = (event: AuditEvent): string[] =>
    Object.keys(mappedFields(event).attributes).filter((name) =>
      name.startsWith(OTHER_FIELDS_PREFIX),
    );
  const isOther = (event: AuditEvent): boolean => others(event).length > 0;
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`f${index}`, index]));
  return {
    fieldChars: largest(
      MANY,
      (chars) =>
        "user_agent.original" in mappedFields({ clientInfo: "x".repeat(chars) }).attributes,
    ),
    otherFields: others(many).length,
    otherFieldChars: largest(MANY, (chars) => isOther({ f: "x".repeat(chars) })),
    otherNameChars:
      largest(MANY, (chars) => isOther({ ["x".repeat(chars)]: 1 })) +
      `${OTHER_FIELDS_PREFIX}.`.length,
    depth: largest(DEEP, (depth) => isOther({ f: nested(depth - 1) })),
  };
}

/** The largest count from 1 to `limit` that is fit; all smaller ones are. */
function largest(limit: number, isFit: (count: number) => boolean): number {
  let fit = 0;
  let unfit = limit + 1;
  while (unfit - fit > 1) {
    const middle = Math.floor((fit + unfit) / 2);
    if (isFit(middle)) fit = middle;
    else unfit = middle;
  }
  return fit;
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { n: nested(depth - 1) };
}
