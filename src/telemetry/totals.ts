// SPDX-License-Identifier: Apache-2.0
/** Counts what a run has done, for summaries; and joins several listeners into one. */
import { redactText } from "../config/redact.ts";
import type { ConnectorError } from "../errors.ts";
import type { ConnectorEvents } from "./events.ts";

/** Totals since the start of the process. Every record read is in exactly one of the outcomes, or still under way. */
export interface Totals {
  bytesRead: number;
  recordsRead: number;
  delivered: number;
  uncertain: number;
  deadLettered: number;
  batches: number;
  bytesOut: number;
  retries: number;
  /** Requests that the receiver refused, and that were cut into smaller ones. */
  refusals: number;
  /** Blobs that were deleted, replaced or shrunk before all that was known of them was read, and how much was not. */
  lostBlobs: number;
  lostBytes: number;
  resources: number;
  newestRecordMs: number | undefined;
  /** The newest thing that stood in the way, by its code: what a run that gets nowhere waits for. */
  lastTrouble: string | undefined;
}

type PartialEvents = Partial<ConnectorEvents>;

const NOTHING: Readonly<Totals> = {
  bytesRead: 0,
  recordsRead: 0,
  delivered: 0,
  uncertain: 0,
  deadLettered: 0,
  batches: 0,
  bytesOut: 0,
  retries: 0,
  refusals: 0,
  lostBlobs: 0,
  lostBytes: 0,
  resources: 0,
  newestRecordMs: undefined,
  lastTrouble: undefined,
};

/** Counters, and the listener that moves them. */
export function createTotals(): { totals: Readonly<Totals>; events: PartialEvents } {
  const totals: Totals = { ...NOTHING };
  const events: PartialEvents = {
    resourceFound: () => {
      totals.resources++;
    },
    exportRetried: () => {
      totals.retries++;
    },
    blobChanged: ({ lostBytes }) => {
      if (lostBytes > 0) totals.lostBlobs++;
      totals.lostBytes += lostBytes;
    },
    windowRead: ({ bytes, records }) => {
      totals.bytesRead += bytes;
      totals.recordsRead += records;
    },
    batchSent: ({ bytes }) => {
      totals.batches++;
      totals.bytesOut += bytes;
    },
    batchRefused: () => {
      totals.refusals++;
    },
    recordsSettled: ({ fate, records, newestRecordMs = -Infinity }) => {
      totals[fate] += records;
      const newest = Math.max(totals.newestRecordMs ?? -Infinity, newestRecordMs);
      totals.newestRecordMs = newest === -Infinity ? undefined : newest;
    },
  };
  const troubles = troubleEvents((trouble) => {
    totals.lastTrouble = trouble;
  });
  return { totals, events: joinEvents(events, troubles) };
}

/** Listens for what stands in the way. */
function troubleEvents(note: (trouble: string | undefined) => void): PartialEvents {
  const noteError = ({ error }: { error: ConnectorError }): void => {
    note(redactText(error.message));
  };
  const isOver = (): void => {
    note(undefined);
  };
  return {
    exportRetried: ({ reason }) => {
      note(redactText(`EXPORT_RETRIED: ${reason}`));
    },
    receiverFaulted: ({ reason }) => {
      note(redactText(`RECEIVER_FAULT: ${reason}`));
    },
    recordsSettled: isOver,
    receiverRecovered: isOver,
    storageRecovered: isOver,
    storageFailed: noteError,
    deadLetterFailed: noteError,
    checkpointFailed: noteError,
  };
}

/** One listener that tells all the given ones, in their order. */
export function joinEvents(...listeners: readonly PartialEvents[]): ConnectorEvents {
  const tell =
    <Name extends keyof ConnectorEvents>(name: Name) =>
    (...event: Parameters<ConnectorEvents[Name]>): void => {
      for (const listener of listeners) {
        (listener[name] as ((...event: unknown[]) => void) | undefined)?.apply(listener, event);
      }
    };
  return {
    started: tell("started"),
    stopped: tell("stopped"),
    resourceFound: tell("resourceFound"),
    windowRead: tell("windowRead"),
    batchSent: tell("batchSent"),
    recordsSettled: tell("recordsSettled"),
    batchRefused: tell("batchRefused"),
    receiverWarned: tell("receiverWarned"),
    deadLettered: tell("deadLettered"),
    exportRetried: tell("exportRetried"),
    receiverFaulted: tell("receiverFaulted"),
    receiverRecovered: tell("receiverRecovered"),
    blobChanged: tell("blobChanged"),
    blobClosed: tell("blobClosed"),
    storageFailed: tell("storageFailed"),
    storageRecovered: tell("storageRecovered"),
    clockSkewed: tell("clockSkewed"),
    accessExpires: tell("accessExpires"),
    checkpointSaved: tell("checkpointSaved"),
    checkpointFailed: tell("checkpointFailed"),
    checkpointConflicted: tell("checkpointConflicted"),
    deadLetterFailed: tell("deadLetterFailed"),
    deadLettersNearlyFull: tell("deadLettersNearlyFull"),
  };
}
