// SPDX-License-Identifier: Apache-2.0
/**
 * Port: where the files of dead letters stand, a directory or a container. Files only grow, in the
 * hands of the one who created them, and are taken away whole; so one writer and one archive serve
 * every place.
 */
import type { AppendFile } from "./append-file.ts";

/** Letters, or the marks of those that were replayed. */
export type LetterFileKind = "letters" | "marks";

export interface LetterFile {
  readonly name: string;
  /** Bytes of it that were there when it was looked at. */
  readonly length: number;
  /** Changes with the content, where the place knows such a thing. */
  readonly version: string;
  /** Taken away from its writer by a purge that did not get to its end. */
  readonly isClaimed: boolean;
}

export interface LetterPlace {
  /** As messages name it; holds no secret. */
  readonly name: string;
  /** False when there is no such directory or container: nothing was ever kept in it. */
  exists(): Promise<boolean>;
  /** Files of a kind, oldest first. */
  list(kind: LetterFileKind): Promise<readonly LetterFile[]>;
  /** Bytes of everything that is kept here. */
  usedBytes(): Promise<number>;
  /** A new, empty file. `startedAtMs` of its writer and the number order it among the others. */
  create(kind: LetterFileKind, startedAtMs: number): Promise<AppendFile>;
  /** A new, empty file that takes the place of `file` in the order. */
  createInstead(file: LetterFile): Promise<{ file: AppendFile; discard(): Promise<void> }>;
  /** The first `file.length` bytes. Throws `FileGone` when somebody took it away since. */
  read(file: LetterFile): AsyncIterable<Buffer>;
  /**
   * Looks at the file again so that whatever is appended after is seen by `remove` or is never
   * confirmed to the writer. Undefined when it is gone.
   */
  claim(file: LetterFile): Promise<LetterFile | undefined>;
  /** Removes a claimed file; false when it grew since. One that is gone is removed. */
  remove(file: LetterFile): Promise<boolean>;
  /** Appends one line to the operations log, which no purge touches. */
  logOperation(line: string): Promise<void>;
  /** The operations log from its beginning; nothing where there is none. */
  readOperations(): AsyncIterable<Buffer>;
  /** Gives up what is under way and releases connections. */
  close(): Promise<void>;
}

/** Somebody took a file away between two looks. */
export class FileGone extends Error {
  constructor(name: string) {
    super(`${name} was taken away meanwhile: another purge may be running; try again`);
    this.name = "FileGone";
  }
}
