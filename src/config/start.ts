// SPDX-License-Identifier: Apache-2.0
/**
 * Where delivery begins, as the operator writes it. Pure: the clock's time is a parameter. Resolved to an absolute
 * whole hour once, when a checkpoint store is first used; the store keeps the answer.
 */
import { unreachable } from "../errors.ts";

export type Start =
  | { readonly kind: "beginning" }
  /** The current hour from its first byte. */
  | { readonly kind: "now" }
  | { readonly kind: "ago"; readonly ms: number }
  | { readonly kind: "at"; readonly timeMs: number };

const HOUR_MS = 60 * 60 * 1000;

const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?<zone>Z|[+-]\d{2}:\d{2})?)?$/i;

/** The first hour to deliver, epoch ms of a whole hour (UTC): the hour that holds the wished time. */
export function resolveStartHour(start: Start, nowMs: number): number {
  switch (start.kind) {
    case "beginning":
      return 0;
    case "now":
      return floorToHour(nowMs);
    case "ago":
      return Math.max(0, floorToHour(nowMs - start.ms));
    case "at":
      return Math.max(0, floorToHour(start.timeMs));
    default:
      return unreachable(start);
  }
}

/**
 * Epoch ms of an ISO time with a zone (`2026-01-15T10:00Z`), or of a date alone (its first moment, UTC).
 * A time without a zone is refused: it would mean another hour on another machine.
 */
export function parseIsoTime(text: string): number | "no-zone" | undefined {
  const match = ISO_TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day] = match.map(Number);
  const hasTime = text.length > 10;
  if (hasTime && match.groups?.["zone"] === undefined) return "no-zone";
  // Date.parse takes 30 February for 2 March; an operator who wrote it meant something else.
  if (day === 0 || (day ?? 0) > daysIn(year ?? 0, month ?? 0)) return undefined;
  const timeMs = Date.parse(text.replace(" ", "T"));
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

function floorToHour(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
