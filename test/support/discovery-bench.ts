// SPDX-License-Identifier: Apache-2.0
/** Rounds of discovery of one resource on fakes; hours are counted from noon, the present. */
import type { ClosedBlob, OpenBlobCheckpoint } from "../../src/checkpoint/checkpoint-store.ts";
import { ResourceProgress } from "../../src/checkpoint/resource-progress.ts";
import { hourBlobName, hourOfBlob, parseResource } from "../../src/discover/blob-path.ts";
import { discoverRound } from "../../src/discovery-round.ts";
import type { DiscoverySettings } from "../../src/discovery-round.ts";
import { NO_RECORDS } from "../../src/model.ts";
import { FakeBlobContainer } from "./fake-blob-container.ts";
import { ManualClock } from "./manual-clock.ts";
import { recorderOf } from "./tailing-world.ts";
import type { TailingWorld } from "./tailing-world.ts";

export const PREFIX = "resourceId=/S/HSM/";
export const HOUR_MS = 3_600_000;
export const NOON = Date.UTC(2026, 0, 15, 12);

export function nameOf(hour: number): string {
  return hourBlobName(PREFIX, NOON + hour * HOUR_MS);
}

export class DiscoveryBench {
  readonly clock = new ManualClock(NOON);
  readonly container = new FakeBlobContainer(this.clock);
  readonly events: TailingWorld["events"] = [];
  /** Names asked of the ledger, call by call. */
  readonly asked: (readonly string[])[] = [];
  ledger: ClosedBlob[] = [];
  progress = createProgress(-2);
  settings: DiscoverySettings = {
    listIntervalMs: 300_000,
    reopenWindowMs: 7 * 24 * HOUR_MS,
    startHourMs: NOON - 2 * HOUR_MS,
    isPolling: true,
  };

  /** Two records in the blob of each hour. */
  write(...hours: number[]): void {
    for (const hour of hours) this.container.append(nameOf(hour), "{}\n{}\n");
  }

  /** One round; returns the hours to read. */
  async round(signal = new AbortController().signal): Promise<number[]> {
    const { container, clock, settings, progress } = this;
    const store = {
      findClosed: async (_key: string, names: readonly string[]) => {
        await Promise.resolve();
        this.asked.push(names);
        return this.ledger.filter((entry) => names.includes(entry.name));
      },
    };
    const events = recorderOf(this.events);
    const parts = { listing: container, container, store, clock, events, settings };
    const blobs = await discoverRound(parts, parseResource(PREFIX), progress, signal);
    return blobs.map(({ hourMs }) => (hourMs - NOON) / HOUR_MS);
  }

  /** As if everything known of all blobs had been read and settled. */
  settleAll(): void {
    for (const blob of this.progress.openBlobs()) {
      const start = blob.tracker.endOfBegun;
      const end = blob.knownLength;
      if (end > start) {
        blob.tracker.settle(
          blob.tracker.begin({ start, end, crcAtEnd: 0, framingAtEnd: "json-lines" }),
          NO_RECORDS,
        );
      }
      blob.readTo = blob.seenLength = end;
    }
  }

  closeSettled(): number {
    return this.progress.closeSettled(this.clock.now(), 6 * HOUR_MS).length;
  }

  /** What the ledger says of a blob that was settled up to a length. */
  closedEntry(hour: number, length: number): ClosedBlob {
    const createdAtMs = this.container.createdAtOf(nameOf(hour))!;
    const times = { createdAtMs, lastCreatedAtMs: createdAtMs, closedAtMs: NOON };
    const place = { length, crc32: 0, framing: "json-lines", trailerBytes: 0 } as const;
    return { name: nameOf(hour), ...times, ...place, isEnded: false, counts: NO_RECORDS };
  }
}

/** A progress whose floor stands at that hour. */
export function createProgress(
  floorHour: number,
  open: readonly OpenBlobCheckpoint[] = [],
): ResourceProgress {
  const floorHourMs = NOON + floorHour * HOUR_MS;
  return new ResourceProgress({
    account: "a",
    container: "c",
    resourceKey: PREFIX,
    startHourMs: floorHourMs,
    loaded: { checkpoint: { floorHourMs, open }, version: "1" },
    hourOf: hourOfBlob,
    onConflict: () => undefined,
  });
}
