// SPDX-License-Identifier: Apache-2.0
/**
 * Cuts a document, or one line that is built like one, into records (pure). A record's tile ends with its last byte;
 * separators and brackets of envelopes belong to the tile of the record behind them.
 *
 * So the end of a document (`]}`, white space) is in no tile: a document that is written again with more records in it
 * has other bytes there, and the cursor must not have passed them.
 */
import type { Framing, FramingKind, FramingMark, OpenBrackets, RawRecord } from "../model.ts";
import { Carry, type CarryLimits } from "./carry.ts";
import { framingOf } from "./framing.ts";
import { trimEnd } from "./json-bytes.ts";
import { RecordScanner } from "./record-scanner.ts";
import type { ScanStart } from "./scan.ts";
import type { TileCutter } from "./tile-cutter.ts";

export interface DocumentCutterOptions {
  readonly tiles: TileCutter;
  readonly limits: CarryLimits;
  readonly kind: FramingKind;
  readonly open: OpenBrackets;
  readonly start: ScanStart;
}

/** Where the scanner of a position begins that a cursor has come to. */
export function startOf(mark: FramingMark): ScanStart {
  if (mark === "") return { kind: "text" };
  return { kind: mark.startsWith("@") ? "line" : "broken", column: Number(mark.slice(1)) };
}

export class DocumentCutter {
  readonly #tiles: TileCutter;
  readonly #limits: CarryLimits;
  readonly #kind: FramingKind;
  #scanner: RecordScanner;
  readonly #carry: Carry;

  constructor({ tiles, limits, kind, open, start }: DocumentCutterOptions) {
    this.#tiles = tiles;
    this.#limits = limits;
    this.#kind = kind;
    this.#carry = new Carry(limits);
    this.#scanner = new RecordScanner(open, tiles.position, start);
  }

  /** True when a record has begun and not ended. */
  get isInRecord(): boolean {
    return this.#scanner.beganAt !== undefined;
  }

  /** Takes the bytes that follow, and adds the records that they complete. */
  push(bytes: Buffer, records: RawRecord[]): void {
    const base = this.#tiles.position;
    let fed = 0;
    let stop = this.#scanner.scan(bytes, 0, base);
    for (; stop !== undefined; stop = this.#scanner.scan(bytes, stop.at, base)) {
      if (stop.kind === "no-record") {
        this.#carry.clear();
        continue;
      }
      this.#tiles.feed(bytes.subarray(fed, stop.at));
      fed = stop.at;
      const mark = stop.kind === "broken" ? this.#lineMark() : "";
      records.push(this.#cut(bytes, { from: stop.beganAt - base, to: stop.at }, mark));
    }
    this.#tiles.feed(bytes.subarray(fed));
    const { beganAt } = this.#scanner;
    if (beganAt !== undefined) this.#carry.add(bytes.subarray(Math.max(0, beganAt - base)));
    // Endless white space: somewhere the cursor has to pass it.
    const waiting = this.#tiles.position - this.#tiles.start;
    if (beganAt === undefined && waiting > this.#limits.maxBytes) {
      records.push(this.#tiles.cutBlank(this.#framing(this.#lineMark())));
    }
  }

  /** Ends the bytes here: the record that has begun and not ended, whatever it is. */
  takeTail(): RawRecord | undefined {
    const { position, start } = this.#tiles;
    const { beganAt, column, open } = this.#scanner;
    if (beganAt === undefined || position === start) return undefined;
    const tail = this.#cut(Buffer.alloc(0), { from: beganAt - position, to: 0 }, `!${column}`);
    // What comes later belongs to this record, and must not pass for one of its own.
    this.#scanner = new RecordScanner(open, position, { kind: "broken", column });
    return tail;
  }

  /** Blank bytes that no record follows, as a tile. */
  cutBlank(): RawRecord {
    return this.#tiles.cutBlank(this.#framing(""));
  }

  /** Of a line, it matters only that it is being cut apart. */
  #framing(mark: FramingMark): Framing {
    return framingOf(this.#kind, this.#scanner.open, this.#kind === "document" ? mark : "@0");
  }

  #lineMark(): FramingMark {
    const column = this.#scanner.columnAt(this.#tiles.position);
    return column === undefined ? "" : `@${column}`;
  }

  /** The record between two indexes of the window; it began in an earlier window where `from` is negative. */
  #cut(bytes: Buffer, { from, to }: { from: number; to: number }, mark: FramingMark): RawRecord {
    const framing = this.#framing(mark);
    const isCarried = this.#carry.bytes > 0;
    const offset = this.#tiles.position - (to - from);
    if (to - from > this.#limits.maxBytes) return this.#cutOversize(bytes, { from, to }, framing);
    const buffer = isCarried ? this.#carry.take(bytes.subarray(0, to)) : bytes;
    const text = isCarried ? { from: 0, to: buffer.length } : { from, to };
    return this.#tiles.cut({ ...trimEnd({ buffer, ...text }), offset }, framing);
  }

  #cutOversize(
    bytes: Buffer,
    { from, to }: { from: number; to: number },
    framing: Framing,
  ): RawRecord {
    const offset = this.#tiles.position - (to - from);
    if (this.#carry.bytes > 0) this.#carry.add(bytes.subarray(0, to));
    else this.#carry.add(bytes.subarray(from, to));
    const buffer = this.#carry.take(Buffer.alloc(0));
    const kept = { buffer, from: 0, to: buffer.length };
    return this.#tiles.cut({ ...kept, offset, oversizeLength: to - from }, framing);
  }
}
