// SPDX-License-Identifier: Apache-2.0
/**
 * Whether a receiver's text repeats what it was sent (pure). Gateways and firewalls like to quote what they block, and
 * what we send is event content, which has no place in our own log (promise D10).
 */
import { gunzipSync } from "node:zlib";
import type { EncodedRequest } from "./exporter.ts";

/** Pieces that are looked for. Common words that stand in both cost a text its place in the log, and nothing else. */
const PIECE_CHARS = 8;
/** Pieces overlap, so that every repetition of eleven characters holds a whole one. */
const STEP_CHARS = 4;

/** True when some eleven characters of the text stand in the request; only its first 2,000 are looked at. */
export function repeatsRequest(text: string, { body, contentEncoding }: EncodedRequest): boolean {
  const sent = contentEncoding === "gzip" ? gunzipSync(body) : Buffer.from(body);
  const shown = text.slice(0, 2_000);
  for (let from = 0; from + PIECE_CHARS <= shown.length; from += STEP_CHARS) {
    if (sent.includes(shown.slice(from, from + PIECE_CHARS))) return true;
  }
  return false;
}
