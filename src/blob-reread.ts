// SPDX-License-Identifier: Apache-2.0
/**
 * Reads the settled bytes of a blob again, window by window, and counts them. Never a byte behind them is proved: a blob
 * that is being appended to is compared as far as the store says. All windows are of one version of the blob: when it
 * becomes another one on the way, reading begins anew.
 */
import { ConnectorError, isCancelled } from "./errors.ts";
import type { RecordOrigin } from "./model.ts";
import type { BlobContainer, BlobState } from "./read/blob-container.ts";
import { SettledRecount } from "./recount.ts";
import type { RecountParts } from "./recount.ts";
import { backoffDelayMs } from "./runtime/backoff.ts";
import type { Clock } from "./runtime/clock.ts";
import { isWorthReading } from "./verify/compare-blob.ts";
import type { BlobClaim, Reread } from "./verify/blob-claim.ts";

export interface RereadParts extends RecountParts {
  readonly storage: BlobContainer;
  /** Takes the memory of a window back. */
  readonly release: (bytes: Buffer) => void;
  readonly windowBytes: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Told of bytes as they are read. */
  readonly onRead: (bytes: number) => void;
}

/** Tries of one call. */
const ATTEMPTS = 5;
/** How often a blob is begun anew that is written again while it is read. */
const REWRITES = 3;
const BACKOFF = { initialMs: 500, maxMs: 15_000 };
/** So much more than a window is read at most: the end of a document, and a newline or two. */
export const BEHIND_BYTES = 4_096;

/** Reads a blob for its claim. Storage faults come back as values, after some tries of each call; rejects with CANCELLED only. */
export async function rereadBlob(
  parts: RereadParts,
  claim: BlobClaim,
  origin: RecordOrigin,
  moreCuts: readonly number[] = [],
): Promise<Reread> {
  try {
    for (let attempt = 1; attempt <= REWRITES; attempt++) {
      const recount = new SettledRecount(parts, claim, origin, moreCuts);
      const reread = await readThrough(parts, claim, recount);
      if (reread !== undefined) return reread;
    }
    const message = "it was written again each time that it was read: verify it when it is still";
    return { kind: "failed", message };
  } catch (reason) {
    if (isCancelled(reason)) throw reason;
    return { kind: "failed", message: ConnectorError.from(reason).message };
  }
}

/** Tries a few times what may work later by itself. */
export async function patiently<T>(
  { clock, random, signal }: Pick<RereadParts, "clock" | "random" | "signal">,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (reason) {
      const error = ConnectorError.from(reason);
      if (error.code !== "STORAGE_UNAVAILABLE" || attempt === ATTEMPTS) throw error;
      const waitMs = Math.max(backoffDelayMs(attempt, random, BACKOFF), error.retryAfterMs ?? 0);
      await clock.sleep(waitMs, signal);
    }
  }
}

/** Undefined when the blob became another version on the way. */
async function readThrough(
  parts: RereadParts,
  claim: BlobClaim,
  recount: SettledRecount,
): Promise<Reread | undefined> {
  const { storage, release, signal, onRead } = parts;
  const { name } = claim.blob;
  if (claim.length === 0) return await lookOnly(parts, claim, recount);
  let first: BlobState | undefined;
  let behind: Buffer = Buffer.alloc(0);
  for (let offset = 0; offset < claim.length;) {
    const left = claim.length - offset;
    const wanted = left > parts.windowBytes ? parts.windowBytes : left + BEHIND_BYTES;
    const read = await patiently(parts, () => storage.readRange(name, offset, wanted, signal));
    if (read.kind === "gone") return read;
    if (read.kind === "beyond-end") return await lookOnly(parts, claim, recount);
    first ??= read.state;
    if (!isWorthReading(claim, read.state)) return { kind: "not-read", present: read.state };
    if (!isSameVersion(first, read.state)) return undefined;
    const settled = read.bytes.subarray(0, left);
    if (settled.length === 0)
      throw new ConnectorError("INTERNAL", `a read of ${name} gave nothing`);
    recount.push(settled);
    offset += settled.length;
    const isAll = claim.length + read.bytes.length - settled.length === read.state.length;
    behind = isAll ? Buffer.from(read.bytes.subarray(settled.length)) : Buffer.alloc(0);
    onRead(settled.length);
    release(read.bytes);
  }
  if (first === undefined) throw new ConnectorError("INTERNAL", `nothing was read of ${name}`);
  return { kind: "read", present: first, recount: recount.end(behind) };
}

/** What stands under the name, where there is nothing to read of it. */
async function lookOnly(
  parts: RereadParts,
  claim: BlobClaim,
  recount: SettledRecount,
): Promise<Reread> {
  const { storage, signal } = parts;
  const present = await patiently(parts, () => storage.stat(claim.blob.name, signal));
  if (present === undefined) return { kind: "gone" };
  if (claim.length > 0) return { kind: "not-read", present };
  return { kind: "read", present, recount: recount.end(Buffer.alloc(0)) };
}

/** An append blob has another etag after each append; of a block blob each etag names other bytes. */
function isSameVersion(first: BlobState, now: BlobState): boolean {
  if (first.createdAtMs !== now.createdAtMs || now.length < first.length) return false;
  if (now.isRewritable) return now.etag === first.etag;
  return (now.blockCount ?? 0) >= (first.blockCount ?? 0);
}
