// SPDX-License-Identifier: Apache-2.0
/**
 * Cuts JSON Lines into records (pure): split on the byte 0x0A before anything is decoded, so a character cut in two by a
 * window cannot move a position. A line's tile ends behind its newline; blank lines that no record follows are a tile of
 * their own.
 *
 * Nearly every line is a record as it stands. One that is an envelope, or too long to be kept, goes through the cutter of
 * documents, which needs none of its ends to be in memory.
 */
import type { OpenBrackets, RawRecord } from "../model.ts";
import { Carry, type CarryLimits } from "./carry.ts";
import { DocumentCutter } from "./document-cutter.ts";
import { matchEnvelope } from "./envelope-match.ts";
import { framingOf } from "./framing.ts";
import { ARRAY_OPEN, NEWLINE, OBJECT_OPEN, QUOTE, trimEnd, trimStart } from "./json-bytes.ts";
import { RecordScanner } from "./record-scanner.ts";
import type { ScanStart } from "./scan.ts";
import type { TileCutter } from "./tile-cutter.ts";

const LINE = framingOf("json-lines", "");
const LINE_START = { open: "", start: { kind: "line", column: 0 } } as const;
const SMALL_R = 0x72;

export class LineCutter {
  readonly #tiles: TileCutter;
  readonly #limits: CarryLimits;
  /** The bytes of the present line that earlier windows brought: not fed to the tiles yet. */
  readonly #carry: Carry;
  /** Cuts the present line, where it is no plain one. */
  #cutter: DocumentCutter | undefined;

  /** `isInside`: the first bytes are the rest of a line that is being cut apart, inside its envelope if one is open. */
  constructor(
    tiles: TileCutter,
    limits: CarryLimits,
    { open, isInside }: { open: OpenBrackets; isInside: boolean },
  ) {
    this.#tiles = tiles;
    this.#limits = limits;
    this.#carry = new Carry(limits);
    if (isInside) this.#cutter = this.#createCutter({ open, start: { kind: "text" } });
  }

  /** Bytes of the present line that are fed to nobody yet. */
  get waitingBytes(): number {
    return this.#carry.bytes;
  }

  /** Takes the bytes that follow, and adds the records that they complete. */
  push(bytes: Buffer, records: RawRecord[]): void {
    let from = 0;
    for (;;) {
      const newline = bytes.indexOf(NEWLINE, from);
      if (newline < 0) break;
      this.#endLine(bytes, from, newline, records);
      from = newline + 1;
    }
    // Blank lines at the end of a window: a tile of their own, so that the cursor can pass them.
    if (from > 0 && this.#tiles.position > this.#tiles.start) {
      records.push(this.#tiles.cutBlank(LINE));
    }
    this.#keep(bytes.subarray(from), records);
  }

  /** Ends the blob here: the unterminated last line, if there is any. */
  takeTail(records: RawRecord[]): void {
    if (this.#cutter === undefined) {
      const line = this.#carry.take(Buffer.alloc(0));
      if (line.length > 0) this.#cutLine(line, 0, line.length, { newlineBytes: 0, records });
    } else {
      const tail = this.#cutter.takeTail();
      if (tail !== undefined) records.push(tail);
      // The line may go on: inside its envelope, if one is open.
      else if (this.#tiles.position > this.#tiles.start) records.push(this.#cutter.cutBlank());
    }
    if (this.#tiles.position > this.#tiles.start) records.push(this.#tiles.cutBlank(LINE));
  }

  /** The line ends at `bytes[end]`. */
  #endLine(bytes: Buffer, from: number, end: number, records: RawRecord[]): void {
    if (this.#cutter !== undefined) {
      this.#endCutLine(this.#cutter, bytes.subarray(from, end), records);
      this.#feedNewline(bytes, end);
      return;
    }
    if (this.#carry.bytes === 0) {
      this.#cutLine(bytes, from, end, { newlineBytes: 1, records });
      return;
    }
    const line = this.#carry.take(bytes.subarray(0, end + 1));
    this.#cutLine(line, 0, line.length - 1, { newlineBytes: 1, records });
  }

  /** A whole line in one piece. */
  #cutLine(
    buffer: Buffer,
    from: number,
    end: number,
    { newlineBytes, records }: { newlineBytes: 0 | 1; records: RawRecord[] },
  ): void {
    if (end - from > this.#limits.maxBytes || isEnvelope(buffer, from, end)) {
      this.#endCutLine(this.#createCutter(), buffer.subarray(from, end), records);
      this.#tiles.feed(buffer.subarray(end, end + newlineBytes));
      return;
    }
    const offset = this.#tiles.position;
    this.#tiles.feed(buffer.subarray(from, end + newlineBytes));
    const text = trimEnd(trimStart({ buffer, from, to: end }));
    if (text.from === text.to) return;
    records.push(this.#tiles.cut({ ...text, offset: offset + (text.from - from) }, LINE));
  }

  #endCutLine(cutter: DocumentCutter, rest: Buffer, records: RawRecord[]): void {
    cutter.push(rest, records);
    const tail = cutter.takeTail();
    if (tail !== undefined) records.push(tail);
    this.#cutter = undefined;
  }

  #feedNewline(bytes: Buffer, at: number): void {
    this.#tiles.feed(bytes.subarray(at, at + 1));
  }

  #keep(rest: Buffer, records: RawRecord[]): void {
    if (this.#cutter === undefined) {
      if (this.#carry.bytes + rest.length <= this.#limits.maxBytes) {
        this.#carry.add(rest);
        return;
      }
      this.#cutter = this.#createCutter();
      this.#cutter.push(this.#carry.take(rest), records);
    } else {
      this.#cutter.push(rest, records);
    }
  }

  #createCutter(place: { open: OpenBrackets; start: ScanStart } = LINE_START): DocumentCutter {
    const [tiles, limits] = [this.#tiles, this.#limits];
    return new DocumentCutter({ tiles, limits, kind: "json-lines", ...place });
  }
}

/**
 * True for a line that begins like an envelope of records, or is an array from its first byte to its last: in the rest of
 * a torn line, an object may be a piece of one.
 */
function isEnvelope(buffer: Buffer, from: number, to: number): boolean {
  // Nearly every line begins with an object whose first name is another one.
  if (buffer[from] === OBJECT_OPEN && buffer[from + 1] === QUOTE && buffer[from + 2] !== SMALL_R) {
    return false;
  }
  const { from: start } = trimStart({ buffer, from, to });
  if (buffer[start] === ARRAY_OPEN) return isWholeArray(buffer.subarray(start, to));
  return matchEnvelope(buffer, start, to) === "whole";
}

function isWholeArray(line: Buffer): boolean {
  const scanner = new RecordScanner("", 0, { kind: "line", column: 0 });
  let stop = scanner.scan(line, 0, 0);
  while (stop !== undefined && stop.kind !== "broken") stop = scanner.scan(line, stop.at, 0);
  return stop === undefined && scanner.beganAt === undefined && scanner.open === "";
}
