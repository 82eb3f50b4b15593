// SPDX-License-Identifier: Apache-2.0
/**
 * The bytes of an unfinished record that earlier windows brought (pure). Copies, so that they do not keep their windows
 * in memory; bounded: behind `maxBytes` only the first `keptBytes` are kept, and the rest is counted.
 */

export interface CarryLimits {
  readonly maxBytes: number;
  readonly keptBytes: number;
}

export class Carry {
  readonly #limits: CarryLimits;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(limits: CarryLimits) {
    this.#limits = limits;
  }

  /** How many bytes were added; more than are kept once they are too many. */
  get bytes(): number {
    return this.#bytes;
  }

  add(piece: Buffer): void {
    if (piece.length === 0) return;
    const { maxBytes, keptBytes } = this.#limits;
    this.#bytes += piece.length;
    if (this.#bytes <= maxBytes) {
      this.#pieces.push(Buffer.from(piece));
      return;
    }
    const head = Buffer.concat([...this.#pieces, piece.subarray(0, keptBytes)]);
    this.#pieces = [Buffer.from(head.subarray(0, keptBytes))];
  }

  /** What was kept, with `rest` behind it, and forgets it. */
  take(rest: Buffer): Buffer {
    const whole = this.#pieces.length === 0 ? rest : Buffer.concat([...this.#pieces, rest]);
    this.clear();
    return whole;
  }

  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }
}
