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

/** More than a log line quotes. */
const SHOWN_CHARS = 400;
/** A search through more would hold up everything else; what is larger may repeat anything. */
const MAX_SENT_BYTES = 8 * 1024 * 1024;

/**
 * True when some eleven characters of the text stand in the request. `text` is what would be shown, without blanks
 * before it; what is behind its first 400 characters is shown to nobody.
 */
export function repeatsRequest(text: string, request: EncodedRequest): boolean {
  const sent = bytesOf(request);
  if (sent === undefined) return true;
  const shown = text.slice(0, SHOWN_CHARS);
  for (let from = 0; from + PIECE_CHARS <= shown.length; from += STEP_CHARS) {
    if (sent.includes(shown.slice(from, from + PIECE_CHARS))) return true;
  }
  return false;
}

function bytesOf({ body, contentEncoding }: EncodedRequest): Buffer | undefined {
  if (contentEncoding === undefined) {
    const sent = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    return sent.length > MAX_SENT_BYTES ? undefined : sent;
  }
  try {
    return gunzipSync(body, { maxOutputLength: MAX_SENT_BYTES });
  } catch {
    // Larger than we look at.
    return undefined;
  }
}
