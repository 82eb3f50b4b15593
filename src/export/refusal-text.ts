// SPDX-License-Identifier: Apache-2.0
/**
 * What a receiver's own words say about a refusal (pure). Only words that are known are believed; anything else says
 * nothing, and the status stands alone.
 */

/**
 * - `entries`: single entries of the request were rejected, the others are stored. To send them again would repeat them.
 * - `too-large`: the request as a whole is larger than the receiver takes.
 * - `unsaid`: neither.
 */
export type RefusalMeaning = "entries" | "too-large" | "unsaid";

/**
 * Loki answers 400 when it rejects some entries of a push, and stores the rest; it never sends OTLP's partial success.
 * The sentences are those of its validation and of its ingester (grafana/loki, pkg/validation/validate.go and
 * pkg/ingester/stream.go), which a collector in between passes on. Whole sentences: a receiver that repeats what a
 * record says in its answer must not be taken for one that stored the others.
 */
const ENTRY_TEXTS: readonly RegExp[] = [
  /entry for stream '[^]*?' has timestamp too (?:old|new): /,
  /entry with timestamp [^]{1,80}? ignored, reason: 'entry (?:too far behind|out of order)/,
  /Max entry size '\d+' bytes exceeded for stream '/,
  /stream '[^]*?' has structured metadata (?:size )?too large: '\d+'/,
  /stream '[^]*?' has too many structured metadata labels: '\d+'/,
  /entry for stream '[^]*?' has \d+ label names; limit \d+/,
  /stream '[^]*?' has label (?:name|value) too long: '/,
  /stream '[^]*?' has duplicate label name: '/,
];

/** Go's `http: request body too large` (every collector), gRPC's `message larger than max`, and what proxies say. */
const SIZE_TEXTS: readonly RegExp[] = [
  /too large/i,
  /larger than (?:the )?max/i,
  /exceed(?:s|ed)? (?:the )?(?:max|limit|allowed)/i,
  /payload too (?:big|long)/i,
];

/** `text` is the receiver's message; only its first 64 KiB are looked at. */
export function readRefusal(status: number, text: string): RefusalMeaning {
  const start = text.slice(0, 65_536);
  if (status === 400 && ENTRY_TEXTS.some((pattern) => pattern.test(start))) return "entries";
  if (status === 413) return "too-large";
  if (status === 400 && SIZE_TEXTS.some((pattern) => pattern.test(start))) return "too-large";
  return "unsaid";
}
