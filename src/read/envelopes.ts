// SPDX-License-Identifier: Apache-2.0
/**
 * The envelopes around records that stand open (pure), and what a byte between records means in them. An envelope of
 * records is `{"records":[…]}`; an array of records is `[…]`, and may hold envelopes of records.
 */
import type { OpenBrackets } from "../model.ts";
import {
  ARRAY_CLOSE,
  ARRAY_OPEN,
  BYTE_ORDER_MARK,
  COMMA,
  OBJECT_CLOSE,
  OBJECT_OPEN,
  QUOTE,
} from "./json-bytes.ts";

/** What a byte between records begins, if anything. */
export type Sign = "separator" | "value" | "word" | "mark" | "broken";

const WORD = /[-0-9a-z]/i;

export class Envelopes {
  #open: OpenBrackets;
  /** An item may begin here: at the start of an array, and behind a comma. A reader begins behind an item. */
  #mayBegin = false;

  constructor(open: OpenBrackets) {
    this.#open = open;
  }

  get open(): OpenBrackets {
    return this.#open;
  }

  /** True inside an array, whose items are told apart by commas. */
  get #isInArray(): boolean {
    return this.#open.endsWith("[");
  }

  /** True behind the records of an envelope, before its end. */
  get #isBehindRecords(): boolean {
    return this.#open.endsWith("{");
  }

  /** Takes a byte that is no white space. `isLineStart`: it is the first one on its line. */
  take(byte: number, isLineStart: boolean): Sign {
    if (byte === COMMA) {
      this.#mayBegin = true;
      return "separator";
    }
    if (byte === ARRAY_CLOSE || byte === OBJECT_CLOSE) return this.#close(byte);
    if (byte === OBJECT_OPEN && isLineStart) this.#leaveRecords();
    const mayBegin = this.#mayBegin || isLineStart || this.#open === "";
    if (!mayBegin || this.#isBehindRecords) return "broken";
    this.#mayBegin = false;
    if (byte === OBJECT_OPEN) return "value";
    if (byte === ARRAY_OPEN) return this.#openArray();
    if (this.#open === "") return byte === BYTE_ORDER_MARK[0] ? "mark" : "broken";
    if (byte === QUOTE) return "value";
    return WORD.test(String.fromCharCode(byte)) ? "word" : "broken";
  }

  /**
   * The value that has begun is an envelope: true when it may be one here. Inside an envelope it may only at the start
   * of a line, where it says that the one around it was never finished.
   */
  openRecords(isLineStart: boolean): boolean {
    if (this.#open.includes("{") && !isLineStart) return false;
    this.#open = this.#open === "[" ? "[{[" : "{[";
    this.#mayBegin = true;
    return true;
  }

  /** A record begins next, whatever was expected. */
  expectRecord(): void {
    this.#leaveRecords();
    this.#mayBegin = true;
  }

  #leaveRecords(): void {
    if (this.#isBehindRecords) this.#open = this.#open === "{" ? "" : "[";
  }

  #openArray(): Sign {
    if (this.#open !== "") return "value";
    this.#open = "[";
    this.#mayBegin = true;
    return "separator";
  }

  #close(byte: number): Sign {
    const isClosed = byte === ARRAY_CLOSE ? this.#isInArray : this.#isBehindRecords;
    if (!isClosed) return "broken";
    this.#open = this.#open.slice(0, -1) as OpenBrackets;
    this.#mayBegin = false;
    return "separator";
  }
}
