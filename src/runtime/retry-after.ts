// SPDX-License-Identifier: Apache-2.0
/** How long the other side of an HTTP exchange asks us to wait (pure). */

/** Whoever asks for more time is asked again after this all the same. */
export const MAX_RETRY_AFTER_MS = 60 * 60 * 1000;

const IMF_FIXDATE = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/;
const RFC850_DATE = /^[A-Z][a-z]+day, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}:\d{2}:\d{2}) GMT$/;
const ASCTIME_DATE = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}:\d{2}:\d{2}) (\d{4})$/;

/**
 * Milliseconds to wait by a `Retry-After` header (delta-seconds or one of HTTP's three date forms),
 * between 0 and one hour; undefined when there is no header or it cannot be read.
 */
export function parseRetryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : parseHttpDateMs(text) - nowMs;
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(0, waitMs), MAX_RETRY_AFTER_MS);
}

/** Epoch ms, or NaN. RFC 9110, 5.6.7: a recipient must accept all three forms. */
function parseHttpDateMs(text: string): number {
  const imf = IMF_FIXDATE.exec(text);
  if (imf !== null) return toEpochMs(imf[3], imf[2], imf[1], imf[4]);
  const rfc850 = RFC850_DATE.exec(text);
  // Two digits of a year: no receiver asks us to wait for the last century.
  if (rfc850 !== null) return toEpochMs(`20${rfc850[3] ?? ""}`, rfc850[2], rfc850[1], rfc850[4]);
  const asctime = ASCTIME_DATE.exec(text);
  if (asctime === null) return Number.NaN;
  return toEpochMs(asctime[4], asctime[1], asctime[2]?.trim(), asctime[3]);
}

function toEpochMs(...[year, month, day, time]: readonly (string | undefined)[]): number {
  return Date.parse(`${day ?? ""} ${month ?? ""} ${year ?? ""} ${time ?? ""} GMT`);
}
