// SPDX-License-Identifier: Apache-2.0
/**
 * The one error of a place of dead letters that cannot be used: what is the matter in plain words, what to do, and the
 * system's own words behind it.
 */
import { ConnectorError } from "../errors.ts";

/** How there is room again. Which letters a replay and a purge leave alone is what people trip over. */
const MAKE_ROOM =
  'run "dead-letters replay" (with --uncertain for letters of reason partial-success) and then "dead-letters purge", ' +
  'which removes replayed ones; "purge --state open" gives open ones up for good; or raise deadLetter.maxBytes';

const NO_DIRECTORY =
  "a file stands where the directory should be: move it away, or set another deadLetter.path";
const NO_ACCESS = "it cannot be used: check the owner, the mode and the mount";
const DISK_FULL = "the disk is full: make room there, or set another deadLetter.path";
const BROKEN_DISK = "the disk reports an error: check it and its mount";

const ADVICE: ReadonlyMap<unknown, string> = new Map([
  ["EEXIST", NO_DIRECTORY],
  ["ENOTDIR", NO_DIRECTORY],
  [
    "EROFS",
    "it is on a read-only file system: mount it for writing, or set another deadLetter.path",
  ],
  ["EACCES", NO_ACCESS],
  ["EPERM", NO_ACCESS],
  ["ENOSPC", DISK_FULL],
  ["EDQUOT", DISK_FULL],
  ["EIO", BROKEN_DISK],
  ["ESTALE", BROKEN_DISK],
  ["EMFILE", "the process has too many files open: raise its limit (ulimit -n)"],
]);

/** Names the place and the problem. A ConnectorError of storage keeps its advice and loses its code. */
export function deadLettersUnavailable(place: string, reason: unknown): ConnectorError {
  const isOurs = reason instanceof ConnectorError;
  if (isOurs && !reason.code.startsWith("STORAGE_")) return reason;
  const text = reason instanceof Error ? reason.message : String(reason);
  const problem = isOurs ? text.slice(`${reason.code}: `.length) : withAdvice(text, reason);
  // Room may be made, mounts come back and roles are assigned while we run.
  return new ConnectorError("DEAD_LETTER_UNAVAILABLE", `dead letters in ${place}: ${problem}`, {
    cause: reason,
    isRetryable: true,
    ...(isOurs && { retryAfterMs: reason.retryAfterMs }),
  });
}

/**
 * Why `bytes` more may not be kept. All letters of a batch are kept together, so a place can have room and still not
 * enough; and no purge helps where they are more than the place may ever hold.
 */
export function noRoomText(bytes: number, usedBytes: number, maxTotalBytes: number): string {
  const state = `${bytes} more bytes do not fit: ${usedBytes} of ${maxTotalBytes} are used`;
  if (bytes <= maxTotalBytes) return `${state}. To make room, ${MAKE_ROOM}`;
  return (
    `${state}. They are more than the place may hold at all, so replay and purge cannot help: ` +
    `raise deadLetter.maxBytes to ${usedBytes + bytes} at least`
  );
}

function withAdvice(text: string, reason: unknown): string {
  const advice = reason instanceof Error && "code" in reason ? ADVICE.get(reason.code) : undefined;
  return advice === undefined ? text : `${advice} (${text})`;
}
