// SPDX-License-Identifier: Apache-2.0
/**
 * Counts again what was settled of a blob: CRC-32, records, and those of them that nobody could have delivered. It cuts the
 * bytes with the splitter of the data path and parts lines as `contentsOf` does, so both come to the same number whatever
 * the windows are. No I/O; memory does not depend on the blob's length.
 *
 * The end of the settled bytes is an end for the splitter too: an unterminated line there was taken by the tail rule or
 * given up, or is the first of several objects on a line. Where a ledger entry says that reading began anew, it begins anew
 * here, for a torn line that was given up there is a record of its own and not the first half of one.
 */
import { crc32 } from "node:zlib";
import { contentsOf } from "./blob-reading.ts";
import type { EncodedRecord, Framing, RawRecord, RecordOrigin } from "./model.ts";
import { partsOfFraming } from "./read/framing.ts";
import { createRecordSplitter } from "./read/record-splitter.ts";
import type { RecordSplitter } from "./read/record-splitter.ts";
import { createUnderstand, isDeadLetter } from "./understanding.ts";
import type { Mapped, Parsed, Understand } from "./understanding.ts";
import type { BlobClaim, CutMark, PrefixMark, Recount } from "./verify/blob-claim.ts";

export interface RecountParts {
  readonly parse: (text: Buffer) => Parsed<unknown>;
  readonly maxRecordBytes: number;
}

/** A position at which the data path is known to have begun anew; the framing is that of the splitter if not known. */
type Cut = Pick<CutMark, "offset"> & Partial<CutMark>;

/** Nobody looks at it: a record that can be read is counted, not mapped. */
const READABLE: Mapped = { logRecord: {} as EncodedRecord, uid: "", approxBytes: 0 };

export class SettledRecount {
  readonly #claim: BlobClaim;
  readonly #maxRecordBytes: number;
  readonly #understand: Understand;
  readonly #origin: RecordOrigin;
  /** Those still to come, in order. */
  readonly #cuts: Cut[];
  readonly #marks: PrefixMark[] = [];
  #splitter: RecordSplitter;
  #framing: Framing;
  #position = 0;
  #crc = 0;
  #records = 0;
  #unreadable = 0;
  #unreadableRange: { start: number; end: number } | undefined;

  /** `moreCuts` are positions besides the claim's marks, in any order. */
  constructor(
    { parse, maxRecordBytes }: RecountParts,
    claim: BlobClaim,
    origin: RecordOrigin,
    moreCuts: readonly number[] = [],
  ) {
    this.#claim = claim;
    this.#maxRecordBytes = maxRecordBytes;
    this.#understand = createUnderstand({ parse, map: () => READABLE, recordUid: () => "" });
    this.#origin = origin;
    this.#cuts = [...claim.marks, ...moreCuts.map((offset) => ({ offset }))]
      .filter(({ offset }) => offset > 0 && offset < claim.length)
      .sort((a, b) => a.offset - b.offset);
    this.#framing = firstFraming(claim.framing);
    this.#splitter = this.#splitterAt(0, 0);
  }

  /** Takes the settled bytes that follow those pushed before, and no byte behind them. */
  push(bytes: Buffer): void {
    let from = 0;
    for (let cut = this.#cuts[0]; cut !== undefined; cut = this.#cuts[0]) {
      const to = cut.offset - this.#position + from;
      if (to > bytes.length) break;
      this.#split(bytes.subarray(from, to));
      this.#cutAt(cut);
      this.#cuts.shift();
      from = to;
    }
    this.#split(bytes.subarray(from));
  }

  /**
   * Ends the settled bytes. `behind` is what stands right behind them, as far as it was read: the end of a document is
   * nothing that anybody still has to deliver.
   */
  end(behind: Buffer): Recount {
    this.#takeTail();
    return {
      offset: this.#position,
      crc32: this.#crc,
      records: this.#records,
      marks: this.#marks,
      unreadable: this.#unreadable,
      unreadableRange: this.#unreadableRange,
      trailerBytes: this.#trailerOf(behind),
    };
  }

  #split(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const crcBefore = this.#splitter.crcAtTiledTo;
    this.#crc = crc32(bytes, this.#crc);
    this.#position += bytes.length;
    this.#count(this.#splitter.push(bytes), crcBefore);
  }

  #takeTail(): void {
    const crcBefore = this.#splitter.crcAtTiledTo;
    this.#count(this.#splitter.takeTail(), crcBefore);
  }

  #cutAt({ offset, framing }: Cut): void {
    this.#takeTail();
    if (framing !== undefined) {
      this.#marks.push({ offset, crc32: this.#crc, records: this.#records });
      this.#framing = framing;
    }
    this.#splitter = this.#splitterAt(offset, this.#crc);
  }

  #splitterAt(offset: number, crcBefore: number): RecordSplitter {
    return createRecordSplitter({
      offset,
      crc32: crcBefore,
      framing: this.#framing,
      maxRecordBytes: this.#maxRecordBytes,
      keptBytes: 0,
    });
  }

  #count(tiles: readonly RawRecord[], crcBefore: number): void {
    const place = { start: Infinity, crcBefore, origin: this.#origin };
    for (const { raw, content } of contentsOf(this.#understand, tiles, place)) {
      this.#framing = raw.framingAtEnd;
      if (raw.length === 0) continue;
      this.#records++;
      if (!isDeadLetter(content)) continue;
      this.#unreadable++;
      const start = this.#unreadableRange?.start ?? raw.offset;
      this.#unreadableRange = { start, end: raw.offset + raw.length };
    }
  }

  #trailerOf(behind: Buffer): number {
    if (behind.length === 0) return 0;
    this.#framing = this.#claim.framing;
    const splitter = this.#splitterAt(this.#position, this.#crc);
    splitter.push(behind);
    return splitter.trailerBytes === behind.length ? behind.length : 0;
  }
}

/**
 * How a blob's first byte is cut: its kind as the store has it. The kind may have been told by bytes behind the settled
 * ones, which are not looked at here.
 */
function firstFraming(atEnd: Framing): Framing {
  const { kind } = partsOfFraming(atEnd);
  return kind === "document" ? "document@0" : kind;
}
