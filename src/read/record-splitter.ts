// SPDX-License-Identifier: Apache-2.0
/**
 * Cuts the bytes of a JSON Lines blob into records (pure).
 *
 * It splits on the byte 0x0A before anything is decoded, so a character cut in two by a window cannot move a position.
 * Every complete line with content is one record. The blank bytes around it (BOM, CR, spaces, blank lines) belong to
 * its tile; blank lines that no record follows come as a tile of their own with `length` 0. So the tiles cover the blob
 * from the first byte without gap, in order, whatever the sizes of the windows; records do not depend on them at all.
 *
 * A line without its newline waits: its bytes are kept (up to `maxRecordBytes`, then only the first ones) until the
 * next window, or until `takeTail`. Memory never depends on the length of a line.
 */
import { crc32 } from "node:zlib";
import type { RawRecord } from "../model.ts";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const BOM = [0xef, 0xbb, 0xbf] as const;

export interface RecordSplitterOptions {
  /** Where the first pushed byte stands in the blob. */
  readonly offset: number;
  /** CRC-32 of the blob's bytes before `offset`. */
  readonly crc32: number;
  /** A line longer than this comes out oversize. */
  readonly maxRecordBytes: number;
  /** How many of an oversize line's first bytes are kept. */
  readonly keptBytes: number;
}

export interface RecordSplitter {
  /** Takes the bytes that follow those pushed before; returns the records that they complete, in order. */
  push(bytes: Buffer): RawRecord[];
  /** Ends the blob here: the unterminated last line, if there is any, as a record. */
  takeTail(): RawRecord | undefined;
  /** End of the last tile: where to read on when this splitter is given up. */
  readonly tiledTo: number;
  /** CRC-32 of the blob's bytes before `tiledTo`. */
  readonly crcAtTiledTo: number;
  /** Bytes of the unterminated last line seen so far. */
  readonly tailBytes: number;
}

export function createRecordSplitter(options: RecordSplitterOptions): RecordSplitter {
  return new Splitter(options);
}

/** How many of the tiles are records: the others are blank bytes. */
export function countRecords(tiles: readonly RawRecord[]): number {
  let count = 0;
  for (const { length } of tiles) if (length > 0) count++;
  return count;
}

class Splitter implements RecordSplitter {
  readonly #maxRecordBytes: number;
  readonly #keptBytes: number;
  /** End of the last tile. */
  #tileStart: number;
  #crcAtTileStart: number;
  /** CRC-32 up to the last byte pushed. */
  #crc: number;
  /** Where the current line begins, and the bytes of it that earlier windows brought. */
  #lineStart: number;
  #carry: Buffer[] = [];
  #carriedBytes = 0;

  constructor({ offset, crc32: crc, maxRecordBytes, keptBytes }: RecordSplitterOptions) {
    this.#maxRecordBytes = maxRecordBytes;
    this.#keptBytes = keptBytes;
    this.#tileStart = this.#lineStart = offset;
    this.#crc = this.#crcAtTileStart = crc;
  }

  get tiledTo(): number {
    return this.#tileStart;
  }

  get crcAtTiledTo(): number {
    return this.#crcAtTileStart;
  }

  get tailBytes(): number {
    return this.#carriedBytes;
  }

  push(bytes: Buffer): RawRecord[] {
    const records: RawRecord[] = [];
    let from = 0;
    for (;;) {
      const newline = bytes.indexOf(NEWLINE, from);
      if (newline < 0) break;
      this.#crc = crc32(bytes.subarray(from, newline + 1), this.#crc);
      const record = this.#endLine(bytes, from, newline);
      if (record !== undefined) records.push(record);
      from = newline + 1;
    }
    // Blank lines at the end of a window: a tile of their own, so that the cursor can pass them.
    if (from > 0 && this.#lineStart > this.#tileStart) {
      records.push(this.#cutTile({ buffer: bytes, from: 0, to: 0, offset: this.#lineStart }));
    }
    this.#keep(bytes.subarray(from));
    return records;
  }

  takeTail(): RawRecord | undefined {
    if (this.#carriedBytes === 0) return undefined;
    const record = this.#endLine(Buffer.alloc(0), 0, 0, 0);
    return (
      record ?? this.#cutTile({ buffer: Buffer.alloc(0), from: 0, to: 0, offset: this.#lineStart })
    );
  }

  /** The line ends at `bytes[end]`; undefined when it is blank. */
  #endLine(bytes: Buffer, from: number, end: number, newlineBytes = 1): RawRecord | undefined {
    const lineBytes = this.#carriedBytes + (end - from);
    const lineStart = this.#lineStart;
    const isOversize = lineBytes > this.#maxRecordBytes;
    let line = { buffer: bytes, from, to: end };
    if (this.#carriedBytes > 0) {
      const kept = isOversize ? Math.min(end, from + this.#keptBytes) : end;
      const buffer = Buffer.concat([...this.#carry, bytes.subarray(from, kept)]);
      line = { buffer, from: 0, to: buffer.length };
    }
    this.#carry = [];
    this.#carriedBytes = 0;
    this.#lineStart = lineStart + lineBytes + newlineBytes;

    const text = isOversize
      ? trimStart({ ...line, to: Math.min(line.to, line.from + this.#keptBytes) })
      : trimEnd(trimStart(line));
    const offset = lineStart + (text.from - line.from);
    if (isOversize) {
      return this.#cutTile({ ...text, offset, length: lineStart + lineBytes - offset, isOversize });
    }
    return text.from === text.to ? undefined : this.#cutTile({ ...text, offset });
  }

  /** The tile from the last one's end to the beginning of the next line. */
  #cutTile(record: {
    buffer: Buffer;
    from: number;
    to: number;
    offset: number;
    length?: number;
    isOversize?: boolean;
  }): RawRecord {
    const tile = { start: this.#tileStart, end: this.#lineStart };
    this.#tileStart = this.#lineStart;
    this.#crcAtTileStart = this.#crc;
    return {
      tile,
      offset: record.offset,
      length: record.length ?? record.to - record.from,
      buffer: record.buffer,
      from: record.from,
      to: record.to,
      isOversize: record.isOversize ?? false,
      crcAtEnd: this.#crc,
    };
  }

  /** Copies the unterminated rest, so that it does not keep its whole window in memory. */
  #keep(rest: Buffer): void {
    if (rest.length === 0) return;
    this.#crc = crc32(rest, this.#crc);
    const isOversize = this.#carriedBytes + rest.length > this.#maxRecordBytes;
    this.#carriedBytes += rest.length;
    if (!isOversize) {
      this.#carry.push(Buffer.from(rest));
      return;
    }
    const head = Buffer.concat([...this.#carry, rest.subarray(0, this.#keptBytes)]);
    this.#carry = [Buffer.from(head.subarray(0, this.#keptBytes))];
  }
}

interface TextRange {
  readonly buffer: Buffer;
  readonly from: number;
  readonly to: number;
}

function trimStart({ buffer, from, to }: TextRange): TextRange {
  let at = from;
  if (to - at >= BOM.length && BOM.every((byte, index) => buffer[at + index] === byte)) {
    at += BOM.length;
  }
  while (at < to && isBlank(buffer[at])) at++;
  return { buffer, from: at, to };
}

function trimEnd({ buffer, from, to }: TextRange): TextRange {
  let end = to;
  while (end > from && isBlank(buffer[end - 1])) end--;
  return { buffer, from, to: end };
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN;
}
