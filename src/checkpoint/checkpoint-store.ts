// SPDX-License-Identifier: Apache-2.0
/**
 * Port: the durable place of cursors. Saves are conditional: whoever saves names the version it loaded, and a conflict
 * is a value, because with stores that several processes share it is a normal answer.
 */
import type { BlobIdentity, Framing, RecordCounts } from "../model.ts";

/** One blob whose end is not yet settled. */
export interface OpenBlobCheckpoint {
  readonly name: string;
  readonly createdAtMs: number;
  /** Everything before this byte is settled. */
  readonly offset: number;
  /** How the bytes from `offset` on are cut. */
  readonly framing: Framing;
  /** CRC-32 of the settled bytes `[0, offset)`. */
  readonly crc32: number;
  readonly counts: RecordCounts;
}

/** The hot document of one resource. */
export interface ResourceCheckpoint {
  /** Epoch ms of a whole hour: every blob of an earlier hour is settled, but for those re-opened in `open`. */
  readonly floorHourMs: number;
  readonly open: readonly OpenBlobCheckpoint[];
}

/** A blob that was settled to its end, as the ledger keeps it. */
export interface ClosedBlob {
  readonly name: string;
  /** Creation time when the blob was first seen: part of its records' ids. */
  readonly createdAtMs: number;
  /** Creation time when it was last seen: later than the first one for a block blob that was written again. */
  readonly lastCreatedAtMs: number;
  /** Bytes settled. */
  readonly length: number;
  /** CRC-32 of the settled bytes. */
  readonly crc32: number;
  /** How bytes behind `length` are cut, should the blob grow again. */
  readonly framing: Framing;
  /** Bytes behind `length` that are the end of a document: seen, and never settled. */
  readonly trailerBytes: number;
  /** It went, or its bytes did: whatever block blob has the name now is another one. */
  readonly isEnded: boolean;
  readonly counts: RecordCounts;
  readonly closedAtMs: number;
}

/** Fences a save: what the saver believes the store holds. Opaque to everybody but the store. */
export type CheckpointVersion = string;

export interface LoadedCheckpoint {
  readonly checkpoint: ResourceCheckpoint;
  readonly version: CheckpointVersion;
}

export interface CheckpointChange {
  /** Prefix of the resource. */
  readonly resourceKey: string;
  readonly checkpoint: ResourceCheckpoint;
  /** Version that was loaded or last saved; undefined for a resource that the store does not know yet. */
  readonly version: CheckpointVersion | undefined;
  /** Blobs to append to the ledger together with the document. */
  readonly closed: readonly ClosedBlob[];
}

export type SaveOutcome =
  | { readonly kind: "saved"; readonly version: CheckpointVersion }
  /** The store holds another version: drop what is in flight, load again. */
  | { readonly kind: "conflict" };

export interface CheckpointStore {
  /**
   * Keeps the absolute hour where delivery begins. The first call ever writes `proposedHourMs` and says so; every
   * later call returns what was written then.
   */
  resolveStart(proposedHourMs: number): Promise<{ startHourMs: number; isFresh: boolean }>;
  load(resourceKey: string): Promise<LoadedCheckpoint | undefined>;
  /** Saves all changes durably; one outcome a change, in order. */
  save(changes: readonly CheckpointChange[]): Promise<SaveOutcome[]>;
  /** Ledger entries for those of the named blobs that are closed. */
  findClosed(resourceKey: string, names: readonly BlobIdentity["name"][]): Promise<ClosedBlob[]>;
  close(): Promise<void>;
}
