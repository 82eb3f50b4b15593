// SPDX-License-Identifier: Apache-2.0
/**
 * Makes one process the only writer of a checkpoint store. The lock is an open exclusive
 * transaction on an empty SQLite file of its own, `<path>.lock`: the operating system drops it with
 * the process, however that ends, so there is never a stale lock to remove by hand. The store's own
 * file stays free for readers.
 *
 * The lock file is never deleted: whoever waits for a deleted file's lock and whoever creates a new
 * one would both win.
 */
import { DatabaseSync } from "node:sqlite";
import { ConnectorError } from "../errors.ts";
import { ensurePrivateFile } from "../runtime/private-files.ts";
import { isBusy, isNoDatabase } from "./sqlite-errors.ts";

export interface SqliteLock {
  /** Lets the next process in. May be called again. */
  release(): void;
}

/**
 * Takes the lock without waiting; undefined when somebody holds it. Other errors pass through
 * untranslated.
 */
export async function tryLockSqlite(path: string): Promise<SqliteLock | undefined> {
  const lockPath = `${path}.lock`;
  await ensurePrivateFile(lockPath);
  const database = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    // Nothing is ever written here, so a journal file beside it would be one more name for nothing.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    if (!isNoDatabase(error)) throw error;
    throw new ConnectorError(
      "CHECKPOINT_UNAVAILABLE",
      `${lockPath} is not a lock file of this program: delete it while no process uses the store`,
      { cause: error },
    );
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}
