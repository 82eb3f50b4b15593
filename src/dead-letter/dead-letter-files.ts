// SPDX-License-Identifier: Apache-2.0
/** How the files of a dead-letter directory are named, and how much they hold together. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasErrorCode } from "../runtime/private-files.ts";

const FILE_NAME = /^dead-letters-.*\.ndjson$/;

/** `dead-letters-20260115T103000Z-0001.ndjson`: sorted by name is sorted by time. */
export function deadLetterFileName(startedAtMs: number, number: number): string {
  const start = new Date(startedAtMs).toISOString().replace(/\.\d+|[-:]/g, "");
  return `dead-letters-${start}-${String(number).padStart(4, "0")}.ndjson`;
}

/** Names of the dead-letter files in a directory, oldest first; other files are left out. */
export async function listDeadLetterFiles(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => FILE_NAME.test(name)).sort();
}

/** Bytes in all dead-letter files of a directory. */
export async function sizeOfDeadLetterFiles(directory: string): Promise<number> {
  let bytes = 0;
  for (const name of await listDeadLetterFiles(directory)) {
    bytes += await sizeOf(join(directory, name));
  }
  return bytes;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    // Purged since the directory was read.
    if (hasErrorCode(error, "ENOENT")) return 0;
    throw error;
  }
}
