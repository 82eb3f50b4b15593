// SPDX-License-Identifier: Apache-2.0
/**
 * The American spelling of a time that some Azure services write (pure): `1/9/2007 9:41:00 AM`, the
 * ninth of January. Always month, day, year; a 12-hour clock where AM or PM stands behind it, else a
 * 24-hour one; always UTC, because no zone is ever written.
 */

const US_TIME =
  /^(\d{1,2})\/(\d{1,2})\/(\d{4})[ T](\d{1,2}):(\d{2}):(\d{2})(\.\d+)?(?:\s?([AP])M)?Z?$/i;

/** The same time in ISO 8601; undefined when the text is none in this spelling. */
export function isoFromUsTime(text: string): string | undefined {
  const [whole, month = "", day = "", year = "", hourText = "", minute = "", second = "", ...rest] =
    US_TIME.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const [fraction = "", half] = rest;
  const hour = half === undefined ? Number(hourText) : hourOfHalf(Number(hourText), half);
  if (hour === undefined) return undefined;
  const date = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  return `${date}T${String(hour).padStart(2, "0")}:${minute}:${second}${fraction}Z`;
}

/** 12 AM is midnight, 12 PM noon; a 12-hour clock has no other hours than 1 to 12. */
function hourOfHalf(hour: number, half: string): number | undefined {
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (half.toUpperCase() === "P" ? 12 : 0);
}
