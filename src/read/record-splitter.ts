// SPDX-License-Identifier: Apache-2.0
/**
 * Cuts the bytes of a blob into records (pure), by the blob's framing: JSON Lines or a document. The framing is told by
 * the first bytes of a blob and belongs to its cursor from then on.
 *
 * The blank bytes around a record (BOM, CR, spaces, blank lines, separators, brackets of envelopes) belong to its tile;
 * blank bytes that no record follows come as a tile of their own with `length` 0. So the tiles cover the blob from the
 * first byte without gap, in order, whatever the sizes of the windows; records do not depend on them at all.
 *
 * What is not finished waits: its bytes are kept (up to `maxRecordBytes`, then only the first ones) until the next
 * window, or until `takeTail`. Memory never depends on the length of a record, a line or a blob.
 */
import type { Framing, OpenBrackets, RawRecord } from "../model.ts";
import type { CarryLimits } from "./carry.ts";
import { DocumentCutter, startOf } from "./document-cutter.ts";
import { partsOfFraming, recogniseFraming } from "./framing.ts";
import { trimStart } from "./json-bytes.ts";
import { LineCutter } from "./line-cutter.ts";
import type { ScanStart } from "./scan.ts";
import { TileCutter } from "./tile-cutter.ts";

export interface RecordSplitterOptions {
  /** Where the first pushed byte stands in the blob. */
  readonly offset: number;
  /** CRC-32 of the blob's bytes before `offset`. */
  readonly crc32: number;
  /** How the bytes from `offset` on are cut; `unknown` for a blob that nobody has read. */
  readonly framing: Framing;
  /** A record longer than this comes out oversize. */
  readonly maxRecordBytes: number;
  /** How many of an oversize record's first bytes are kept. */
  readonly keptBytes: number;
}

export interface RecordSplitter {
  /** Takes the bytes that follow those pushed before; returns the records that they complete, in order. */
  push(bytes: Buffer): RawRecord[];
  /** Ends the blob here: the unterminated last record or line, if there is any. Empty for the end of a document. */
  takeTail(): RawRecord[];
  /** End of the last tile: where to read on when this splitter is given up. */
  readonly tiledTo: number;
  /** CRC-32 of the blob's bytes before `tiledTo`. */
  readonly crcAtTiledTo: number;
  /** Bytes behind `tiledTo` seen so far: an unfinished record, or a document's end. */
  readonly tailBytes: number;
  /** How many of the tail's bytes are the end of a document: brackets and white space, which no tile takes. */
  readonly trailerBytes: number;
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
  readonly #limits: CarryLimits;
  readonly #tiles: TileCutter;
  #cutter: LineCutter | DocumentCutter | undefined;
  /** The first bytes of a blob whose framing is not told yet. */
  #head: Buffer = Buffer.alloc(0);

  constructor(options: RecordSplitterOptions) {
    this.#limits = { maxBytes: options.maxRecordBytes, keptBytes: options.keptBytes };
    this.#tiles = new TileCutter(options);
    const { kind, open, mark } = partsOfFraming(options.framing);
    if (kind === "json-lines") this.#cutter = this.#createLineCutter(open, mark !== "");
    if (kind === "document") this.#cutter = this.#createDocumentCutter(open, startOf(mark));
  }

  get tiledTo(): number {
    return this.#tiles.start;
  }

  get crcAtTiledTo(): number {
    return this.#tiles.crcAtStart;
  }

  get tailBytes(): number {
    const waiting =
      this.#cutter instanceof LineCutter ? this.#cutter.waitingBytes : this.#head.length;
    return this.#tiles.position - this.#tiles.start + waiting;
  }

  get trailerBytes(): number {
    const isTrailer = this.#cutter instanceof DocumentCutter && !this.#cutter.isInRecord;
    return isTrailer ? this.tailBytes : 0;
  }

  push(bytes: Buffer): RawRecord[] {
    const records: RawRecord[] = [];
    if (this.#cutter !== undefined) this.#cutter.push(bytes, records);
    else this.#begin(bytes, records);
    return records;
  }

  takeTail(): RawRecord[] {
    const records: RawRecord[] = [];
    if (this.#cutter instanceof DocumentCutter) {
      const tail = this.#cutter.takeTail();
      return tail === undefined ? [] : [tail];
    }
    if (this.#cutter === undefined && this.#isHeadBlank) this.#passBlankHead(records);
    else (this.#cutter ?? this.#beginLines(records)).takeTail(records);
    return records;
  }

  /** Looks at the first bytes until they tell the framing. */
  #begin(bytes: Buffer, records: RawRecord[]): void {
    this.#head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    // No more than this is looked at, however much there is: the windows must not tell the framing.
    const kind = recogniseFraming(this.#head.subarray(0, this.#limits.maxBytes));
    if (kind === "document") {
      this.#cutter = this.#createDocumentCutter("", { kind: "line", column: 0 });
      this.#cutter.push(this.#takeHead(), records);
    } else if (kind === "json-lines" || this.#head.length >= this.#limits.maxBytes) {
      // White space without end tells nothing: the cursor passes it, and goes on looking.
      if (this.#isHeadBlank) this.#passBlankHead(records);
      else this.#beginLines(records);
    }
    // What is looked at again outlives its window, whose memory then holds another one.
    if (this.#head === bytes) this.#head = Buffer.from(bytes);
  }

  get #isHeadBlank(): boolean {
    const { from, to } = trimStart({ buffer: this.#head, from: 0, to: this.#head.length });
    return from === to;
  }

  #beginLines(records: RawRecord[]): LineCutter {
    const lines = this.#createLineCutter("", false);
    lines.push(this.#takeHead(), records);
    this.#cutter = lines;
    return lines;
  }

  #passBlankHead(records: RawRecord[]): void {
    if (this.#head.length === 0) return;
    this.#tiles.feed(this.#takeHead());
    records.push(this.#tiles.cutBlank("unknown"));
  }

  #takeHead(): Buffer {
    const head = this.#head;
    this.#head = Buffer.alloc(0);
    return head;
  }

  #createLineCutter(open: OpenBrackets, isInside: boolean): LineCutter {
    return new LineCutter(this.#tiles, this.#limits, { open, isInside });
  }

  #createDocumentCutter(open: OpenBrackets, start: ScanStart): DocumentCutter {
    const [tiles, limits] = [this.#tiles, this.#limits];
    return new DocumentCutter({ tiles, limits, kind: "document", open, start });
  }
}
