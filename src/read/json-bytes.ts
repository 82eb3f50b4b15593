// SPDX-License-Identifier: Apache-2.0
/** The bytes that JSON is built of, as far as cutting it into records needs them. */

export const TAB = 0x09;
export const NEWLINE = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const ARRAY_OPEN = 0x5b;
export const BACKSLASH = 0x5c;
export const ARRAY_CLOSE = 0x5d;
export const OBJECT_OPEN = 0x7b;
export const OBJECT_CLOSE = 0x7d;

/** UTF-8 byte order mark: legal at the start of a text, and no part of any record. */
export const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/** White space of JSON. */
export function isBlankByte(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN || byte === NEWLINE;
}

/** A piece of a buffer: `buffer.subarray(from, to)`. */
export interface TextRange {
  readonly buffer: Buffer;
  readonly from: number;
  readonly to: number;
}

/** Without a byte order mark and blanks in front. */
export function trimStart({ buffer, from, to }: TextRange): TextRange {
  let at = from;
  if (to - at >= BYTE_ORDER_MARK.length && hasByteOrderMark(buffer, at)) {
    at += BYTE_ORDER_MARK.length;
  }
  while (at < to && isBlankByte(buffer[at])) at++;
  return { buffer, from: at, to };
}

/** Without blanks behind. */
export function trimEnd({ buffer, from, to }: TextRange): TextRange {
  let end = to;
  while (end > from && isBlankByte(buffer[end - 1])) end--;
  return { buffer, from, to: end };
}

function hasByteOrderMark(buffer: Buffer, at: number): boolean {
  return BYTE_ORDER_MARK.every((byte, index) => buffer[at + index] === byte);
}
