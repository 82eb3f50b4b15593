// SPDX-License-Identifier: Apache-2.0
/**
 * The framing of a position (pure): how the bytes behind it are cut into records, and how that is recognised at the
 * start of a blob. What the framings are stands at the type, in model.ts.
 */
import type { Framing, FramingKind, FramingMark, OpenBrackets } from "../model.ts";
import { matchEnvelope } from "./envelope-match.ts";
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
  trimEnd,
  trimStart,
} from "./json-bytes.ts";
import { findObjects } from "./objects-on-a-line.ts";

export interface FramingParts {
  readonly kind: FramingKind | "unknown";
  readonly open: OpenBrackets;
  readonly mark: FramingMark;
}

/** The framing of a position from its parts. */
export function framingOf(kind: FramingKind, open: OpenBrackets, mark: FramingMark = ""): Framing {
  return open === "" ? `${kind}${mark}` : `${kind}:${open}${mark}`;
}

/** The parts of a framing. */
export function partsOfFraming(framing: Framing): FramingParts {
  const [, kind = "unknown", open = "", mark = ""] = PARTS.exec(framing) ?? [];
  return { kind, open, mark } as FramingParts;
}

const PARTS = /^([a-z-]+):?([^@!]*)(.*)$/;

/**
 * Tells the framing by the first bytes of a blob; undefined when more of them are needed.
 *
 * A blob that begins with `[` or `{"records":[` is a document. So is one whose first object goes on in the next line as a
 * printer writes it, or is followed by others on its line, and by nothing else. Everything else is JSON Lines, a torn
 * first line too: the line behind a torn one begins with a bracket at its very start.
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

/** The first object goes on behind a line's end: a printer indents, or puts a name or a closing bracket there. */
function framingOfNextLine(head: Buffer, from: number): FramingKind | undefined {
  const next = firstContent(head, from);
  if (next === undefined) return undefined;
  const isPrinted = next.at > from || PRINTED.has(next.byte);
  return isPrinted ? "document" : "json-lines";
}

/** What a printer puts at the start of a line even without indenting. */
const PRINTED = new Set([QUOTE, OBJECT_CLOSE, ARRAY_CLOSE]);

/** The first object ends in its first line: the rest of the line tells, once it is there. */
function framingBehindObject(head: Buffer, from: number): FramingKind | undefined {
  const newline = head.indexOf(NEWLINE, from);
  if (newline < 0) return undefined;
  const rest = trimEnd(trimStart({ buffer: head, from, to: newline }));
  if (rest.from === rest.to) return "json-lines";
  const isList = head.subarray(rest.from, rest.to).every((byte) => byte === COMMA);
  return isList || findObjects(rest) !== undefined ? "document" : "json-lines";
}

/** The first byte of the next line with content, and where it stands in that line's own terms. */
function firstContent(head: Buffer, from: number): { byte: number; at: number } | undefined {
  let at = from;
  let lineStart = from;
  for (; isBlankByte(head[at]); at++) if (head[at] === NEWLINE) lineStart = at + 1;
  const byte = head[at];
  return byte === undefined ? undefined : { byte, at: from + (at - lineStart) };
}
