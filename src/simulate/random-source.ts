// SPDX-License-Identifier: Apache-2.0
/**
 * A small seeded random source (sfc32), pure: the same seed gives the same draws on every machine. Good enough to make
 * test data look like life; not for secrets.
 */

export interface RandomSource {
  /** A number in `[0, 1)`. */
  next(): number;
  /** An integer in `[0, limit)`. */
  below(limit: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** One of the values, all alike. Throws a RangeError when there is none. */
  pick<T>(values: readonly T[]): T;
  /** One of the values, the first ones far more often than the last, as in life a few keys do most of the work. */
  pickPopular<T>(values: readonly T[]): T;
  /** A random (version 4) GUID in lower case. */
  guid(): string;
  /** `count` lower-case hex digits. */
  hex(count: number): string;
}

const HEX_BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** First draws of sfc32 still show the seed; twelve rounds is its author's own warm-up. */
const WARM_UP_ROUNDS = 12;

/** A random source that depends on nothing but the seed's text. */
export function createRandomSource(seed: string): RandomSource {
  return new Sfc32(seed);
}

class Sfc32 implements RandomSource {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#a = hashText(seed, 0x9e3779b9);
    this.#b = hashText(seed, 0x243f6a88);
    this.#c = hashText(seed, 0xb7e15162);
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.#draw();
  }

  next(): number {
    return this.#draw() / 4294967296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return at(values, this.below(values.length));
  }

  pickPopular<T>(values: readonly T[]): T {
    // Cube: the first tenth of the values gets nearly half of the draws, and the last one still gets some.
    return at(values, Math.floor(this.next() ** 3 * values.length));
  }

  guid(): string {
    const [a, b, c, d] = [this.#word(), this.#word(), this.#word(), this.#word()];
    const variant = "89ab".charAt(Number.parseInt(c.charAt(0), 16) & 3);
    return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${variant}${c.slice(1, 4)}-${c.slice(4)}${d}`;
  }

  hex(count: number): string {
    let digits = "";
    while (digits.length < count) digits += this.#word();
    return digits.slice(0, count);
  }

  /** Eight hex digits. */
  #word(): string {
    const word = this.#draw();
    return (
      hexByte(word >>> 24) +
      hexByte((word >>> 16) & 255) +
      hexByte((word >>> 8) & 255) +
      hexByte(word & 255)
    );
  }

  /** Chris Doty-Humphrey's small fast counting generator, 32-bit. */
  #draw(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

function hexByte(byte: number): string {
  return HEX_BYTES[byte] ?? "00";
}

function at<T>(values: readonly T[], index: number): T {
  if (index >= values.length) throw new RangeError("cannot pick from an empty list");
  return values[index] as T;
}

/** FNV-1a over the UTF-16 units, finished with an avalanche: seeds "1" and "2" must not give kindred streams. */
function hashText(text: string, basis: number): number {
  let hash = basis;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
