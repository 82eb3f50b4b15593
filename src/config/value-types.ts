// SPDX-License-Identifier: Apache-2.0
/**
 * The kinds of values that options take. Each is a zod schema from what an operator writes (text from a flag or the
 * environment, a scalar from the file) to the plain value that the program uses, and the words that describe it.
 * Pure. Bare numbers are no durations: `15` would be seconds to one reader and milliseconds to the next.
 */
import { z } from "zod";
import { Secret } from "./secret.ts";
import { parseIsoTime, type Start } from "./start.ts";

/** How one kind of value is read and described. */
export interface ValueType<T> {
  readonly schema: z.ZodType<T>;
  /** Word in usage lines: `duration`, `size`, … */
  readonly placeholder: string;
  /** Completes "expected …", with the bounds. */
  readonly expected: string;
}

/** What a reader gives back instead of a value: the reason, never with the value of a secret in it. */
class Refusal {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Wraps a reading function into a zod schema; a refusal becomes the issue's message. */
function schemaOf<T>(read: (value: unknown) => T | Refusal): z.ZodType<T> {
  return z.unknown().transform((value, context) => {
    const result = read(value);
    if (!(result instanceof Refusal)) return result;
    context.addIssue({ code: "custom", message: result.reason });
    return z.NEVER;
  });
}

const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const SIZE_UNITS_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** A duration in milliseconds, written with its unit: `200ms`, `15s`, `5m`, `24h`, `7d`. */
export function duration(min: string, max: string): ValueType<number> {
  const expected = `a duration such as 200ms, 15s, 5m, 24h or 7d, from ${min} to ${max}`;
  const bounds = [readDuration(min), readDuration(max)] as const;
  return {
    placeholder: "duration",
    expected,
    schema: schemaOf((value) => within(readDuration(value), bounds, value)),
  };
}

/** A size in bytes: `4MiB`, `512KiB`, or bare bytes. */
export function size(min: string, max: string): ValueType<number> {
  const bounds = [readSize(min), readSize(max)] as const;
  return {
    placeholder: "size",
    expected: `a size such as 4MiB, 512KiB or 1048576 (bytes), from ${min} to ${max}`,
    schema: schemaOf((value) => within(readSize(value), bounds, value)),
  };
}

/** A whole number. */
export function count(min: number, max: number): ValueType<number> {
  return {
    placeholder: "number",
    expected: `a whole number from ${min} to ${max}`,
    schema: schemaOf((value) => {
      const isWhole = /^\d{1,15}$/.test(asText(value) ?? "");
      const number = isWhole ? Number(value) : new Refusal(`${shown(value)} is no whole number`);
      return within(number, [min, max], value);
    }),
  };
}

/** One of a few words; `advice` explains words that people try and that cannot work. */
export function oneOf<const W extends string>(
  words: readonly W[],
  advice: Readonly<Record<string, string>> = {},
): ValueType<W> {
  return {
    placeholder: words.join("|"),
    expected: `one of ${words.join(", ")}`,
    schema: schemaOf((value) => {
      const text = asText(value)?.toLowerCase();
      const word = words.find((candidate) => candidate === text);
      if (word !== undefined) return word;
      const hint = text === undefined ? undefined : advice[text];
      return new Refusal(
        `${shown(value)} is not supported${hint === undefined ? "" : `: ${hint}`}`,
      );
    }),
  };
}

/** Yes or no. A flag without a value means yes. */
export function yesNo(): ValueType<boolean> {
  return {
    placeholder: "true|false",
    expected: "true or false",
    schema: schemaOf((value) => {
      const text = asText(value)?.toLowerCase();
      if (text === "true" || text === "false") return text === "true";
      return new Refusal(`${shown(value)} is neither true nor false`);
    }),
  };
}

/** Any text; with a pattern, text of that form. */
export function text(
  placeholder: string,
  expected: string,
  pattern = /^[^\p{Cc}]+$/u,
): ValueType<string> {
  return {
    placeholder,
    expected,
    schema: schemaOf((value) => {
      if (typeof value !== "string") return new Refusal(`${shown(value)} is no text; quote it`);
      return pattern.test(value.trim())
        ? value.trim()
        : new Refusal(`${shown(value)} has not the right form`);
    }),
  };
}

/** Text that is never shown, not even when it is wrong. */
export function secretText(expected: string): ValueType<Secret> {
  return {
    placeholder: "secret",
    expected,
    schema: schemaOf((value) => {
      if (typeof value !== "string") return new Refusal("the value is no text; quote it");
      // A key pasted from a file often brings its newline along; inside, a control character is a mistake.
      const trimmed = value.trim();
      if (/\p{Cc}/u.test(trimmed)) return new Refusal("the value holds a control character");
      return new Secret(trimmed);
    }),
  };
}

/** Where delivery begins. */
export function startPoint(): ValueType<Start> {
  return {
    placeholder: "start",
    expected:
      "beginning, now, a duration such as 24h or 7d, or an ISO time such as 2026-01-15T10:00Z",
    schema: schemaOf<Start>((value) => {
      const written = asText(value) ?? "";
      if (written === "beginning" || written === "now") return { kind: written };
      const timeMs = parseIsoTime(written);
      if (timeMs === "no-zone") {
        return new Refusal(
          `"${written}" names no zone; end it with Z (UTC) or an offset like +02:00`,
        );
      }
      if (timeMs !== undefined) return { kind: "at", timeMs };
      const ms = readDuration(value);
      return ms instanceof Refusal ? ms : { kind: "ago", ms };
    }),
  };
}

function readDuration(value: unknown): number | Refusal {
  const written = asText(value) ?? "";
  const match = /^(\d{1,12})\s?(ms|s|m|h|d)$/.exec(written);
  if (match !== null) return Number(match[1]) * (DURATION_UNITS_MS[match[2] ?? ""] ?? NaN);
  if (/^\d+$/.test(written)) {
    return new Refusal(`${shown(value)} has no unit: write ${written}s or ${written}ms`);
  }
  return new Refusal(`${shown(value)} is no duration`);
}

function readSize(value: unknown): number | Refusal {
  const written = asText(value) ?? "";
  const match = /^(\d{1,15})\s?(|b|kib|mib|gib)$/i.exec(written);
  if (match !== null) {
    return Number(match[1]) * (SIZE_UNITS_BYTES[(match[2] ?? "").toLowerCase()] ?? NaN);
  }
  const decimal = /^(\d+)\s?([kmg])b?$/i.exec(written);
  if (decimal !== null) {
    const binary = `${decimal[1] ?? ""}${(decimal[2] ?? "").toUpperCase()}iB`;
    return new Refusal(`${shown(value)} uses a unit that is not clear: write ${binary}`);
  }
  return new Refusal(`${shown(value)} is no size`);
}

function within(
  number: number | Refusal,
  [min, max]: readonly [number | Refusal, number | Refusal],
  written: unknown,
): number | Refusal {
  if (number instanceof Refusal) return number;
  if (min instanceof Refusal || max instanceof Refusal) return NaN;
  if (number < min) return new Refusal(`${shown(written)} is too small`);
  return number > max ? new Refusal(`${shown(written)} is too large`) : number;
}

function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim();
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** The value as a message quotes it: short, on one line. */
function shown(value: unknown): string {
  const written = asText(value);
  if (written === undefined) return Array.isArray(value) ? "a list" : "a group of settings";
  const line = JSON.stringify(written.length > 60 ? `${written.slice(0, 60)}…` : written);
  return typeof value === "string" ? line : written;
}
