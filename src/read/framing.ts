// SPDX-License-Identifier: Apache-2.0
/**
 * The framing of a position (pure): how the bytes behind it are cut into records, and how that is recognised at the
 * start of a blob. What the framings are stands at the type, in model.ts.
 */
import type { Framing, FramingKind, OpenBrackets } from "../model.ts";
import {
  ARRAY_CLOSE,
  ARRAY_OPEN,
  BACKSLASH,
  COMMA,
  isBlankByte,
  NEWLINE,
  OBJECT_CLOSE,
  OBJECT_OPEN,
  QUOTE,
  trimStart,
} from "./json-bytes.ts";

/** The framing of a position from its two parts. */
export function framingOf(kind: FramingKind, open: OpenBrackets): Framing {
  return open === "" ? kind : `${kind}:${open}`;
}

/** The two parts of a framing. */
export function partsOfFraming(framing: Framing): {
  kind: FramingKind | "unknown";
  open: OpenBrackets;
} {
  const [kind, open = ""] = framing.split(":");
  return { kind: kind as FramingKind | "unknown", open: open as OpenBrackets };
}

/**
 * Tells the framing by the first bytes of a blob; undefined when more of them are needed.
 *
 * A blob that begins with `[` or `{"records":[` is a document. So is one whose first object goes on behind the end of a
 * line with a further name, or is followed by another one on its last line: it is pretty-printed, or objects were
 * written one behind the other. Everything else is JSON Lines, a torn first line too: the line that follows a torn one
 * begins with a bracket, which no printer puts there.
 */
export function recogniseFraming(head: Buffer): FramingKind | undefined {
  const { from } = trimStart({ buffer: head, from: 0, to: head.length });
  // A byte order mark cut in two is no text yet.
  if (from === head.length || (from === 0 && head[0] === 0xef && head.length < 3)) return undefined;
  if (head[from] === ARRAY_OPEN) return "document";
  if (head[from] !== OBJECT_OPEN) return "json-lines";
  const opener = matchEnvelope(head, from);
  if (opener === "whole") return "document";
  if (opener === "part") return undefined;
  return framingOfFirstObject(head, from);
}

/** Whether `{"records":[` stands at a place, white space allowed between its tokens. */
export function matchEnvelope(
  bytes: Buffer,
  from: number,
  to = bytes.length,
): "whole" | "part" | "no" {
  const match = new EnvelopeMatch();
  for (let at = from; at < to; at++) {
    if (match.take(bytes[at] ?? 0)) return "whole";
    if (match.hasFailed) return "no";
  }
  return "part";
}

const ENVELOPE = Buffer.from('{"records":[');
/** Where white space may stand: in front of a token, not inside the name. */
const GAPS = new Set([1, 10, 11]);

/** Compares bytes with the beginning of an envelope, one by one. */
export class EnvelopeMatch {
  #next = 0;

  /** True once the last byte of the opening was taken. */
  take(byte: number): boolean {
    if (byte === ENVELOPE[this.#next]) this.#next++;
    else if (!(GAPS.has(this.#next) && isBlankByte(byte))) this.#next = Infinity;
    return this.#next === ENVELOPE.length;
  }

  get hasFailed(): boolean {
    return this.#next > ENVELOPE.length;
  }
}

function framingOfFirstObject(head: Buffer, from: number): FramingKind | undefined {
  let depth = 0;
  for (let at = from; at < head.length; at++) {
    const byte = head[at];
    if (byte === QUOTE) {
      at = endOfString(head, at);
      if (head[at] === NEWLINE) return "json-lines";
    } else if (byte === NEWLINE) {
      return framingOfNextLine(head, at + 1);
    } else if (byte === OBJECT_OPEN || byte === ARRAY_OPEN) {
      depth++;
    } else if (byte === OBJECT_CLOSE || byte === ARRAY_CLOSE) {
      depth--;
      if (depth === 0) return framingBehindObject(head, at + 1);
    }
  }
  return undefined;
}

/** Where a string ends: its closing quote, or a line's end, which no string may hold. */
function endOfString(head: Buffer, quote: number): number {
  let at = quote + 1;
  while (at < head.length && head[at] !== QUOTE && head[at] !== NEWLINE) {
    at += head[at] === BACKSLASH ? 2 : 1;
  }
  return at;
}

/** The first object goes on behind a line's end: a printer puts a name or the object's end there. */
function framingOfNextLine(head: Buffer, from: number): FramingKind | undefined {
  const next = firstContent(head, from);
  if (next === undefined) return undefined;
  return next === QUOTE || next === OBJECT_CLOSE ? "document" : "json-lines";
}

/** The first object ends in its first line: what follows in the line tells. */
function framingBehindObject(head: Buffer, from: number): FramingKind | undefined {
  let at = from;
  while (isBlankByte(head[at]) && head[at] !== NEWLINE) at++;
  if (at >= head.length) return undefined;
  return head[at] === OBJECT_OPEN || head[at] === COMMA ? "document" : "json-lines";
}

function firstContent(head: Buffer, from: number): number | undefined {
  let at = from;
  while (isBlankByte(head[at])) at++;
  return head[at];
}
