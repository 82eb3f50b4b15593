// SPDX-License-Identifier: Apache-2.0
/**
 * One blob whose end is not yet settled: the cursor that becomes the checkpoint, and the reader's notes beside it. Only
 * `tracker` decides what is saved.
 */
import { NO_RECORDS } from "../model.ts";
import type { BlobIdentity, Framing } from "../model.ts";
import { createAckTracker } from "./ack-tracker.ts";
import type { AckTracker, SettledPrefix } from "./ack-tracker.ts";
import type { ClosedBlob, OpenBlobCheckpoint } from "./checkpoint-store.ts";

/** One open blob; the mutable fields are the reader's notes. */
export interface OpenBlob {
  readonly identity: BlobIdentity;
  readonly hourMs: number;
  readonly tracker: AckTracker;
  /** It was closed, or its hour was, and has grown since. */
  isReopened: boolean;
  /** Where the next read begins. */
  readTo: number;
  crcAtReadTo: number;
  framingAtReadTo: Framing;
  /** Bytes behind `readTo` that are the end of a document: seen, and not to be settled. */
  trailerBytes: number;
  /** Length that the last listing or read showed. */
  knownLength: number;
  /** The same, but never of another blob of the name: what is known to be lost when this one is gone. */
  ownLength: number;
  /** Length up to which the blob was read, a half-written last record and a document's end included. */
  seenLength: number;
  lastModifiedMs: number;
  /** The service's clock less our monotonic one, as the last read showed it. */
  serviceAheadMs: number | undefined;
  /** Creation time that the last read showed; a block blob that is written again has a new one each time. */
  lastCreatedAtMs: number;
  blockCount: number | undefined;
  /** Version of a rewritable blob that was read up to `readTo`; undefined: not known. */
  etag: string | undefined;
  /** When a half-written last record is to be looked at again, by the monotonic clock. */
  tailCheckAtMs: number | undefined;
  /** A listing did not show it, or showed something else: the next read has to say what happened. */
  isSuspect: boolean;
  /** It is gone or replaced: nothing more is read, and it is retired once what was read of it is settled. */
  isEnded: boolean;
}

/** A blob as discovery found it. */
export interface FoundBlob {
  readonly name: string;
  readonly hourMs: number;
  readonly createdAtMs: number;
  readonly lastModifiedMs: number;
  readonly length: number;
}

/** Where a blob was left, and the creation time by which its records are named. */
export interface SettledBlob extends SettledPrefix {
  readonly createdAtMs: number;
}

/** Opens a blob behind what is settled of it, or at its first byte. */
export function createOpenBlob(
  { account, container }: { readonly account: string; readonly container: string },
  found: FoundBlob,
  settled: SettledBlob | undefined,
): OpenBlob {
  const { offset, crc32, framing, counts } = settled ?? START;
  const createdAtMs = settled?.createdAtMs ?? found.createdAtMs;
  return {
    identity: { account, container, name: found.name, createdAtMs },
    hourMs: found.hourMs,
    tracker: createAckTracker({ offset, crc32, framing, counts }),
    isReopened: false,
    readTo: offset,
    crcAtReadTo: crc32,
    framingAtReadTo: framing,
    trailerBytes: 0,
    knownLength: found.length,
    ownLength: createdAtMs === found.createdAtMs ? found.length : offset,
    seenLength: offset,
    lastModifiedMs: found.lastModifiedMs,
    serviceAheadMs: undefined,
    lastCreatedAtMs: found.createdAtMs,
    blockCount: undefined,
    etag: undefined,
    tailCheckAtMs: undefined,
    isSuspect: false,
    isEnded: false,
  };
}

const START: SettledPrefix = { offset: 0, crc32: 0, framing: "unknown", counts: NO_RECORDS };

/** Everything that was read is settled; what still waits in an open batch is not. */
export function isSettled({ tracker, readTo }: OpenBlob): boolean {
  return tracker.settled().offset >= readTo;
}

export function toOpenCheckpoint({ identity, tracker }: OpenBlob): OpenBlobCheckpoint {
  const { name, createdAtMs } = identity;
  return { name, createdAtMs, ...tracker.settled() };
}

export function toClosed(blob: OpenBlob, nowMs: number): ClosedBlob {
  const { lastCreatedAtMs, trailerBytes, isEnded } = blob;
  const { name, createdAtMs } = blob.identity;
  const { offset: length, ...settled } = blob.tracker.settled();
  const seen = { lastCreatedAtMs, trailerBytes, isEnded };
  return { name, createdAtMs, length, ...settled, ...seen, closedAtMs: nowMs };
}
