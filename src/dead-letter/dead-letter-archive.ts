// SPDX-License-Identifier: Apache-2.0
/** Port: the kept dead letters, for the person who looks after them. A connector may be writing meanwhile. */
import type { DeadLetter } from "../model.ts";
import type { ReplayMark } from "./replay-mark.ts";

export type LetterState =
  | { readonly kind: "open" }
  /** The receiver took it after all. */
  | { readonly kind: "replayed"; readonly atMs: number; readonly isLikelyRepeat: boolean };

export interface StoredLetter {
  readonly kind: "letter";
  readonly deadLetter: DeadLetter;
  /** Epoch ms. */
  readonly keptAtMs: number;
  readonly state: LetterState;
  /** What it takes in the store. */
  readonly storedBytes: number;
}

/** A line that is no entry: cut off by a crash, or somebody's edit. It stays where it is. */
export interface UnreadableLine {
  readonly kind: "unreadable";
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Says nothing of the line's content. */
  readonly detail: string;
}

/** By uid, the time when the newest letter that is meant was kept. */
export type ChosenLetters = ReadonlyMap<string, number>;

export interface PurgeResult {
  /** Different uids that were removed. */
  readonly letters: number;
  /** What is free now: the letters, older copies of them, and their marks. */
  readonly bytes: number;
  /** How much of it their marks took. */
  readonly markBytes: number;
}

export interface DeadLetterArchive {
  /** As messages name it. */
  readonly name: string;
  /** False when the place does not exist: nothing was ever kept there, or another one is meant. */
  exists(): Promise<boolean>;
  /**
   * Every letter once, by uid: the newest that was kept, oldest files first. One that was kept again
   * after it was replayed is open. Holds uids in memory and no letters.
   */
  entries(): AsyncIterable<StoredLetter | UnreadableLine>;
  /** Keeps durably that these got through. */
  mark(marks: readonly ReplayMark[]): Promise<void>;
  /**
   * Removes these letters and what was marked of them. A letter of the same uid that was kept later
   * stays, and so does what cannot be read.
   */
  purge(chosen: ChosenLetters): Promise<PurgeResult>;
  /** Appends to the operations log, which no purge touches. */
  logOperation(operation: Readonly<Record<string, unknown>>): Promise<void>;
  /** Bytes of everything that is kept. */
  usedBytes(): Promise<number>;
  close(): Promise<void>;
}
