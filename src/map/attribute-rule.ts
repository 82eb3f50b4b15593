// SPDX-License-Identifier: Apache-2.0
/** What one row of the mapping table says, and how it is written down. Pure. */
import type { CoercionName } from "./coercions.ts";

/**
 * stable/development: semantic conventions 1.44; contrib: opentelemetry-collector-contrib; own:
 * ours.
 */
export type AttributeStatus = "stable" | "development" | "contrib" | "own";

/** Type of an attribute's values. */
export type AttributeType = "string" | "int" | "boolean";

/** Steps of the mapping that make more of their sources than a change of type. */
export type DerivationName =
  | "unreadable time"
  | "failure"
  | "outcome"
  | "operation"
  | "address"
  | "port"
  | "url"
  | "object"
  | "position"
  | "constant"
  | "configuration"
  | "resource id"
  | "resource field";

/** One attribute: where it comes from, and what it is. */
export interface AttributeRule {
  readonly attribute: string;
  readonly sources: readonly string[];
  readonly how: CoercionName | DerivationName;
  readonly type: AttributeType;
  readonly status: AttributeStatus;
  readonly example: string;
}

/** A rule as the table writes it: the sources in one text, the type left to follow from `how`. */
export type AttributeRow = readonly [
  attribute: string,
  sources: string,
  how: CoercionName | DerivationName,
  status: AttributeStatus,
  example: string,
];

/** The rule of a row. */
export function toRule([attribute, sources, how, status, example]: AttributeRow): AttributeRule {
  const type = typeOf(how);
  return { attribute, sources: sources.split(" ").filter(Boolean), how, type, status, example };
}

function typeOf(how: CoercionName | DerivationName): AttributeType {
  if (how === "integer" || how === "httpStatus" || how === "port") return "int";
  return how === "flag" ? "boolean" : "string";
}
