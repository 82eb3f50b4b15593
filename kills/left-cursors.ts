// SPDX-License-Identifier: Apache-2.0
/**
 * What a killed process left in its checkpoint store, read by SQLite alone from a copy: the store itself stays as the kill
 * left it, so that the next start has to recover it.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface LeftCursor {
  readonly name: string;
  readonly createdAtMs: number;
  readonly offset: number;
  readonly crc32: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Cursors of all open blobs; none when there is no store yet. */
export function readLeftCursors(storePath: string): LeftCursor[] {
  if (!existsSync(storePath)) return [];
  const directory = mkdtempSync(join(tmpdir(), "left-"));
  try {
    const copy = join(directory, "copy");
    for (const part of ["", "-wal"]) {
      if (existsSync(storePath + part)) copyFileSync(storePath + part, copy + part);
    }
    using database = new DatabaseSync(copy);
    return cursorsIn(database);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The same of a store that a process has open, which a copy could tear. */
export function readLiveCursors(storePath: string): LeftCursor[] {
  if (!existsSync(storePath)) return [];
  using database = new DatabaseSync(storePath, { readOnly: true, timeout: 5_000 });
  return cursorsIn(database);
}

function cursorsIn(database: DatabaseSync): LeftCursor[] {
  const rows = database.prepare("SELECT checkpoint FROM resource").all();
  return rows.flatMap(
    ({ checkpoint }) => (JSON.parse(String(checkpoint)) as { open: LeftCursor[] }).open,
  );
}
