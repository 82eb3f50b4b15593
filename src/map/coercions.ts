// SPDX-License-Identifier: Apache-2.0
/**
 * From a JSON value to an attribute value (pure). A coercion changes the type, never the fact: what
 * it cannot take without loss it leaves (undefined), and the value goes on under its own name
 * instead. Placeholders that Azure writes for "nothing" count as absent.
 */
import { redactText } from "./request-url.ts";

export type AttributeScalar = string | number | boolean;
export type ScalarAttributes = Record<string, AttributeScalar>;
export type Coercion = (value: unknown) => AttributeScalar | undefined;

const HTTP_STATUS = /^[1-5]\d\d$/;
const INTEGER_TEXT = /^-?\d{1,15}$/;

/**
 * True for null, the empty text and the placeholders `-` and `(unknown)`: such a field says
 * nothing.
 */
export function isBlank(value: unknown): boolean {
  if (typeof value !== "string") return value === undefined || value === null;
  return value.length <= 9 && (value === "" || value === "-" || value === "(unknown)");
}

/** The named coercions of the mapping table. */
export const COERCIONS = {
  text: (value: unknown) => (typeof value === "string" ? value : undefined),
  /** A text that some services write as a number: a signature of 400, a level of 4. */
  label: (value: unknown) => {
    if (typeof value === "string") return value;
    return Number.isSafeInteger(value) ? String(value) : undefined;
  },
  /** Key Vault writes `durationMs` as a text, Managed HSM as a number. */
  integer: (value: unknown) => {
    if (typeof value === "string") return INTEGER_TEXT.test(value) ? Number(value) : undefined;
    return Number.isSafeInteger(value) ? (value as number) : undefined;
  },
  /** A status of HTTP has three digits; any other number is something else. */
  httpStatus: (value: unknown) => {
    const text = typeof value === "number" ? String(value) : value;
    return typeof text === "string" && HTTP_STATUS.test(text) ? Number(text) : undefined;
  },
  /** Prose of a service, which may quote a URL with credentials in it. */
  message: (value: unknown) => {
    if (typeof value !== "string") return undefined;
    return value.includes("=") || value.includes("//") ? redactText(value) : value;
  },
  flag: (value: unknown) => {
    if (typeof value === "boolean") return value;
    if (typeof value !== "string") return undefined;
    const lower = value.toLowerCase();
    return lower === "true" ? true : lower === "false" ? false : undefined;
  },
  /** `TLS1_3` is semconv's `1.3`. */
  tlsVersion: (value: unknown) => {
    if (typeof value !== "string") return undefined;
    const match = /^TLSv?(\d)(?:[._](\d))?$/i.exec(value);
    return match === null ? value : `${match[1] ?? ""}.${match[2] ?? "0"}`;
  },
  /** `amr` is one method as a text, or a list of them. */
  words: (value: unknown) => {
    if (typeof value === "string") return value;
    if (!Array.isArray(value) || value.length === 0) return undefined;
    const words = value.every((word) => typeof word === "string") ? value.join(",") : "";
    return words === "" ? undefined : words;
  },
} as const satisfies Record<string, Coercion>;

export type CoercionName = keyof typeof COERCIONS;
