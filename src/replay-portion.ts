// SPDX-License-Identifier: Apache-2.0
/** Dead letters that are sent and marked together: few enough to be held in memory. */
import type { ReplayLetter } from "./replay-sender.ts";

const MAX_LETTERS = 200;
const MAX_BYTES = 1024 * 1024;

export class Portion {
  readonly letters: ReplayLetter[] = [];
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(batchMaxBytes: number) {
    this.#maxBytes = Math.min(MAX_BYTES, batchMaxBytes);
  }

  add(bytes: number, letter: ReplayLetter): void {
    this.letters.push(letter);
    this.#bytes += bytes;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#maxBytes || this.letters.length >= MAX_LETTERS;
  }
}
