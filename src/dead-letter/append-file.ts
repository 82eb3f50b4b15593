// SPDX-License-Identifier: Apache-2.0
/**
 * A new file that only grows. It is created exclusively (never an existing file, never through a
 * link that somebody put there), 0600, and its name is durable before the first byte is.
 *
 * Others may take the file away while it grows: a purge renames it, reads it and removes it. So an
 * append counts only if its file still has its name *after* it is synced. If it has, whoever renames
 * the file later and then reads it sees the append; if not, nobody may ever read it.
 */
import { open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { hasErrorCode, PRIVATE_FILE_MODE, syncDirectory } from "../runtime/private-files.ts";

export interface AppendFile {
  /**
   * Appends all bytes and makes them durable. After an error an unknown part of them is in the
   * file.
   */
  appendDurably(bytes: Uint8Array): Promise<void>;
  /**
   * Whether the file still stands where it was created. To be asked after an append: false means
   * that what was appended may be gone, and that the file is not to be used any more.
   */
  isInPlace(): Promise<boolean>;
  /** True when it takes no more, however small. */
  readonly isFull?: boolean;
  close(): Promise<void>;
}

/** Creates the file. Throws the system's error, `EEXIST` when the name is taken. */
export async function createAppendFile(path: string): Promise<AppendFile> {
  const file = await open(path, "ax", PRIVATE_FILE_MODE);
  try {
    await syncDirectory(dirname(path));
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    appendDurably: async (bytes) => {
      await file.appendFile(bytes);
      await file.sync();
    },
    isInPlace: async () => {
      // As long as the file is open, its number is not given to another one.
      const [own, named] = await Promise.all([file.stat({ bigint: true }), statOf(path)]);
      return named?.ino === own.ino && named.dev === own.dev;
    },
    close: async () => {
      await file.close();
    },
  };
}

async function statOf(path: string): Promise<{ ino: bigint; dev: bigint } | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
