// SPDX-License-Identifier: Apache-2.0
/**
 * A new file that only grows. It is created exclusively (never an existing file, never through a
 * link that somebody put there), 0600, and its name is durable before the first byte is.
 */
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { PRIVATE_FILE_MODE, syncDirectory } from "../runtime/private-files.ts";

export interface AppendFile {
  /**
   * Appends all bytes and syncs them to disk. After an error an unknown part of them is in the
   * file.
   */
  appendDurably(bytes: Uint8Array): Promise<void>;
  /** True when the file was deleted under us: what was appended is gone with it. */
  isDeleted(): Promise<boolean>;
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
    isDeleted: async () => (await file.stat()).nlink === 0,
    close: async () => {
      await file.close();
    },
  };
}
