// SPDX-License-Identifier: Apache-2.0
/**
 * The brackets that are open inside one record (pure), and what stood last: enough to tell where the record ends and
 * where JSON allows a value.
 */
import {
  ARRAY_CLOSE,
  ARRAY_OPEN,
  COLON,
  COMMA,
  OBJECT_CLOSE,
  OBJECT_OPEN,
  QUOTE,
} from "./json-bytes.ts";

/** Far deeper than any event. An endless run of brackets must not cost memory. */
const MAX_DEPTH = 100_000;

export class Nesting {
  readonly #open: number[] = [];
  #last = 0;

  get depth(): number {
    return this.#open.length;
  }

  /** True where JSON allows a value: behind a colon, and in an array at its start or behind a comma. */
  get allowsValue(): boolean {
    if (this.#last === COLON || this.#last === ARRAY_OPEN) return true;
    return this.#last === COMMA && this.#open.at(-1) === ARRAY_OPEN;
  }

  /** Takes a byte outside strings that is no white space; false when it closes what was not opened. */
  take(byte: number): boolean {
    this.#last = byte;
    if (byte === OBJECT_OPEN || byte === ARRAY_OPEN) {
      this.#open.push(byte);
      return this.#open.length <= MAX_DEPTH;
    }
    if (byte === OBJECT_CLOSE) return this.#open.pop() === OBJECT_OPEN;
    if (byte === ARRAY_CLOSE) return this.#open.pop() === ARRAY_OPEN;
    return true;
  }

  takeString(): void {
    this.#last = QUOTE;
  }

  clear(): void {
    this.#open.length = 0;
    this.#last = 0;
  }
}
