// SPDX-License-Identifier: Apache-2.0
/**
 * Cuts tiles (pure): every byte of a blob belongs to exactly one, in order, without gap. It is fed the blob's bytes once,
 * counts position and CRC-32, and ends a tile where it is told.
 */
import { crc32 } from "node:zlib";
import type { Framing, RawRecord } from "../model.ts";
import type { TextRange } from "./json-bytes.ts";

/** A record's own text, for the tile that it ends. */
export interface CutText extends TextRange {
  /** Where the text begins in the blob. */
  readonly offset: number;
  /** Its length in the blob, where that is more than what is here. */
  readonly oversizeLength?: number | undefined;
}

const NOTHING = Buffer.alloc(0);

export class TileCutter {
  #start: number;
  #crcAtStart: number;
  #framingAtStart: Framing;
  #position: number;
  #crc: number;

  constructor(position: { offset: number; crc32: number; framing: Framing }) {
    this.#start = this.#position = position.offset;
    this.#crcAtStart = this.#crc = position.crc32;
    this.#framingAtStart = position.framing;
  }

  /** End of the last tile. */
  get start(): number {
    return this.#start;
  }

  /** CRC-32 of the bytes before `start`. */
  get crcAtStart(): number {
    return this.#crcAtStart;
  }

  /** How the bytes behind `start` are to be cut. */
  get framingAtStart(): Framing {
    return this.#framingAtStart;
  }

  /** Behind the last byte fed. */
  get position(): number {
    return this.#position;
  }

  /** Takes the bytes that follow. */
  feed(bytes: Buffer): void {
    this.#crc = crc32(bytes, this.#crc);
    this.#position += bytes.length;
  }

  /** Ends a tile behind the last byte fed, with a record's text in it. `framing` is that of the bytes behind it. */
  cut({ buffer, from, to, offset, oversizeLength }: CutText, framing: Framing): RawRecord {
    const tile = { start: this.#start, end: this.#position };
    this.#start = this.#position;
    this.#crcAtStart = this.#crc;
    this.#framingAtStart = framing;
    return {
      tile,
      offset,
      length: oversizeLength ?? to - from,
      buffer,
      from,
      to,
      isOversize: oversizeLength !== undefined,
      crcAtEnd: this.#crc,
      framingAtEnd: framing,
    };
  }

  /** Ends a tile of blank bytes, so that the cursor can pass them. */
  cutBlank(framing: Framing): RawRecord {
    return this.cut({ buffer: NOTHING, from: 0, to: 0, offset: this.#position }, framing);
  }
}
