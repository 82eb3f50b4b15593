// SPDX-License-Identifier: Apache-2.0
/** How the files of a dead-letter place are named (pure): sorted by name is sorted by time. */
import type { LetterFileKind } from "./letter-place.ts";

const STEM = { letters: "dead-letters", marks: "dead-letter-marks" } as const;

/** Name of the operations log. */
export const OPERATIONS_FILE = "operations.ndjson";

/** `…-0001.ndjson`, `…-0001.2.ndjson` (what a purge left of it), `….purging` (one under way). */
const REST = "-[^/]*\\.ndjson(\\.[0-9a-f]+\\.purging)?$";

const FILE_NAMES: Readonly<Record<LetterFileKind, RegExp>> = {
  letters: new RegExp(`^${STEM.letters}${REST}`),
  marks: new RegExp(`^${STEM.marks}${REST}`),
};

/** What the names of a run have in common: `dead-letters-20260115T103000Z`. */
export function fileStem(kind: LetterFileKind, startedAtMs: number): string {
  return `${STEM[kind]}-${compactTime(startedAtMs)}`;
}

/** `20260115T103000Z` */
export function compactTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+|[-:]/g, "");
}

/** `dead-letters-20260115T103000Z-0001.ndjson` */
export function deadLetterFileName(stem: string, number: number): string {
  return `${stem}-${String(number).padStart(4, "0")}.ndjson`;
}

/** Whether a file of a directory is one of letters or of marks. */
export function isFileOf(kind: LetterFileKind, name: string): boolean {
  return FILE_NAMES[kind].test(name);
}

/** Name of a file that a purge takes away: never one that a purge before it left behind. */
export function claimedName(name: string, token: string): string {
  return `${name}.${token}.purging`;
}

export function isClaimedName(name: string): boolean {
  return name.endsWith(".purging");
}

/** Names for what a purge leaves of a file, in the order in which to try them. */
export function* namesInstead(name: string): Generator<string> {
  const plain = name.replace(/\.[0-9a-f]+\.purging$/, "").replace(/(\.\d+)?\.ndjson$/, "");
  for (let number = 2; ; number++) yield `${plain}.${number}.ndjson`;
}
