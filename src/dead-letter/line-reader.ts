// SPDX-License-Identifier: Apache-2.0
/**
 * Lines out of chunks of bytes, one at a time, so that memory depends on the longest line and not
 * on the file. A line that is longer than any entry can be is passed by without being held.
 */
import { Buffer } from "node:buffer";

/** The longest record, each of its bytes written as six characters, and more than enough beside. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;
const NEWLINE = 0x0a;

export interface Line {
  /** Without its newline. Undefined when it was too long to be held. */
  readonly bytes: Buffer | undefined;
  /** False for the last one of a file that does not end with a newline: it was cut off. */
  readonly isWhole: boolean;
}

/** Splits at newlines; a rest behind the last one comes as a line that is not whole. */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  maxLineBytes = MAX_LINE_BYTES,
): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let held = 0;
  let isTooLong = false;
  const take = (isWhole: boolean): Line => {
    const line = { bytes: isTooLong ? undefined : Buffer.concat(parts), isWhole };
    parts = [];
    held = 0;
    isTooLong = false;
    return line;
  };
  const keep = (part: Buffer): void => {
    held += part.length;
    isTooLong ||= held > maxLineBytes;
    if (isTooLong) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      keep(chunk.subarray(start, end));
      yield take(true);
      start = end + 1;
    }
    keep(chunk.subarray(start));
  }
  if (held > 0) yield take(false);
}
