// SPDX-License-Identifier: Apache-2.0
/**
 * Reads what a place holds: every letter once, with its state. Two passes over the files: the first
 * notes where the newest letter of each uid stands, the second gives them out. Files only grow, so a
 * position stays what it was; a file that a purge takes away between the passes is said loudly.
 */
import { isUtf8 } from "node:buffer";
import type { LetterState, StoredLetter, UnreadableLine } from "./dead-letter-archive.ts";
import { decodeDeadLetter } from "./dead-letter-entry.ts";
import type { KeptDeadLetter } from "./dead-letter-entry.ts";
import type { LetterFile, LetterPlace } from "./letter-place.ts";
import { readLines } from "./line-reader.ts";
import type { Line } from "./line-reader.ts";
import { decodeMark } from "./replay-mark.ts";
import type { ReplayMark } from "./replay-mark.ts";

/** A line of a file, read or not. */
export type ReadLine<Content> =
  | {
      readonly kind: "ok";
      readonly content: Content;
      readonly number: number;
      readonly line: Line;
    }
  | {
      readonly kind: "malformed";
      readonly detail: string;
      readonly number: number;
      readonly line: Line;
    };

type Decoded<Content> =
  | { readonly kind: "ok"; readonly content: Content }
  | { readonly kind: "malformed"; readonly detail: string };

/** The lines of a file of letters. Blank ones are passed by. */
export async function* lettersOf(
  place: LetterPlace,
  file: LetterFile,
): AsyncGenerator<ReadLine<KeptDeadLetter>> {
  yield* linesOf(place, file, (text) => {
    const decoded = decodeDeadLetter(text);
    return decoded.kind === "ok" ? { kind: "ok", content: decoded.kept } : decoded;
  });
}

/** The lines of a file of marks. */
export async function* marksOf(
  place: LetterPlace,
  file: LetterFile,
): AsyncGenerator<ReadLine<ReplayMark>> {
  yield* linesOf(place, file, (text) => {
    const decoded = decodeMark(text);
    return decoded.kind === "ok" ? { kind: "ok", content: decoded.mark } : decoded;
  });
}

async function* linesOf<Content>(
  place: LetterPlace,
  file: LetterFile,
  decode: (text: string) => Decoded<Content>,
): AsyncGenerator<ReadLine<Content>> {
  let number = 0;
  for await (const line of readLines(place.read(file))) {
    number++;
    if (line.bytes?.length === 0) continue;
    yield { ...decodeLine(line, decode), number, line };
  }
}

function decodeLine<Content>(
  { bytes, isWhole }: Line,
  decode: (text: string) => Decoded<Content>,
): Decoded<Content> {
  if (bytes === undefined) return { kind: "malformed", detail: "it is too long" };
  // Decoding would put replacement characters into an original without a word.
  if (!isUtf8(bytes)) return { kind: "malformed", detail: "it is not UTF-8" };
  const decoded = decode(bytes.toString("utf8"));
  if (decoded.kind === "ok" || isWhole) return decoded;
  return { kind: "malformed", detail: "it is cut off (a crash, or it is being written)" };
}

interface Position {
  readonly file: number;
  readonly line: number;
  readonly keptAtMs: number;
}

/** Every letter once, and every line that cannot be read. */
export async function* readStoredLetters(
  place: LetterPlace,
): AsyncGenerator<StoredLetter | UnreadableLine> {
  const files = await place.list("letters");
  const newest = await newestOf(place, files);
  const marks = await newestMarks(place);
  for (const [index, file] of files.entries()) {
    for await (const read of lettersOf(place, file)) {
      const { number, line } = read;
      if (read.kind === "malformed") {
        yield { kind: "unreadable", file: file.name, line: number, detail: read.detail };
        continue;
      }
      const { deadLetter, keptAtMs } = read.content;
      const position = newest.get(deadLetter.uid);
      if (position?.file !== index || position.line !== number) continue;
      const state = stateOf(keptAtMs, marks.get(deadLetter.uid));
      const storedBytes = (line.bytes?.length ?? 0) + 1;
      yield { kind: "letter", deadLetter, keptAtMs, state, storedBytes };
    }
  }
}

async function newestOf(
  place: LetterPlace,
  files: readonly LetterFile[],
): Promise<Map<string, Position>> {
  const newest = new Map<string, Position>();
  for (const [index, file] of files.entries()) {
    for await (const read of lettersOf(place, file)) {
      if (read.kind === "malformed") continue;
      const { deadLetter, keptAtMs } = read.content;
      const known = newest.get(deadLetter.uid);
      if (known !== undefined && known.keptAtMs > keptAtMs) continue;
      newest.set(deadLetter.uid, { file: index, line: read.number, keptAtMs });
    }
  }
  return newest;
}

async function newestMarks(place: LetterPlace): Promise<Map<string, ReplayMark>> {
  const marks = new Map<string, ReplayMark>();
  for (const file of await place.list("marks")) {
    for await (const read of marksOf(place, file)) {
      // A mark that cannot be read leaves its letter open: it is replayed once more, not lost.
      if (read.kind === "malformed") continue;
      const known = marks.get(read.content.uid);
      if (known !== undefined && known.letterKeptAtMs > read.content.letterKeptAtMs) continue;
      marks.set(read.content.uid, read.content);
    }
  }
  return marks;
}

function stateOf(keptAtMs: number, mark: ReplayMark | undefined): LetterState {
  if (mark === undefined || mark.letterKeptAtMs < keptAtMs) return { kind: "open" };
  return { kind: "replayed", atMs: mark.replayedAtMs, isLikelyRepeat: mark.isLikelyRepeat };
}
