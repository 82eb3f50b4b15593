// SPDX-License-Identifier: Apache-2.0
/** The bytes of pieces, and the records in them. Numbers are given out once: no two records of a run are equal. */
import { auditLine } from "../test/support/audit-lines.ts";
import type { BrokenKind, Piece } from "./content-plan.ts";
import { hashOf } from "./truth.ts";
import type { Destiny, TruthBlob } from "./truth.ts";

/** One of so many records is refused on its own account, by its number. */
const POISON_ONE_OF = 600;

/** Whether the receiver refuses this record whatever happens: told by its content alone, so that a repeat is, too. */
export function isPoison(number: number): boolean {
  return (Math.imul(number, 0x9e3779b1) >>> 0) % POISON_ONE_OF === 0;
}

/** What is written to a blob in one go. */
export interface Block {
  readonly bytes: Buffer;
  /** Tells the truth of it; to be called before the service has the bytes. */
  note(blob: TruthBlob): void;
}

interface Line {
  readonly text: Buffer;
  readonly destiny: Destiny;
}

export class LineSource {
  #next = 0;

  /** Texts without newline, `undefined` for pieces that hold none. */
  linesOf(piece: Piece): Line[] {
    switch (piece.kind) {
      case "records":
        return Array.from({ length: piece.count }, () => this.#record());
      case "large":
        return [this.#record(piece.padding)];
      case "oversize":
        return [{ ...this.#record(piece.padding), destiny: "oversize" }];
      case "broken":
        return [{ text: brokenText(piece.how, this.#next++), destiny: "broken" }];
      case "crlf":
      case "half":
      case "no-newline":
        return [this.#record()];
      case "blank":
        return [];
    }
  }

  #record(padding = 0): Line {
    const number = this.#next++;
    const extra = padding === 0 ? {} : { properties: { note: "ü".repeat(padding / 2) } };
    const text = Buffer.from(auditLine(number, extra).trimEnd());
    return { text, destiny: isPoison(number) ? "poison" : "record" };
  }
}

function brokenText(how: BrokenKind, number: number): Buffer {
  switch (how) {
    case "text":
      return Buffer.from(`no record ${number}`);
    case "torn":
      return Buffer.from(auditLine(number).slice(0, 60 + (number % 90)));
    case "number":
      return Buffer.from(String(number));
    case "bytes":
      return Buffer.concat([
        Buffer.from(auditLine(number).slice(0, 40)),
        Buffer.from([0xff, 0xfe]),
      ]);
    case "nul":
      return Buffer.from(`\0\0\0${number}`);
  }
}

/** What is left of a record, or only its newline. */
interface Rest {
  readonly bytes: Buffer;
  /** To be noted when the rest is written. */
  readonly line: Line | undefined;
  /** Bytes of it that were written before. */
  readonly begun: number;
}

/** Cuts the bytes of JSON Lines into blocks: a block ends where a piece says that a record is not finished. */
export class LineWriter {
  readonly #lines: LineSource;
  #rest: Rest | undefined;

  constructor(lines: LineSource) {
    this.#lines = lines;
  }

  /** What finishes the unfinished record, if there is one. */
  finish(): Block | undefined {
    return this.blocksOf([])[0];
  }

  blocksOf(pieces: readonly Piece[]): Block[] {
    const blocks: Block[] = [];
    let block = this.#begin();
    for (const piece of pieces) {
      const rest = this.#addPiece(block, piece);
      if (rest === undefined) continue;
      this.#rest = rest;
      blocks.push(block);
      // Only the last piece stays unfinished for long; the service sees two writes all the same.
      if (piece === pieces.at(-1)) return blocks;
      block = this.#begin();
    }
    if (block.bytes.length > 0) blocks.push(block);
    return blocks;
  }

  /** A block that begins with what the one before it left unfinished. */
  #begin(): BlockBuilder {
    const block = new BlockBuilder();
    if (this.#rest !== undefined) block.addRest(this.#rest);
    this.#rest = undefined;
    return block;
  }

  #addPiece(block: BlockBuilder, piece: Piece): Rest | undefined {
    if (piece.kind === "blank") block.addText(Buffer.from("\n \n"));
    for (const line of this.#lines.linesOf(piece)) {
      const { text } = line;
      const whole = Buffer.concat([text, Buffer.from(piece.kind === "crlf" ? "\r\n" : "\n")]);
      if (piece.kind === "half") {
        const begun = Math.max(1, Math.floor(text.length * piece.share));
        block.addText(whole.subarray(0, begun));
        return { bytes: whole.subarray(begun), line, begun };
      }
      if (piece.kind === "no-newline") {
        block.addLine(line, text);
        return { bytes: Buffer.from("\n"), line: undefined, begun: 0 };
      }
      block.addLine(line, whole);
    }
    return undefined;
  }
}

class BlockBuilder implements Block {
  readonly #parts: Buffer[] = [];
  readonly #lines: { readonly line: Line; readonly at: number }[] = [];
  #length = 0;

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  addText(text: Buffer): void {
    this.#parts.push(text);
    this.#length += text.length;
  }

  addLine(line: Line, bytes: Buffer): void {
    this.#lines.push({ line, at: this.#length });
    this.addText(bytes);
  }

  addRest({ bytes, line, begun }: Rest): void {
    if (line !== undefined) this.#lines.push({ line, at: this.#length - begun });
    this.addText(bytes);
  }

  note(blob: TruthBlob): void {
    for (const { line, at } of this.#lines) noteLine(blob, line, blob.length + at);
    blob.append(this.bytes);
  }
}

function noteLine(blob: TruthBlob, { text, destiny }: Line, start: number): void {
  blob.add({ start, end: start + text.length, destiny, bodyHash: hashOf(text) });
}

const HEAD = Buffer.from('{"records":[\n');
const SEPARATOR = Buffer.from(",\n");
/** Belongs to no record, and stands elsewhere in the next version. */
export const DOCUMENT_END = Buffer.from("\n]}");

/** The next part of a document: everything in it is a record, since nothing else can stand there. */
export function documentPart(lines: LineSource, pieces: readonly Piece[], isFirst: boolean): Block {
  const block = new BlockBuilder();
  let separator = isFirst ? HEAD : SEPARATOR;
  for (const piece of pieces) {
    const isRecord = piece.kind === "records" || piece.kind === "large";
    for (const line of lines.linesOf(isRecord ? piece : { kind: "records", count: 1 })) {
      block.addText(separator);
      block.addLine(line, line.text);
      separator = SEPARATOR;
    }
  }
  return block;
}
