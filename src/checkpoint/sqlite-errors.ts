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

/** What a person can do about a store that cannot be trusted. Repeats are harmless, a wrong cursor is not. */
const DAMAGE_ADVICE =
  "It was left as it is. Restore it together with its -wal file, or move both away and set the start to a time before the " +
  "damage: what was delivered since then is sent again, under the same uids";

/** The error for a store that must not be used, with what was found and what to do. */
export function damaged(
  path: string,
  finding = "its pages are garbled",
  cause?: unknown,
): ConnectorError {
  const message = `checkpoint store ${path} is damaged: ${finding}. ${DAMAGE_ADVICE}`;
  return new ConnectorError("CHECKPOINT_UNAVAILABLE", message, { cause });
}

/** What a person reads and does; codes that are not here show SQLite's own words. */
const CANNOT_WRITE = "it cannot be written: check the owner, the mode and the mount";
const DISK_FULL = "the disk is full: make room there, or set another checkpoint path";

const ADVICE: ReadonlyMap<number | string | undefined, string> = new Map<number | string, string>([
  [BUSY, "another program holds it, probably for a moment"],
  [READONLY, CANNOT_WRITE],
  [FULL, DISK_FULL],
  [CANTOPEN, "it cannot be opened: check that the directory exists and is writable"],
  // The file system's own codes, where it is asked without SQLite.
  ["EROFS", CANNOT_WRITE],
  ["EACCES", CANNOT_WRITE],
  ["EPERM", CANNOT_WRITE],
  ["ENOSPC", DISK_FULL],
  ["EDQUOT", DISK_FULL],
]);

/** SQLite's primary result code; undefined for an error of any other origin. */
function resultCodeOf(reason: unknown): number | undefined {
  const isSqlite = reason instanceof Error && "errcode" in reason;
  // The low byte is the primary code; the rest tells variants apart.
  return isSqlite && typeof reason.errcode === "number" ? reason.errcode & 0xff : undefined;
}

function systemCodeOf(reason: unknown): string | undefined {
  const isSystem = reason instanceof Error && "code" in reason && typeof reason.code === "string";
  return isSystem ? String(reason.code) : undefined;
}

/** Whether another connection holds the lock that a statement needed. */
export function isBusy(reason: unknown): boolean {
  return resultCodeOf(reason) === BUSY;
}

/** Whether a file is something else than a SQLite database. */
export function isNoDatabase(reason: unknown): boolean {
  return resultCodeOf(reason) === NOT_A_DATABASE;
}

/**
 * Any failure around the store at `path` as a ConnectorError: CHECKPOINT_UNKNOWN_FORMAT when the
 * file is no SQLite database, otherwise CHECKPOINT_UNAVAILABLE. A ConnectorError comes back as it
 * is.
 */
export function toCheckpointError(reason: unknown, path: string): ConnectorError {
  if (reason instanceof ConnectorError) return reason;
  const resultCode = resultCodeOf(reason);
  if (isNoDatabase(reason)) {
    const message =
      `${path} is not a checkpoint store: it is no SQLite database. ` +
      `If it was one, it is damaged. ${DAMAGE_ADVICE}`;
    return new ConnectorError("CHECKPOINT_UNKNOWN_FORMAT", message, { cause: reason });
  }
  if (resultCode === CORRUPT) return damaged(path, ownWordsOf(reason), reason);
  const ownWords = ownWordsOf(reason);
  const advice = ADVICE.get(resultCode ?? systemCodeOf(reason));
  const problem = advice === undefined ? ownWords : `${advice} (${ownWords})`;
  return new ConnectorError("CHECKPOINT_UNAVAILABLE", `checkpoint store ${path}: ${problem}`, {
    cause: reason,
    // Disks are emptied, mounts come back; a damaged file does not heal.
    isRetryable: resultCode !== undefined,
  });
}

function ownWordsOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
