// SPDX-License-Identifier: Apache-2.0
/**
 * Port: looking into the durable place of cursors without taking part in it. Whoever reads here takes no lock, writes
 * nothing and may run beside a writer; so what is read belongs together per call and not from call to call: a blob may
 * close between two of them. Whoever asks for a resource's document first and for its ledger then misses no blob.
 */
import type { ClosedBlob, ResourceCheckpoint } from "./checkpoint-store.ts";

export interface ArchivedResource {
  /** Prefix of the resource. */
  readonly resourceKey: string;
  readonly checkpoint: ResourceCheckpoint;
}

export interface CheckpointArchive {
  /** The absolute hour where delivery begins; undefined for a store that no run has used yet. */
  start(): Promise<number | undefined>;
  /** Every resource that the store knows, by its prefix, one after the other. */
  resources(): AsyncIterable<ArchivedResource>;
  /** The present document of one resource. */
  load(resourceKey: string): Promise<ResourceCheckpoint | undefined>;
  /**
   * The ledger of a resource: by blob name, entries of one name together and the oldest first. A name has several when
   * its blob grew after it was closed, or when another blob took the name.
   */
  ledger(resourceKey: string): AsyncIterable<ClosedBlob>;
  /** Those of the named blobs that the ledger knows. */
  findClosed(resourceKey: string, names: readonly string[]): Promise<ClosedBlob[]>;
  close(): Promise<void>;
}
