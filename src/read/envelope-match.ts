// SPDX-License-Identifier: Apache-2.0
/** Recognises the beginning of an envelope of records, `{"records":[`, in one piece or byte by byte (pure). */
import { isBlankByte } from "./json-bytes.ts";

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
