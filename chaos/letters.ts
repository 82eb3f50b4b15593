// SPDX-License-Identifier: Apache-2.0
/**
 * The dead letters of a run, read from their directory as they come: files only grow, so no byte is read twice. They are
 * read with the program's own decoder; what it takes for no entry is a line that a kill tore.
 */
import { readdirSync, readSync, openSync, closeSync } from "node:fs";
import { join } from "node:path";
import { decodeDeadLetter } from "../src/dead-letter/dead-letter-entry.ts";
import type { DeadLetter } from "../src/model.ts";
import { hashOf } from "./truth.ts";

export interface Letter {
  readonly uid: string;
  readonly reason: DeadLetter["reason"];
  readonly bodyHash: string;
  readonly keptAtMs: number;
}

const NEWLINE = 0x0a;
const CHUNK_BYTES = 1024 * 1024;

export class Letters {
  /** By uid, all that were kept. */
  readonly byUid = new Map<string, Letter[]>();
  torn = 0;
  /** Where the directory may be: it is moved away for a while. */
  readonly #paths: readonly string[];
  readonly #taken = new Map<string, number>();

  constructor(...paths: readonly string[]) {
    this.#paths = paths;
  }

  /** Takes what was kept since the last time. */
  refresh(): void {
    for (const path of this.#paths) {
      for (const name of namesIn(path)) this.#readOn(path, name);
    }
  }

  countsByReason(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const letters of this.byUid.values()) {
      for (const reason of new Set(letters.map((letter) => letter.reason))) {
        counts[reason] = (counts[reason] ?? 0) + 1;
      }
    }
    return counts;
  }

  #readOn(path: string, name: string): void {
    const bytes = readFrom(join(path, name), this.#taken.get(name) ?? 0);
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.#add(bytes.toString("utf8", from, end));
      from = end + 1;
    }
    this.#taken.set(name, (this.#taken.get(name) ?? 0) + from);
  }

  #add(line: string): void {
    const decoded = decodeDeadLetter(line);
    if (decoded.kind !== "ok") {
      this.torn++;
      return;
    }
    const { deadLetter, keptAtMs } = decoded.kept;
    const { uid, reason, bytes } = deadLetter;
    const letter = { uid, reason, bodyHash: hashOf(bytes), keptAtMs };
    this.byUid.set(uid, [...(this.byUid.get(uid) ?? []), letter]);
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path).filter((name) => name.endsWith(".ndjson"));
  } catch {
    // Not there yet, moved away, or a file stands in its place.
    return [];
  }
}

/** All bytes from a position on. */
function readFrom(path: string, position: number): Buffer {
  const file = openSync(path, "r");
  try {
    const chunks: Buffer[] = [];
    for (let at = position; ;) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const count = readSync(file, chunk, 0, chunk.length, at);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
      at += count;
    }
  } finally {
    closeSync(file);
  }
}
