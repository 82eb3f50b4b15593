// SPDX-License-Identifier: Apache-2.0
/**
 * Times as OTLP wants them: `[seconds, nanoseconds]` since the epoch (pure). JavaScript's Date
 * keeps milliseconds, Azure writes ticks of 100 ns, so the text is read by hand, digit by digit and
 * without a Date a record.
 *
 * Read is what Azure services write in ISO 8601: a full date, `T` or a blank, hours to seconds, 0
 * to 9 fraction digits (further ones are cut), `Z`, `±hh:mm`, `±hhmm`, or no zone, which means UTC.
 * The American spelling (us-time.ts) is read, too. A day that does not exist or a leap second is
 * unreadable: the caller falls back and keeps the text.
 */
import type { HrTime } from "@opentelemetry/api";
import { isoFromUsTime } from "./us-time.ts";

const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/**
 * Days from 0000-01-01 to 1970-01-01 in the Gregorian calendar carried back; the year 0 is a leap
 * year.
 */
const DAYS_TO_1970 = 719_528;
const DAY_SECONDS = 86_400;
/**
 * OTLP counts nanoseconds in 64 bits and many receivers read them signed: the year 2262 ends it.
 */
const MAX_SECONDS = 9_223_372_036;
const NANO_DIGITS = 9;

const ZERO = 48;
const DASH = 45;
const COLON = 58;
const DOT = 46;
const PLUS = 43;

/**
 * Reads a time with up to nanosecond precision. Undefined when the text is none, or lies
 * outside what a receiver can hold: the epoch itself means "unknown" in OTLP, so a readable time is
 * later than 1970-01-01T00:00:00.
 */
export function parseTimestamp(text: string): HrTime | undefined {
  // No ISO time has a slash.
  const usTime = text.includes("/") ? isoFromUsTime(text) : undefined;
  return parseIsoTime(usTime ?? text);
}

function parseIsoTime(text: string): HrTime | undefined {
  const day = dayOf(text);
  const time = secondOfDay(text);
  if (day < 0 || time < 0) return undefined;
  let position = 19;
  let nanos = 0;
  if (text.charCodeAt(position) === DOT) {
    const end = endOfDigits(text, position + 1);
    if (end === position + 1) return undefined;
    nanos = nanosOf(text, position + 1, end);
    position = end;
  }
  const offset = zoneOffsetSeconds(text, position);
  if (Number.isNaN(offset)) return undefined;
  const seconds = day * DAY_SECONDS + time - offset;
  return seconds > 0 && seconds < MAX_SECONDS ? [seconds, nanos] : undefined;
}

/** Whole milliseconds since the epoch as HrTime. */
export function hrTimeOfMs(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1000);
  return [seconds, Math.round((epochMs - seconds * 1000) * 1e6)];
}

/**
 * Days since 1970-01-01 of the text's `yyyy-MM-dd`; negative when it is no date, or an earlier one.
 */
function dayOf(text: string): number {
  const year = fourDigits(text, 0);
  const month = twoDigits(text, 5);
  const dayOfMonth = twoDigits(text, 8);
  if (year < 1 || text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return -1;
  if (month < 1 || month > 12 || dayOfMonth < 1) return -1;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const lastDay = (DAYS_IN_MONTH[month - 1] ?? 0) + (isLeap && month === 2 ? 1 : 0);
  if (dayOfMonth > lastDay) return -1;
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const dayOfYear =
    (DAYS_BEFORE_MONTH[month - 1] ?? 0) + dayOfMonth + (isLeap && month > 2 ? 1 : 0);
  return 366 + before * 365 + leapDays + dayOfYear - 1 - DAYS_TO_1970;
}

/**
 * Seconds since midnight of the text's `hh:mm:ss` behind `T` or a blank; negative when it is none.
 */
function secondOfDay(text: string): number {
  const separator = text.charAt(10);
  if (separator !== "T" && separator !== "t" && separator !== " ") return -1;
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return -1;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1;
  return hour * 3600 + minute * 60 + second;
}

/** Offset from UTC in seconds of what stands behind the fraction; NaN when that is no zone. */
function zoneOffsetSeconds(text: string, position: number): number {
  if (text.length === position) return 0;
  const sign = text.charCodeAt(position);
  if (text.length === position + 1)
    return text[position] === "Z" || text[position] === "z" ? 0 : NaN;
  if (sign !== PLUS && sign !== DASH) return NaN;
  const hasColon = text.charCodeAt(position + 3) === COLON;
  if (text.length !== position + (hasColon ? 6 : 5)) return NaN;
  const hours = twoDigits(text, position + 1);
  const minutes = twoDigits(text, position + (hasColon ? 4 : 3));
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return NaN;
  return (sign === DASH ? -1 : 1) * (hours * 3600 + minutes * 60);
}

function endOfDigits(text: string, from: number): number {
  let end = from;
  while (digit(text, end) >= 0) end += 1;
  return end;
}

function nanosOf(text: string, from: number, end: number): number {
  let nanos = 0;
  for (let place = 0; place < NANO_DIGITS; place += 1) {
    nanos = nanos * 10 + (from + place < end ? digit(text, from + place) : 0);
  }
  return nanos;
}

function fourDigits(text: string, at: number): number {
  const high = twoDigits(text, at);
  const low = twoDigits(text, at + 2);
  return high < 0 || low < 0 ? -1 : high * 100 + low;
}

function twoDigits(text: string, at: number): number {
  const tens = digit(text, at);
  const ones = digit(text, at + 1);
  return tens < 0 || ones < 0 ? -1 : tens * 10 + ones;
}

/** The digit at a position; -1 when there is none, the text's end included. */
function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - ZERO;
  return value >= 0 && value <= 9 ? value : -1;
}
