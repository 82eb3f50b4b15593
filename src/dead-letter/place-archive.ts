// SPDX-License-Identifier: Apache-2.0
/** The dead letters of a place, for the person who looks after them. */
import { Buffer } from "node:buffer";
import type { Clock } from "../runtime/clock.ts";
import type { AppendFile } from "./append-file.ts";
import type {
  ChosenLetters,
  DeadLetterArchive,
  PurgeResult,
  StoredLetter,
  UnreadableLine,
} from "./dead-letter-archive.ts";
import type { LetterPlace } from "./letter-place.ts";
import { purgeLetters } from "./letter-purge.ts";
import { deadLettersUnavailable } from "./letters-unavailable.ts";
import { encodeMark } from "./replay-mark.ts";
import type { ReplayMark } from "./replay-mark.ts";
import { readStoredLetters } from "./stored-letters.ts";

/** Nothing is touched before the first call. All calls throw DEAD_LETTER_UNAVAILABLE. */
export function openDeadLetterArchive(
  place: LetterPlace,
  clock: Pick<Clock, "now">,
): DeadLetterArchive {
  return new PlaceArchive(place, clock.now());
}

class PlaceArchive implements DeadLetterArchive {
  readonly name: string;
  readonly #place: LetterPlace;
  readonly #startedAtMs: number;
  #marks: AppendFile | undefined;

  constructor(place: LetterPlace, startedAtMs: number) {
    this.name = place.name;
    this.#place = place;
    this.#startedAtMs = startedAtMs;
  }

  async exists(): Promise<boolean> {
    return await this.#translated(() => this.#place.exists());
  }

  async *entries(): AsyncGenerator<StoredLetter | UnreadableLine> {
    try {
      yield* readStoredLetters(this.#place);
    } catch (reason) {
      throw deadLettersUnavailable(this.name, reason);
    }
  }

  async mark(marks: readonly ReplayMark[]): Promise<void> {
    if (marks.length === 0) return;
    const bytes = Buffer.from(marks.map(encodeMark).join(""));
    await this.#translated(async () => {
      // Once more, if a purge took the file away under us.
      if ((await this.#append(bytes)) || (await this.#append(bytes))) return;
      throw new Error("the files are taken away as soon as they are written");
    });
  }

  async purge(chosen: ChosenLetters): Promise<PurgeResult> {
    return await this.#translated(() => purgeLetters(this.#place, chosen));
  }

  async logOperation(operation: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#translated(() => this.#place.logOperation(`${JSON.stringify(operation)}\n`));
  }

  async usedBytes(): Promise<number> {
    return await this.#translated(() => this.#place.usedBytes());
  }

  async close(): Promise<void> {
    await this.#leaveMarks();
    await this.#place.close();
  }

  async #append(bytes: Uint8Array): Promise<boolean> {
    this.#marks ??= await this.#place.create("marks", this.#startedAtMs);
    try {
      await this.#marks.appendDurably(bytes);
      if (await this.#marks.isInPlace()) return true;
    } catch (error) {
      await this.#leaveMarks();
      throw error;
    }
    await this.#leaveMarks();
    return false;
  }

  async #leaveMarks(): Promise<void> {
    const file = this.#marks;
    this.#marks = undefined;
    await file?.close().catch(() => undefined);
  }

  async #translated<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (reason) {
      throw deadLettersUnavailable(this.name, reason);
    }
  }
}
