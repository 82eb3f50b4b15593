// SPDX-License-Identifier: Apache-2.0
/**
 * How dead letters are shown in lists (pure): positions, codes and counts, never the original nor what the receiver
 * said of it. Rows have fixed widths, so that a list of any length needs no memory.
 */
import type { StoredLetter, UnreadableLine } from "../dead-letter/dead-letter-archive.ts";
import { hourOfBlob } from "../discover/blob-path.ts";
import { visibleText } from "../telemetry/visible-text.ts";
import { resourceOf } from "./dead-letters-flags.ts";

interface Column {
  readonly title: string;
  readonly width: number;
  readonly of: (letter: StoredLetter) => string;
}

const COLUMNS: readonly Column[] = [
  { title: "uid", width: 32, of: ({ deadLetter }) => deadLetter.uid },
  { title: "kept", width: 20, of: ({ keptAtMs }) => isoSeconds(keptAtMs) },
  { title: "reason", width: 15, of: ({ deadLetter }) => deadLetter.reason },
  { title: "resource", width: 24, of: ({ deadLetter }) => nameOf(deadLetter.blob.name) },
  { title: "hour", width: 14, of: ({ deadLetter }) => hourOf(deadLetter.blob.name) },
  { title: "range", width: 21, of: ({ deadLetter: { range } }) => `${range.start}-${range.end}` },
  { title: "bytes", width: 8, of: ({ deadLetter: { range } }) => `${range.end - range.start}` },
  { title: "status", width: 6, of: ({ deadLetter }) => `${deadLetter.receiver?.status ?? "-"}` },
  { title: "tries", width: 5, of: ({ deadLetter }) => `${deadLetter.receiver?.attempts ?? "-"}` },
  { title: "state", width: 8, of: ({ state }) => state.kind },
];

/** The head of a table, without a newline. */
export function tableHead(): string {
  return line(COLUMNS.map(({ title, width }) => title.padEnd(width))).trimEnd();
}

/** One letter in a table. What does not fit moves the rest to the right: nothing is cut. */
export function tableRow(letter: StoredLetter): string {
  return line(COLUMNS.map(({ of, width }) => of(letter).padEnd(width)));
}

/** One letter in a pipe: fields separated by tabs, the blob's whole name at the end. */
export function plainRow(letter: StoredLetter): string {
  const fields = COLUMNS.map(({ of }) => of(letter));
  return `${[...fields, visibleText(letter.deadLetter.blob.name)].join("\t")}\n`;
}

/** What a list says of one letter, for a program. */
export function listedFields(letter: StoredLetter): Record<string, unknown> {
  const { deadLetter, keptAtMs, state } = letter;
  const { uid, reason, blob, range, receiver } = deadLetter;
  return {
    uid,
    time: new Date(keptAtMs).toISOString(),
    reason,
    resource: resourceOf(blob.name) ?? null,
    account: blob.account,
    container: blob.container,
    blob: blob.name,
    createdAt: new Date(blob.createdAtMs).toISOString(),
    range,
    originalBytes: range.end - range.start,
    status: receiver?.status ?? null,
    attempts: receiver?.attempts ?? null,
    state: state.kind,
    replayedAt: state.kind === "replayed" ? new Date(state.atMs).toISOString() : null,
    isLikelyRepeat: state.kind === "replayed" ? state.isLikelyRepeat : null,
  };
}

/** `3 not-json, 1 refused` */
export function countsText(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
}

/** `1 letter`, `2 letters` */
export function letters(count: number, kind = ""): string {
  return `${count} ${kind === "" ? "" : `${kind} `}${count === 1 ? "letter" : "letters"}`;
}

/** Lines that cannot be read: counted, and the first of them named. */
export class UnreadableLines {
  static readonly #SHOWN = 3;
  readonly #first: UnreadableLine[] = [];
  count = 0;

  add(unreadable: UnreadableLine): void {
    if (this.count++ < UnreadableLines.#SHOWN) this.#first.push(unreadable);
  }

  text(): string {
    if (this.count === 0) return "";
    const places = this.#first.map(
      ({ file, line: number, detail }) => `  ${visibleText(file)}, line ${number}: ${detail}\n`,
    );
    const more = this.count > this.#first.length ? "  …\n" : "";
    const lines = this.count === 1 ? "1 line" : `${this.count} lines`;
    return `${lines} cannot be read (kept as they are)\n${places.join("")}${more}`;
  }
}

export function isoSeconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}

function line(cells: readonly string[]): string {
  return `${cells.join("  ").trimEnd()}\n`;
}

function nameOf(blobName: string): string {
  return visibleText(resourceOf(blobName) ?? blobName);
}

function hourOf(blobName: string): string {
  const hourMs = hourOfBlob(blobName);
  return hourMs === undefined ? "-" : `${new Date(hourMs).toISOString().slice(0, 13)}Z`;
}
