// SPDX-License-Identifier: Apache-2.0
/**
 * Finds where records begin and end in a document (pure): a sequence of JSON objects, in envelopes (`{"records":[…]}`,
 * `[…]`) or bare. It follows brackets and strings and nothing more; whether a record is JSON is the parser's business.
 *
 * A text that cannot go on is cut so that it costs as little as possible, and never so that a piece from the inside of
 * one record passes for another:
 * - a `{` that begins a line where JSON allows no value, or no deeper than the record around it does, ends the record
 *   before it: that one is torn;
 * - a line's end inside a string, a bracket that closes nothing, anything between records that is no separator: the
 *   bytes up to the next line that begins with `{`, and not deeper than the broken record did, are one broken record.
 */
import type { OpenBrackets } from "../model.ts";
import { EnvelopeMatch } from "./envelope-match.ts";
import { Envelopes } from "./envelopes.ts";
import {
  ARRAY_OPEN,
  BACKSLASH,
  COMMA,
  isBlankByte,
  NEWLINE,
  OBJECT_OPEN,
  QUOTE,
} from "./json-bytes.ts";
import { LinePlace } from "./line-place.ts";
import { Nesting } from "./nesting.ts";
import { RecordLayout } from "./record-layout.ts";
import type { ScanStart, ScanStop } from "./scan.ts";

type State = "between" | "value" | "word" | "broken" | "mark";

export class RecordScanner {
  readonly #envelopes: Envelopes;
  readonly #nesting = new Nesting();
  #envelopeMatch = new EnvelopeMatch();
  #state: State = "between";
  #isInString = false;
  #isEscaped = false;
  readonly #place: LinePlace;
  #layout = new RecordLayout(undefined);
  #beganAt: number | undefined;
  /** Where the first byte of the present window stands in the blob. */
  #base = 0;
  #stop: ScanStop["kind"] | undefined;
  constructor(open: OpenBrackets, offset: number, start: ScanStart) {
    this.#envelopes = new Envelopes(open);
    this.#place = new LinePlace(offset, start.kind === "line" ? start.column : undefined);
    if (start.kind !== "broken") return;
    this.#state = "broken";
    this.#beganAt = offset;
    this.#layout = new RecordLayout(start.column);
  }

  /** The brackets of envelopes that stand open. */
  get open(): OpenBrackets {
    return this.#envelopes.open;
  }

  /** Offset at which the present record began; undefined between records. */
  get beganAt(): number | undefined {
    return this.#beganAt;
  }

  /** Column of an offset, where only blanks stand before it on its line; undefined behind other text. */
  columnAt(offset: number): number | undefined {
    return this.#place.columnAt(offset);
  }

  /** Column at which the present record began; 0 behind other text. */
  get column(): number {
    return this.#layout.column;
  }

  /** True inside an object, an array or a string that has not ended. */
  get isInValue(): boolean {
    return this.#state === "value";
  }

  /** Reads on from an index of a window that stands at `base` in the blob; undefined when the window is used up. */
  scan(bytes: Buffer, from: number, base: number): ScanStop | undefined {
    this.#base = base;
    this.#stop = undefined;
    let at = from;
    while (at < bytes.length) {
      at = this.#step(bytes, at);
      const kind = this.#stop as ScanStop["kind"] | undefined;
      if (kind === undefined || this.#beganAt === undefined) continue;
      const beganAt = this.#beganAt;
      this.#beganAt = undefined;
      this.#state = "between";
      return { kind, beganAt, at };
    }
    return undefined;
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case "between":
        return this.#betweenRecords(bytes, at);
      case "value":
        return this.#isInString ? this.#inString(bytes, at) : this.#inValue(bytes, at);
      case "word":
        return this.#inWord(bytes, at);
      case "mark":
        return this.#inByteOrderMark(bytes, at);
      case "broken":
        return this.#inBroken(bytes, at);
    }
  }

  #betweenRecords(bytes: Buffer, from: number): number {
    let at = from;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#place.passBlank(byte, this.#base + at)) continue;
      const isLineStart = this.#place.columnAt(this.#base + at) !== undefined;
      const sign = this.#envelopes.take(byte, isLineStart);
      if (sign !== "separator") {
        this.#begin(sign, at);
        return at;
      }
      this.#place.passText();
    }
    return at;
  }

  #begin(sign: "value" | "word" | "mark" | "broken", at: number): void {
    const offset = this.#base + at;
    this.#layout = new RecordLayout(this.#place.columnAt(offset));
    this.#beganAt = offset;
    this.#state = sign;
    this.#isInString = false;
    this.#nesting.clear();
    this.#envelopeMatch = new EnvelopeMatch();
  }

  #inValue(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length) {
      const byte = bytes[at] ?? 0;
      if (byte === OBJECT_OPEN && this.#isTornBefore(at)) return this.#stopAt("broken", at);
      at++;
      if (this.#opensEnvelope(byte)) return this.#stopAt("no-record", at);
      if (this.#place.passBlank(byte, this.#base + at - 1)) {
        if (byte === NEWLINE) this.#layout.endLine();
        continue;
      }
      if (this.#nesting.depth > 0) this.#layout.noteContent(this.columnAt(this.#base + at - 1));
      this.#place.passText();
      if (byte === QUOTE) {
        this.#isInString = true;
        return at;
      }
      if (!this.#nesting.take(byte)) {
        this.#state = "broken";
        return at;
      }
      if (this.#nesting.depth === 0) return this.#stopAt("record", at);
    }
    return at;
  }

  /** An object begins a line where none may stand, or where none of this record's would: the record is torn. */
  #isTornBefore(at: number): boolean {
    const column = this.columnAt(this.#base + at);
    if (this.#nesting.depth === 0 || column === undefined) return false;
    return !this.#nesting.allowsValue || this.#layout.endsBefore(column);
  }

  #inString(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      this.#opensEnvelope(byte);
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) return this.#endString(at + 1);
      if (byte !== NEWLINE) continue;
      // No string holds a line's end: where this one should have ended, nobody can tell.
      this.#isInString = this.#isEscaped = false;
      this.#state = "broken";
      return at;
    }
    return bytes.length;
  }

  #endString(at: number): number {
    this.#isInString = false;
    this.#nesting.takeString();
    return this.#nesting.depth === 0 ? this.#stopAt("record", at) : at;
  }

  /** True when this byte makes the record's beginning an envelope's. */
  #opensEnvelope(byte: number): boolean {
    if (this.#envelopeMatch.hasFailed || !this.#envelopeMatch.take(byte)) return false;
    this.#envelopeMatch = new EnvelopeMatch();
    return this.#envelopes.openRecords(this.#layout.isAtLineStart);
  }

  /** A number, `true`, `null` in an array: it ends where something else begins. */
  #inWord(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (isBlankByte(byte) || !isWordByte(byte)) return this.#stopAt("record", at);
      this.#place.passText();
    }
    return bytes.length;
  }

  /** Three bytes that are no record when all of them are there. */
  #inByteOrderMark(bytes: Buffer, at: number): number {
    const taken = this.#base + at - (this.#beganAt ?? 0);
    const expected = [0xef, 0xbb, 0xbf][taken];
    if (bytes[at] !== expected) {
      this.#state = "broken";
      return at;
    }
    return taken === 2 ? this.#stopAt("no-record", at + 1) : at + 1;
  }

  #inBroken(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#place.passBlank(byte, this.#base + at)) continue;
      const isRecordStart = byte === OBJECT_OPEN || byte === ARRAY_OPEN;
      const column = this.columnAt(this.#base + at);
      if (isRecordStart && column !== undefined && column <= this.column) {
        this.#envelopes.expectRecord();
        return this.#stopAt("broken", at);
      }
      this.#place.passText();
    }
    return bytes.length;
  }

  #stopAt(kind: ScanStop["kind"], at: number): number {
    this.#stop = kind;
    return at;
  }
}

function isWordByte(byte: number): boolean {
  return byte !== COMMA && byte !== QUOTE && (byte & 0xdf) !== 0x5b && (byte & 0xdf) !== 0x5d;
}
