// SPDX-License-Identifier: Apache-2.0
/**
 * A checkpointer on a fake store and a manual clock, two resources for it to save, and what it said
 * meanwhile.
 */
import { createCheckpointer } from "../../src/checkpoint/checkpointer.ts";
import type { Checkpointer, CheckpointSource } from "../../src/checkpoint/checkpointer.ts";
import type { ClosedBlob, ResourceCheckpoint } from "../../src/checkpoint/checkpoint-store.ts";
import { NO_RECORDS } from "../../src/model.ts";
import { FakeCheckpointStore } from "./fake-checkpoint-store.ts";
import { ManualClock } from "./manual-clock.ts";

export const INTERVAL_MS = 200;
const HOUR_MS = 3_600_000;

/** A resource whose floor hour stands for all of its progress. */
export class FakeCheckpointSource implements CheckpointSource {
  readonly resourceKey: string;
  version: string | undefined;
  hours = 0;
  closed: ClosedBlob[] = [];
  conflicts = 0;

  constructor(resourceKey: string) {
    this.resourceKey = resourceKey;
  }

  snapshot(): { checkpoint: ResourceCheckpoint; closed: readonly ClosedBlob[] } {
    return { checkpoint: { floorHourMs: this.hours * HOUR_MS, open: [] }, closed: this.closed };
  }

  onSaved(version: string, closed: readonly ClosedBlob[]): void {
    this.version = version;
    this.closed = this.closed.filter((blob) => !closed.includes(blob));
  }

  onConflict(): void {
    this.conflicts++;
  }

  close(hour: string): ClosedBlob {
    const name = `${this.resourceKey}${hour}`;
    const times = { createdAtMs: 1, lastCreatedAtMs: 1, closedAtMs: 4 };
    const place = { length: 2, crc32: 3, framing: "json-lines", trailerBytes: 0 } as const;
    const blob = { name, ...times, ...place, isEnded: false, counts: NO_RECORDS };
    this.closed = [...this.closed, blob];
    return blob;
  }
}

export class CheckpointerBench {
  readonly clock = new ManualClock();
  readonly store = new FakeCheckpointStore();
  readonly told: string[] = [];
  readonly a = new FakeCheckpointSource("A/");
  readonly b = new FakeCheckpointSource("B/");
  readonly checkpointer: Checkpointer = createCheckpointer({
    store: this.store,
    clock: this.clock,
    intervalMs: INTERVAL_MS,
    random: () => 0.5,
    events: {
      checkpointSaved: ({ resources }) => this.told.push(`saved ${resources}`),
      checkpointFailed: ({ error, waitMs }) => this.told.push(`failed ${error.code} ${waitMs}`),
      checkpointConflicted: ({ resource }) => this.told.push(`conflicted ${resource}`),
    },
  });

  /** Keys and floor hours of each save that succeeded. */
  savedHours(): string[] {
    return this.store.saves.map((changes) =>
      changes.map((c) => `${c.resourceKey}${c.checkpoint.floorHourMs / HOUR_MS}`).join(" "),
    );
  }

  /** Makes progress and marks it. */
  advance(source: FakeCheckpointSource): void {
    source.hours++;
    this.checkpointer.markDirty(source);
  }
}
