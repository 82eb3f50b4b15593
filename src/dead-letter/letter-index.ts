// SPDX-License-Identifier: Apache-2.0
/**
 * Which positions of which blobs have a dead letter in a directory. Reads only. Keeps a few bytes a letter and none of the
 * originals; the files only grow, so a refresh reads no byte twice. A torn last line counts once its newline is there.
 */
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ConnectorError } from "../errors.ts";
import { hasErrorCode } from "../runtime/private-files.ts";
import { decodeDeadLetter } from "./dead-letter-entry.ts";
import { isFileOf } from "./dead-letter-files.ts";

const NEWLINE = 0x0a;
/** The part of a `log.record.uid` that names the blob; the rest is the position, in hex. */
const BLOB_DIGITS = 16;

/** Positions are those where the original's own text begins. Repeats of a letter are in here. */
interface Letters {
  readonly deadLettered: number[];
  readonly uncertain: number[];
  readonly incompleteEnds: number[];
}

/** Letters of one blob whose originals begin before an offset. */
export interface LettersOfBlob {
  readonly deadLettered: number;
  readonly uncertain: number;
  /** Where originals end that were given up unfinished: what came later began anew there. */
  readonly incompleteEnds: readonly number[];
}

export class LetterIndex {
  readonly #path: string;
  readonly #blobs = new Map<string, Letters>();
  /** Bytes of each file that were taken. */
  readonly #taken = new Map<string, number>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes what was kept since the last time. Throws DEAD_LETTER_UNAVAILABLE; a missing directory holds no letters. */
  async refresh(): Promise<void> {
    try {
      const names = (await readdir(this.#path)).filter((name) => isFileOf("letters", name)).sort();
      for (const name of names) await this.#readOn(name);
    } catch (error) {
      if (hasErrorCode(error, "ENOENT")) return;
      const reason = error instanceof Error ? error.message : String(error);
      const message = `the dead letters in ${this.#path} cannot be read: ${reason}`;
      throw new ConnectorError("DEAD_LETTER_UNAVAILABLE", message, { cause: error });
    }
  }

  /** `uidPrefix` is what the ids of the blob's records begin with. */
  before(uidPrefix: string, offset: number): LettersOfBlob {
    const letters = this.#blobs.get(uidPrefix);
    const count = (positions: readonly number[] = []): number =>
      new Set(positions.filter((position) => position < offset)).size;
    return {
      deadLettered: count(letters?.deadLettered),
      uncertain: count(letters?.uncertain),
      incompleteEnds: [...new Set(letters?.incompleteEnds)].filter((end) => end < offset),
    };
  }

  async #readOn(name: string): Promise<void> {
    let taken = this.#taken.get(name) ?? 0;
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of createReadStream(join(this.#path, name), { start: taken })) {
      const bytes = Buffer.concat([rest, chunk as Buffer]);
      let from = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
        this.#add(bytes.toString("utf8", from, end));
        from = end + 1;
      }
      taken += from;
      rest = bytes.subarray(from);
    }
    this.#taken.set(name, taken);
  }

  #add(line: string): void {
    const decoded = decodeDeadLetter(line);
    if (decoded.kind !== "ok") return;
    const { uid, reason, range } = decoded.kept.deadLetter;
    const position = Number.parseInt(uid.slice(BLOB_DIGITS), 16);
    if (Number.isNaN(position)) return;
    const prefix = uid.slice(0, BLOB_DIGITS);
    const letters = this.#blobs.get(prefix) ?? emptyLetters();
    this.#blobs.set(prefix, letters);
    letters[reason === "partial-success" ? "uncertain" : "deadLettered"].push(position);
    if (reason === "incomplete") letters.incompleteEnds.push(range.end);
  }
}

function emptyLetters(): Letters {
  return { deadLettered: [], uncertain: [], incompleteEnds: [] };
}
