// SPDX-License-Identifier: Apache-2.0
/** One resource's progress, hours counted from an arbitrary one, and reads and acks in one go. */
import type { LoadedCheckpoint } from "../../src/checkpoint/checkpoint-store.ts";
import { ResourceProgress } from "../../src/checkpoint/resource-progress.ts";
import type { FoundBlob, OpenBlob } from "../../src/checkpoint/open-blob.ts";
import { hourBlobName, hourOfBlob } from "../../src/discover/blob-path.ts";
import { NO_RECORDS } from "../../src/model.ts";

const PREFIX = "resourceId=/S/HSM/";
export const HOUR_MS = 3_600_000;
const CLOSE_AFTER_MS = 6 * HOUR_MS;
/** Hour 0. */
export const BASE = Date.UTC(2026, 0, 15);

/** A progress that begins at hour 0, or where `loaded` stands. */
export function createProgress(
  loaded?: LoadedCheckpoint,
  onConflict: () => void = () => undefined,
): ResourceProgress {
  return new ResourceProgress({
    account: "acct",
    container: "logs",
    resourceKey: PREFIX,
    startHourMs: BASE,
    loaded,
    hourOf: hourOfBlob,
    onConflict,
  });
}

/** A blob of that hour, written to its end within the hour. */
export function found(hour: number, length = 10, rest: Partial<FoundBlob> = {}): FoundBlob {
  const hourMs = BASE + hour * HOUR_MS;
  return {
    name: hourBlobName(PREFIX, hourMs),
    hourMs,
    createdAtMs: hourMs,
    lastModifiedMs: hourMs + HOUR_MS - 1,
    length,
    ...rest,
  };
}

/** Reads and settles up to a length, as the pipeline does. */
export function settleTo(blob: OpenBlob, end: number, delivered = 1): void {
  const start = blob.tracker.endOfBegun;
  const tracked = blob.tracker.begin({ start, end, crcAtEnd: end, framingAtEnd: "json-lines" });
  blob.readTo = end;
  blob.seenLength = Math.max(blob.seenLength, end);
  blob.tracker.settle(tracked, { ...NO_RECORDS, delivered });
}

/** Closes what can be closed at that hour; returns the hours that left. */
export function closeAt(progress: ResourceProgress, hour: number): number[] {
  const left = progress.closeSettled(BASE + hour * HOUR_MS, CLOSE_AFTER_MS);
  return left.map(({ hourMs }) => (hourMs - BASE) / HOUR_MS);
}

export function floorHour(progress: ResourceProgress): number {
  return (progress.floorHourMs - BASE) / HOUR_MS;
}
