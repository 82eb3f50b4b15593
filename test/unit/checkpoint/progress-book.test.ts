// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import { createProgressBook } from "../../../src/checkpoint/progress-book.ts";
import type { ProgressBook } from "../../../src/checkpoint/progress-book.ts";
import { hourOfBlob } from "../../../src/discover/blob-path.ts";
import { FakeCheckpointStore } from "../../support/fake-checkpoint-store.ts";

const KEY = "resourceId=/S/HSM/";
const START = Date.UTC(2026, 0, 15);

let store: FakeCheckpointStore;
let book: ProgressBook;
let told: string[];

beforeEach(() => {
  store = new FakeCheckpointStore();
  told = [];
  book = createProgressBook({
    store,
    account: "acct",
    container: "logs",
    startHourMs: START,
    hourOf: hourOfBlob,
    onLoaded: ({ resourceKey }, isKnown) => told.push(`loaded ${resourceKey} ${isKnown}`),
    onConflict: (resourceKey) => told.push(`conflict ${resourceKey}`),
  });
});

describe("progress book", () => {
  it("begins a resource that the store does not know at the start hour", async () => {
    const progress = await book.of(KEY);
    expect(progress).toMatchObject({ resourceKey: KEY, floorHourMs: START, version: undefined });
    expect(told).toEqual([`loaded ${KEY} false`]);
  });

  it("loads a resource once, and gives the same progress from then on", async () => {
    await store.save([
      {
        resourceKey: KEY,
        checkpoint: { floorHourMs: START + 3_600_000, open: [] },
        version: undefined,
        closed: [],
      },
    ]);
    const progress = await book.of(KEY);
    expect(progress).toMatchObject({ floorHourMs: START + 3_600_000, version: "1" });
    expect(await book.of(KEY)).toBe(progress);
    expect(book.isCurrent(progress)).toBe(true);
    expect(told).toEqual([`loaded ${KEY} true`]);
  });

  it("voids the progress of a conflict, tells it once, and loads what the store holds next", async () => {
    const old = await book.of(KEY);
    store.overtake(KEY);
    old.onConflict();
    old.onConflict();
    expect(book.isCurrent(old)).toBe(false);
    const next = await book.of(KEY);
    expect(next).not.toBe(old);
    expect([next.version, book.isCurrent(next)]).toEqual(["1", true]);
    // A late conflict of the old progress does not touch the new one.
    old.onConflict();
    expect(book.isCurrent(next)).toBe(true);
    expect(told).toEqual([`loaded ${KEY} false`, `conflict ${KEY}`, `loaded ${KEY} true`]);
  });

  it("passes a failure of the store on, and tries again when it is asked again", async () => {
    await store.close();
    await expect(book.of(KEY)).rejects.toMatchObject({ code: "CHECKPOINT_UNAVAILABLE" });
    expect(told).toEqual([]);
  });
});
