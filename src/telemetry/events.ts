// SPDX-License-Identifier: Apache-2.0
/**
 * Port: everything the connector has to say about its own work, one method an event. The data path counts and logs
 * nothing itself. Events carry positions, counts and codes, never the content of an audit record (promise D10).
 */
import type { BlobIdentity, DeadLetterReason, Fate } from "../model.ts";
import type { ConnectorError } from "../errors.ts";

export interface ConnectorEvents {
  /**
   * Delivery begins at `startHourMs`; `isFresh` when the checkpoint store was empty. `askedStartHourMs` is what the
   * configuration asks for now: it acts on a fresh store only.
   */
  started(event: {
    startHourMs: number;
    askedStartHourMs: number;
    isFresh: boolean;
    destination: string;
  }): void;
  /** `isDrained`: everything in flight was settled and saved. */
  stopped(event: { isDrained: boolean }): void;
  resourceFound(event: { resource: string; isKnown: boolean }): void;
  /** Bytes of a blob were read; `records` includes those that go to the dead letters. */
  windowRead(event: { resource: string; bytes: number; records: number }): void;
  /** A batch is about to be sent for the first time; `bytes` is its size on the wire. */
  batchSent(event: { bytes: number }): void;
  /** Records have their fate, durably. They may be a whole batch, or the part of it that was decided last. */
  recordsSettled(event: {
    fate: Fate;
    records: number;
    /** Time of the newest record in their batch, epoch ms. */
    newestRecordMs: number | undefined;
  }): void;
  /** The receiver refused a request; its records are sent again in smaller ones. */
  batchRefused(event: {
    reason: string;
    records: number;
    /** Where the record lies, when it was sent alone. */
    alone: { readonly blob: BlobIdentity; readonly offset: number } | undefined;
  }): void;
  /** The receiver accepted a batch and had something to say. */
  receiverWarned(event: { hasMessage: boolean }): void;
  deadLettered(event: {
    reason: DeadLetterReason;
    /** `log.record.uid`. */
    uid: string;
    blob: BlobIdentity;
    offset: number;
  }): void;
  /** An attempt failed and will be repeated after `waitMs`. */
  exportRetried(event: { reason: string; waitMs: number; attempt: number }): void;
  /** The receiver refuses everything: delivery holds, one probe at a time goes out. */
  receiverFaulted(event: { reason: string; waitMs: number }): void;
  receiverRecovered(): void;
  /** Bytes are gone or not the ones that were read before (promise D8). */
  blobChanged(event: {
    change: "deleted" | "replaced" | "shrunk" | "reopened";
    blob: BlobIdentity;
    settledBytes: number;
    /** Bytes that were known to exist and were never settled; they are lost. */
    lostBytes: number;
  }): void;
  blobClosed(event: { blob: BlobIdentity; length: number }): void;
  /** Storage failed for one resource, or for discovery when `resource` is undefined. */
  storageFailed(event: {
    resource: string | undefined;
    error: ConnectorError;
    waitMs: number;
  }): void;
  storageRecovered(event: { resource: string | undefined }): void;
  /** This machine's clock is `skewMs` ahead of the service's, by more than is good; or no longer is. */
  clockSkewed(event: { skewMs: number; isSkewed: boolean }): void;
  /** The shared access signature ends soon. */
  accessExpires(event: { expiresAtMs: number }): void;
  checkpointSaved(event: { resources: number }): void;
  checkpointFailed(event: { error: ConnectorError; waitMs: number }): void;
  checkpointConflicted(event: { resource: string }): void;
  deadLetterFailed(event: { error: ConnectorError; waitMs: number }): void;
  /** The dead letters have passed 80 % of what they may take; at the limit, delivery waits. */
  deadLettersNearlyFull(event: { usedBytes: number; maxTotalBytes: number }): void;
}
