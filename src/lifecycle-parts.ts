// SPDX-License-Identifier: Apache-2.0
/** What a lifecycle is put together from: every port, and the settings of the stages. */
import type { CheckpointStore } from "./checkpoint/checkpoint-store.ts";
import type { DeadLetterSink } from "./dead-letter/dead-letter-sink.ts";
import type { BlobListing } from "./discover/blob-listing.ts";
import type { EncodedRequest, Exporter } from "./export/exporter.ts";
import type { ConnectorError } from "./errors.ts";
import type { EncodedRecord } from "./model.ts";
import type { BlobContainer } from "./read/blob-container.ts";
import type { Clock } from "./runtime/clock.ts";
import type { ConnectorEvents } from "./telemetry/events.ts";
import type { Understand } from "./understanding.ts";

export interface LifecycleParts {
  readonly storage: BlobListing & BlobContainer;
  /** Takes back the memory of a window that `storage` read, once nobody looks at its records any more. */
  readonly releaseWindow?: (bytes: Buffer) => void;
  readonly store: CheckpointStore;
  readonly deadLetters: DeadLetterSink;
  readonly exporter: Exporter & { state(): ReceiverState };
  readonly encode: (records: readonly EncodedRecord[]) => Promise<EncodedRequest>;
  /** Waits until another batch may be encoded; left out, that is always so. */
  readonly roomToEncode?: () => Promise<void>;
  readonly understand: Understand;
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: ConnectorEvents;
  readonly settings: LifecycleSettings;
}

/** How the receiver is doing, as far as its last answers tell. See the exporter. */
export type ReceiverState = "open" | "backing-off" | "refusing" | "fault";

export interface LifecycleSettings {
  /** Lower-case storage account name and container: half of every cursor's key. */
  readonly account: string;
  readonly container: string;
  /** Where delivery begins if the store is fresh: epoch ms of a whole hour. */
  readonly proposedStartHourMs: number;
  /** Where records go, for the log: no credentials. */
  readonly destination: string;
  readonly pollIntervalMs: number;
  readonly maxIdlePollIntervalMs: number;
  readonly listIntervalMs: number;
  readonly resourceIntervalMs: number;
  readonly closeAfterMs: number;
  readonly reopenWindowMs: number;
  readonly tailGraceMs: number;
  readonly windowBytes: number;
  readonly budgetBytes: number;
  readonly maxRecordBytes: number;
  readonly maxConcurrentResources: number;
  readonly batchMaxBytes: number;
  readonly batchMaxRecords: number;
  readonly batchFlushMs: number;
  readonly maxInFlight: number;
  readonly maxInFlightPerResource: number;
  readonly observedTimestamp: "read" | "omit";
  readonly checkpointIntervalMs: number;
  readonly shutdownGraceMs: number;
  readonly giveUpAfterMs: number;
}

/** The two phases of a stop. */
export interface StopSignals {
  /** Stop reading; what is in flight may finish. */
  readonly stop: AbortSignal;
  /** Drop what is in flight. */
  readonly abandon: AbortSignal;
}

/** How a run ended. */
export type RunEnd =
  /** Everything that was read is settled and saved. */
  | { readonly kind: "drained" }
  /** Something was dropped in flight, or could not be saved; the next run repeats it. */
  | { readonly kind: "abandoned" }
  /** `once` only: no progress, or a fault that only a person can mend. Cursors are intact. */
  | { readonly kind: "gave-up"; readonly error: ConnectorError };
