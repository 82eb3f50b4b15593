// SPDX-License-Identifier: Apache-2.0
/** What the pipeline is put together from: ports and pure functions, named by what they promise. */
import type { Batcher } from "./batch/batcher.ts";
import type { Checkpointer } from "./checkpoint/checkpointer.ts";
import type { ProgressBook } from "./checkpoint/progress-book.ts";
import type { OpenBlob } from "./checkpoint/open-blob.ts";
import type { ResourceProgress } from "./checkpoint/resource-progress.ts";
import type { EncodedRequest } from "./export/exporter.ts";
import type { AuditedResource, EncodedRecord } from "./model.ts";
import type { ParcelDeliveryParts } from "./parcel-delivery.ts";
import type { BlobReader } from "./read/blob-reader.ts";
import type { TailRules } from "./read/tail-rule.ts";
import type { WindowKeeper } from "./read/window-keeper.ts";
import type { ByteBudget } from "./runtime/byte-budget.ts";
import type { Clock } from "./runtime/clock.ts";
import type { OrderedSlots } from "./runtime/ordered-slots.ts";
import type { ConnectorEvents } from "./telemetry/events.ts";
import type { Understand } from "./understanding.ts";

export interface PipelineSettings extends TailRules {
  readonly maxRecordBytes: number;
  /** Raw input that may be in memory at once. */
  readonly budgetBytes: number;
  /** How much of one resource a round reads before it lets others in. */
  readonly roundBytes: number;
  /** False reads every blob up to the length that was first seen, and then nothing (`once`). */
  readonly isPolling: boolean;
  /** `omit` leaves ObservedTimestamp unset, so that a repeat is byte-identical. */
  readonly observedTimestamp: "read" | "omit";
}

export interface PipelineParts {
  /** Brings the progress up to date with the container; returns the blobs to read, oldest first. */
  readonly discover: (
    resource: AuditedResource,
    progress: ResourceProgress,
    signal: AbortSignal,
  ) => Promise<readonly OpenBlob[]>;
  readonly reader: BlobReader;
  readonly budget: ByteBudget;
  /** Releases the memory of windows whose records are settled. */
  readonly windows: WindowKeeper;
  /** Parses and maps one record; what fails comes back as a dead letter. Never throws. */
  readonly understand: Understand;
  readonly batcher: Batcher;
  /** Joins encoded records into a request at once, and compresses it in the background. */
  readonly encode: (records: readonly EncodedRecord[]) => Promise<EncodedRequest>;
  /** Between two batches: lets sockets and timers have a turn, and the encoder catch up. */
  readonly pause: () => Promise<void>;
  /** At most so many batches in flight, a resource's batches in order. */
  readonly slots: OrderedSlots;
  /** Brings a batch to the receiver, whole or in pieces. */
  readonly delivery: ParcelDeliveryParts;
  readonly progressBook: ProgressBook;
  readonly checkpointer: Checkpointer;
  readonly clock: Clock;
  readonly events: ConnectorEvents;
  readonly settings: PipelineSettings;
  /** Aborts what is in flight when the grace of a stop is over. */
  readonly abandon: AbortSignal;
  /** Called for a failure that must not happen: delivery cannot go on. */
  readonly onFailure: (error: unknown) => void;
}
