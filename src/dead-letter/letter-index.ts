// SPDX-License-Identifier: Apache-2.0
/**
 * Which positions of which blobs have a dead letter in a place, and how many were purged. Reads only. Keeps a few bytes
 * a letter and none of the originals; a file that has not grown is not read again. A torn last line counts once its
 * newline is there.
 */
import type { DeadLetter } from "../model.ts";
import { FileGone } from "./letter-place.ts";
import type { LetterFile, LetterPlace } from "./letter-place.ts";
import { deadLettersUnavailable } from "./letters-unavailable.ts";
import { readLines } from "./line-reader.ts";
import { lettersOf } from "./stored-letters.ts";

/** The part of a `log.record.uid` that names the blob; the rest is the position, in hex. */
const BLOB_DIGITS = 16;

/** Positions are those where the original's own text begins. Repeats of a letter are in here. */
interface Letters {
  readonly deadLettered: Set<number>;
  readonly uncertain: Set<number>;
  readonly incompleteEnds: Set<number>;
}

/** Letters of one blob whose originals begin before an offset. */
export interface LettersOfBlob {
  readonly deadLettered: number;
  readonly uncertain: number;
  /** Where originals end that were given up unfinished: what came later began anew there. */
  readonly incompleteEnds: readonly number[];
  /** Letters of any blob that the operations log says were purged, without those that were excused by now. */
  readonly purged: number;
}

export class LetterIndex {
  readonly #place: LetterPlace;
  readonly #blobs = new Map<string, Letters>();
  /** Length and version of each file when it was read last. */
  readonly #seen = new Map<string, string>();
  #purged = 0;
  /** Of these, those that a blob was excused for. */
  #excused = 0;

  constructor(place: LetterPlace) {
    this.#place = place;
  }

  /** Takes what was kept since the last time. Throws DEAD_LETTER_UNAVAILABLE; a place that is not there has no letters. */
  async refresh(): Promise<void> {
    try {
      for (const file of await this.#place.list("letters")) await this.#take(file);
      this.#purged = await purgedLetters(this.#place);
    } catch (reason) {
      throw deadLettersUnavailable(this.#place.name, reason);
    }
  }

  /** `uidPrefix` is what the ids of the blob's records begin with. */
  before(uidPrefix: string, offset: number): LettersOfBlob {
    const letters = this.#blobs.get(uidPrefix) ?? emptyLetters();
    const before = (positions: ReadonlySet<number>): number[] =>
      [...positions].filter((position) => position < offset);
    return {
      deadLettered: before(letters.deadLettered).length,
      uncertain: before(letters.uncertain).length,
      incompleteEnds: before(letters.incompleteEnds),
      purged: this.#purged - this.#excused,
    };
  }

  /** So many letters of a blob are missing, and a purge explains it: it explains no others. */
  excuse(letters: number): void {
    this.#excused += letters;
  }

  async close(): Promise<void> {
    await this.#place.close();
  }

  async #take(file: LetterFile): Promise<void> {
    const look = `${file.length} ${file.version}`;
    if (this.#seen.get(file.name) === look) return;
    try {
      for await (const read of lettersOf(this.#place, file)) {
        if (read.kind === "ok") this.#add(read.content.deadLetter);
      }
    } catch (reason) {
      // A purge puts what stays of a file into another one, which the next look finds.
      if (!(reason instanceof FileGone)) throw reason;
    }
    this.#seen.set(file.name, look);
  }

  #add({ uid, reason, range }: DeadLetter): void {
    const position = Number.parseInt(uid.slice(BLOB_DIGITS), 16);
    if (Number.isNaN(position)) return;
    const prefix = uid.slice(0, BLOB_DIGITS);
    const letters = this.#blobs.get(prefix) ?? emptyLetters();
    this.#blobs.set(prefix, letters);
    letters[reason === "partial-success" ? "uncertain" : "deadLettered"].add(position);
    if (reason === "incomplete") letters.incompleteEnds.add(range.end);
  }
}

function emptyLetters(): Letters {
  return { deadLettered: new Set(), uncertain: new Set(), incompleteEnds: new Set() };
}

/**
 * How many letters the operations log says were taken out on purpose. A purge that was cut short may have taken all that
 * it meant to, and counts so as long as nothing was done after it; later it would excuse what others miss.
 */
async function purgedLetters(place: LetterPlace): Promise<number> {
  let purged = 0;
  let intended = 0;
  for await (const line of readLines(place.readOperations())) {
    const { act, letters } = parseOperation(line.bytes?.toString("utf8") ?? "") ?? {};
    intended = act === "purge" && typeof letters === "number" ? letters : 0;
    if (act === "purged" && typeof letters === "number") purged += letters;
  }
  return purged + intended;
}

function parseOperation(line: string): { act?: unknown; letters?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    // Cut off by a crash: what it says was not finished either.
    return undefined;
  }
}
