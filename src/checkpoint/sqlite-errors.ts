// SPDX-License-Identifier: Apache-2.0
/**
 * The one place where SQLite's errors become ours, by its primary result code
 * (sqlite.org/rescode.html).
 */
import { ConnectorError } from "../errors.ts";

const BUSY = 5;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOT_A_DATABASE = 26;

/** What a person reads and does; codes that are not here show SQLite's own words. */
const ADVICE: ReadonlyMap<number, string> = new Map([
  [BUSY, "another program holds it, probably for a moment"],
  [READONLY, "it cannot be written: check the owner, the mode and the mount"],
  [CORRUPT, "it is damaged: restore it, or move it away and set the start by hand"],
  [FULL, "the disk is full"],
  [CANTOPEN, "it cannot be opened: check that the directory exists and is writable"],
]);

/** SQLite's primary result code; undefined for an error of any other origin. */
function resultCodeOf(reason: unknown): number | undefined {
  const isSqlite = reason instanceof Error && "errcode" in reason;
  // The low byte is the primary code; the rest tells variants apart.
  return isSqlite && typeof reason.errcode === "number" ? reason.errcode & 0xff : undefined;
}

/** Whether another connection holds the lock that a statement needed. */
export function isBusy(reason: unknown): boolean {
  return resultCodeOf(reason) === BUSY;
}

/**
 * Any failure around the store at `path` as a ConnectorError: CHECKPOINT_UNKNOWN_FORMAT when the
 * file is no SQLite database, otherwise CHECKPOINT_UNAVAILABLE. A ConnectorError comes back as it
 * is.
 */
export function toCheckpointError(reason: unknown, path: string): ConnectorError {
  if (reason instanceof ConnectorError) return reason;
  const resultCode = resultCodeOf(reason);
  if (resultCode === NOT_A_DATABASE) {
    const message = `${path} is not a checkpoint store: it is no SQLite database`;
    return new ConnectorError("CHECKPOINT_UNKNOWN_FORMAT", message, { cause: reason });
  }
  const ownWords = reason instanceof Error ? reason.message : String(reason);
  const advice = resultCode === undefined ? undefined : ADVICE.get(resultCode);
  const problem = advice === undefined ? ownWords : `${advice} (${ownWords})`;
  return new ConnectorError("CHECKPOINT_UNAVAILABLE", `checkpoint store ${path}: ${problem}`, {
    cause: reason,
    // Disks are emptied, mounts come back; a damaged file does not heal.
    isRetryable: resultCode !== undefined && resultCode !== CORRUPT,
  });
}
