// SPDX-License-Identifier: Apache-2.0
/**
 * A strict reader of the protobuf wire format (pure).
 *
 * It promises that whatever it reads to the end was well-formed: no truncated field, no group, no
 * over-long varint, no field number 0, no text that is not UTF-8, no known field with a foreign
 * wire type. Lenient readers take a login page for a message with unknown fields; here that
 * difference decides whether audit records count as delivered. It knows no schema: callers loop
 * `while (reader.next())`, switch on `field`, and `skip()` what they do not know.
 */
import { isUtf8 } from "node:buffer";

/**
 * The bytes are not what they should be. Caught at the edge of each decoder, where it becomes a
 * value.
 */
export class WireError extends Error {}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** An int64 takes at most ten bytes of seven bits. */
const MAX_VARINT_BYTES = 10;

export class ProtobufReader {
  readonly #buffer: Buffer;
  readonly #end: number;
  #at: number;
  #field = 0;
  #wireType = 0;

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer;
    this.#at = start;
    this.#end = end;
  }

  /** Reads the next field's tag; false at the end of the message. */
  next(): boolean {
    if (this.#at === this.#end) return false;
    const tag = this.#varint();
    this.#wireType = tag & 7;
    this.#field = Math.floor(tag / 8);
    if (this.#field === 0 || tag > 0xffff_ffff) throw new WireError("impossible field number");
    return true;
  }

  /** Number of the field that `next` found. */
  get field(): number {
    return this.#field;
  }

  /** uint32, bool or enum. */
  uint32(): number {
    this.#expect(VARINT);
    const value = this.#varint();
    if (value > 0xffff_ffff) throw new WireError("number out of range");
    return value;
  }

  int64(): bigint {
    this.#expect(VARINT);
    const start = this.#at;
    const value = this.#varint();
    if (Number.isSafeInteger(value)) return BigInt(value);
    return this.#bigVarint(start);
  }

  fixed64(): bigint {
    this.#expect(FIXED64);
    return this.#buffer.readBigUInt64LE(this.#take(8));
  }

  fixed32(): number {
    this.#expect(FIXED32);
    return this.#buffer.readUInt32LE(this.#take(4));
  }

  double(): number {
    this.#expect(FIXED64);
    return this.#buffer.readDoubleLE(this.#take(8));
  }

  text(): string {
    const { start, end } = this.#delimited();
    const text = this.#buffer.toString("utf8", start, end);
    // Bad bytes decode to U+FFFD, so only a text that shows one needs the slower proof.
    if (text.includes("\ufffd") && !isUtf8(this.#buffer.subarray(start, end))) {
      throw new WireError("text is not UTF-8");
    }
    return text;
  }

  /** A view of the field's bytes, not a copy. */
  bytes(): Buffer {
    const { start, end } = this.#delimited();
    return this.#buffer.subarray(start, end);
  }

  /** A reader of the embedded message. */
  message(): ProtobufReader {
    const { start, end } = this.#delimited();
    return new ProtobufReader(this.#buffer, start, end);
  }

  /** Passes over a field of any legal wire type. */
  skip(): void {
    switch (this.#wireType) {
      case VARINT:
        this.#varint();
        return;
      case FIXED64:
        this.#take(8);
        return;
      case LENGTH_DELIMITED:
        this.#delimited();
        return;
      case FIXED32:
        this.#take(4);
        return;
      default:
        throw new WireError("impossible wire type");
    }
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw new WireError("unexpected wire type");
  }

  #take(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) throw new WireError("truncated field");
    this.#at = start + length;
    return start;
  }

  #delimited(): { start: number; end: number } {
    this.#expect(LENGTH_DELIMITED);
    const length = this.#varint();
    const start = this.#take(length);
    return { start, end: start + length };
  }

  /** Exact up to 2^53, rounded above. */
  #varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 1; count <= MAX_VARINT_BYTES; count++) {
      const byte = this.#buffer[this.#take(1)] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        // The tenth byte holds the one bit that is left of 64.
        if (count === MAX_VARINT_BYTES && byte > 1) throw new WireError("number out of range");
        return value;
      }
      scale *= 128;
    }
    throw new WireError("over-long number");
  }

  /** The varint at `start` once more, exact and signed. */
  #bigVarint(start: number): bigint {
    let value = 0n;
    for (let at = start; at < this.#at; at++) {
      value |= BigInt((this.#buffer[at] ?? 0) & 0x7f) << BigInt(7 * (at - start));
    }
    return BigInt.asIntN(64, value);
  }
}
