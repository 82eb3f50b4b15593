// SPDX-License-Identifier: Apache-2.0
/**
 * What the splitter promises of its tiles: they cover the blob in order and without gap, know the CRC-32 of everything
 * before their end, and hold exactly the bytes that stand at their place.
 */
import { crc32 } from "node:zlib";
import type { RawRecord } from "../../src/model.ts";
import type { RecordSplitter } from "../../src/read/record-splitter.ts";
import type { Limits, Position } from "../data-path.ts";
import { demand } from "./violation.ts";

/** What may stand behind the last record of a document, the beginnings of empty envelopes among it. */
const TRAILER = /^(?:[\s,[\]}]|\xef\xbb\xbf|\{\s*"records"\s*:\s*\[)*$/;

export class TileCheck {
  readonly #blob: Buffer;
  readonly #limits: Limits;
  #end: number;
  #crc: number;

  constructor(blob: Buffer, { offset, crc32: crc }: Position, limits: Limits) {
    this.#blob = blob;
    this.#limits = limits;
    this.#end = offset;
    this.#crc = crc;
  }

  /** The next tile, while the memory that it looks into is still there. */
  see(raw: RawRecord): void {
    const { tile, offset, length, crcAtEnd } = raw;
    const where = (): string => `tile ${tile.start}-${tile.end}`;
    demand(tile.start === this.#end, () => `${where()} does not begin at ${this.#end}`);
    demand(tile.end > tile.start, () => `${where()} is empty`);
    demand(tile.end <= this.#blob.length, () => `${where()} passes the blob's end`);
    this.#crc = crc32(this.#blob.subarray(tile.start, tile.end), this.#crc);
    this.#end = tile.end;
    demand(crcAtEnd === this.#crc, () => `${where()} has CRC ${crcAtEnd}, not ${this.#crc}`);
    if (length === 0) return;
    const isInside = offset >= tile.start && offset + length <= tile.end;
    demand(isInside, () => `${where()} does not hold its record ${offset}+${length}`);
    this.#seeBytes(raw);
  }

  /** After each window: what the splitter says of itself. */
  seeWindowEnd(splitter: RecordSplitter, pushedTo: number): void {
    const { tiledTo, crcAtTiledTo, tailBytes } = splitter;
    demand(tiledTo === this.#end, () => `tiledTo is ${tiledTo}, not ${this.#end}`);
    demand(crcAtTiledTo === this.#crc, () => `crcAtTiledTo is ${crcAtTiledTo}, not ${this.#crc}`);
    const unaccounted = pushedTo - tiledTo - tailBytes;
    demand(unaccounted === 0, () => `${unaccounted} bytes before ${pushedTo} are unaccounted for`);
  }

  /** Only the end of a document is in no tile: brackets, separators and white space. */
  seeBlobEnd(trailerBytes: number): void {
    const unaccounted = this.#blob.length - this.#end - trailerBytes;
    demand(unaccounted === 0, () => `the last ${unaccounted} bytes are unaccounted for`);
    const trailer = this.#blob.toString("latin1", this.#end);
    const isEnd = TRAILER.test(trailer);
    demand(isEnd, () => `the end of the document is ${JSON.stringify(trailer.slice(0, 80))}`);
  }

  #seeBytes({ offset, length, buffer, from, to, isOversize }: RawRecord): void {
    const { maxRecordBytes, keptBytes } = this.#limits;
    const held = to - from;
    const where = (): string => `record at ${offset}, ${length} bytes`;
    const isEqual =
      to <= buffer.length && buffer.compare(this.#blob, offset, offset + held, from, to) === 0;
    demand(isEqual, () => `${where()}: its bytes are not those of the blob`);
    if (isOversize) demand(held <= keptBytes, () => `${where()}: ${held} bytes are kept`);
    else {
      demand(held === length, () => `${where()}: only ${held} bytes are here`);
      demand(length <= maxRecordBytes, () => `${where()}: not called oversize`);
    }
  }
}
