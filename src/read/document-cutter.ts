// SPDX-License-Identifier: Apache-2.0
/**
 * Cuts a document, or one line that is built like one, into records (pure). A record's tile ends with its last byte;
 * separators and brackets of envelopes belong to the tile of the record behind them.
 *
 * So the end of a document (`]}`, white space) is in no tile: a document that is written again with more records in it
 * has other bytes there, and the cursor must not have passed them.
 */
import type { Framing, FramingKind, OpenBrackets, RawRecord } from "../model.ts";
import { Carry, type CarryLimits } from "./carry.ts";
import { framingOf } from "./framing.ts";
import { trimEnd } from "./json-bytes.ts";
import { RecordScanner } from "./record-scanner.ts";
import type { TileCutter } from "./tile-cutter.ts";

export interface DocumentCutterOptions {
  readonly tiles: TileCutter;
  readonly limits: CarryLimits;
  readonly kind: FramingKind;
  readonly open: OpenBrackets;
  /** Nothing stands before the first byte on its line. */
  readonly isLineStart: boolean;
}

export class DocumentCutter {
  readonly #tiles: TileCutter;
  readonly #limits: CarryLimits;
  readonly #kind: FramingKind;
  readonly #scanner: RecordScanner;
  readonly #carry: Carry;

  constructor({ tiles, limits, kind, open, isLineStart }: DocumentCutterOptions) {
    this.#tiles = tiles;
    this.#limits = limits;
    this.#kind = kind;
    this.#carry = new Carry(limits);
    this.#scanner = new RecordScanner(open, tiles.position, isLineStart);
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
      records.push(this.#cut(bytes, stop.beganAt - base, stop.at));
    }
    this.#tiles.feed(bytes.subarray(fed));
    const { beganAt } = this.#scanner;
    if (beganAt !== undefined) this.#carry.add(bytes.subarray(Math.max(0, beganAt - base)));
    // Endless white space: somewhere the cursor has to pass it.
    const waiting = this.#tiles.position - this.#tiles.start;
    if (beganAt === undefined && waiting > this.#limits.maxBytes) {
      records.push(this.#tiles.cutBlank(this.#framing));
    }
  }

  /** Ends the bytes here: the record that has begun and not ended, whatever it is. */
  takeTail(): RawRecord | undefined {
    if (!this.isInRecord) return undefined;
    const { position } = this.#tiles;
    return this.#cut(Buffer.alloc(0), (this.#scanner.beganAt ?? position) - position, 0);
  }

  get #framing(): Framing {
    return framingOf(this.#kind, this.#scanner.open);
  }

  /** The record between two indexes of the window; it began in an earlier window where `from` is negative. */
  #cut(bytes: Buffer, from: number, to: number): RawRecord {
    const isCarried = this.#carry.bytes > 0;
    const offset = this.#tiles.position - (to - from);
    if (to - from > this.#limits.maxBytes) return this.#cutOversize(bytes, from, to);
    const buffer = isCarried ? this.#carry.take(bytes.subarray(0, to)) : bytes;
    const text = isCarried ? { from: 0, to: buffer.length } : { from, to };
    return this.#tiles.cut({ ...trimEnd({ buffer, ...text }), offset }, this.#framing);
  }

  #cutOversize(bytes: Buffer, from: number, to: number): RawRecord {
    const offset = this.#tiles.position - (to - from);
    if (this.#carry.bytes > 0) this.#carry.add(bytes.subarray(0, to));
    else this.#carry.add(bytes.subarray(from, to));
    const buffer = this.#carry.take(Buffer.alloc(0));
    const kept = { buffer, from: 0, to: buffer.length };
    return this.#tiles.cut({ ...kept, offset, oversizeLength: to - from }, this.#framing);
  }
}
