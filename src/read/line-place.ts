// SPDX-License-Identifier: Apache-2.0
/** Where a scanner stands in its line (pure): the column, as long as only white space stands before it. */
import { isBlankByte, NEWLINE } from "./json-bytes.ts";

export class LinePlace {
  /** Where the present line begins in the blob. */
  #start: number;
  #isBlank: boolean;

  /** At a column of a line of which nothing stands before; undefined: behind other text. */
  constructor(offset: number, column: number | undefined) {
    this.#start = offset - (column ?? 0);
    this.#isBlank = column !== undefined;
  }

  /** Column of an offset, if only blanks stand before it on its line; undefined behind other text. */
  columnAt(offset: number): number | undefined {
    return this.#isBlank ? offset - this.#start : undefined;
  }

  /** Takes the byte at an offset if it is white space; false for any other byte, which it leaves. */
  passBlank(byte: number, offset: number): boolean {
    if (!isBlankByte(byte)) return false;
    if (byte === NEWLINE) {
      this.#start = offset + 1;
      this.#isBlank = true;
    }
    return true;
  }

  /** Something that is no white space stands here. */
  passText(): void {
    this.#isBlank = false;
  }
}
