// SPDX-License-Identifier: Apache-2.0
/** Dead letters that are sent and marked together: few enough to be held in memory. */
import { goesAlone } from "./replay-sender.ts";
import type { ReplayLetter } from "./replay-sender.ts";

/** Fewer requests than make a row of refusals the receiver's fault: refused letters often stand together. */
const MAX_ALONE = 12;
const MAX_TOGETHER = 200;
const MAX_BYTES = 1024 * 1024;

export class Portion {
  readonly letters: ReplayLetter[] = [];
  readonly #maxBytes: number;
  #bytes = 0;
  #alone = 0;

  constructor(batchMaxBytes: number) {
    this.#maxBytes = Math.min(MAX_BYTES, batchMaxBytes);
  }

  add(bytes: number, letter: ReplayLetter): void {
    this.letters.push(letter);
    this.#bytes += bytes;
    if (goesAlone(letter.stored)) this.#alone++;
  }

  get isFull(): boolean {
    const isLarge = this.#bytes >= this.#maxBytes || this.letters.length >= MAX_TOGETHER;
    return isLarge || this.#alone >= MAX_ALONE;
  }
}
