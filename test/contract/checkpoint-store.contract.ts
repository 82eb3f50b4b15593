// SPDX-License-Identifier: Apache-2.0
/** What every checkpoint store promises, run on each of them by `checkpoint-store.test.ts`. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type {
  CheckpointChange,
  CheckpointStore,
  ClosedBlob,
} from "../../src/checkpoint/checkpoint-store.ts";
import { NO_RECORDS } from "../../src/model.ts";

const HOUR_MS = 3_600_000;
const FLOOR_MS = 491_243 * HOUR_MS;
const A =
  "resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/A/";
const B = "resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/Bé/";

/** A store on data that outlives it. */
export interface StoreUnderTest {
  /** Opens a store on the same data; the one before is closed already. */
  open(): Promise<CheckpointStore>;
  dispose(): Promise<void>;
}

function change(resourceKey: string, more: Partial<CheckpointChange> = {}): CheckpointChange {
  const open = {
    name: `${resourceKey}y=2026/m=01/d=15/h=11/m=00/PT1H.json`,
    createdAtMs: FLOOR_MS + 1_000,
    framing: "document:[{[" as const,
    offset: 2 ** 40 + 1,
    crc32: 0xfffffffe,
    counts: { delivered: 1, uncertain: 2, deadLettered: 3, filtered: 4 },
  };
  const checkpoint = { floorHourMs: FLOOR_MS, open: [open] };
  return { resourceKey, checkpoint, version: undefined, closed: [], ...more };
}

function closedBlob(resourceKey: string, hour: string, more: Partial<ClosedBlob> = {}): ClosedBlob {
  return {
    name: `${resourceKey}y=2026/m=01/d=15/h=${hour}/m=00/PT1H.json`,
    createdAtMs: FLOOR_MS,
    lastCreatedAtMs: FLOOR_MS + 7_000,
    length: 5_000,
    crc32: 0x80000001,
    framing: "document:{[",
    trailerBytes: 3,
    isEnded: false,
    counts: { ...NO_RECORDS, delivered: 4 },
    closedAtMs: FLOOR_MS + 6 * HOUR_MS + 1,
    ...more,
  };
}

export function describeCheckpointStore(
  name: string,
  prepare: () => Promise<StoreUnderTest>,
): void {
  describe(`checkpoint store contract: ${name}`, () => {
    let underTest: StoreUnderTest;
    let store: CheckpointStore;

    beforeEach(async () => {
      underTest = await prepare();
      store = await underTest.open();
    });

    afterEach(async () => {
      await store.close();
      await underTest.dispose();
    });

    async function reopen(): Promise<void> {
      await store.close();
      store = await underTest.open();
    }

    async function saveOne(one: CheckpointChange): Promise<string> {
      const [outcome] = await store.save([one]);
      if (outcome?.kind !== "saved") throw new Error("the save was a conflict");
      return outcome.version;
    }

    it("keeps the start that was proposed first, over restarts", async () => {
      expect(await store.resolveStart(FLOOR_MS)).toEqual({ startHourMs: FLOOR_MS, isFresh: true });
      const later = FLOOR_MS + 24 * HOUR_MS;
      expect(await store.resolveStart(later)).toEqual({ startHourMs: FLOOR_MS, isFresh: false });
      await reopen();
      expect(await store.resolveStart(later)).toEqual({ startHourMs: FLOOR_MS, isFresh: false });
    });

    it.each([FLOOR_MS + 1, Number.NaN])("refuses %d as an hour to start at", async (ms) => {
      await expect(store.resolveStart(ms)).rejects.toMatchObject({ code: "INTERNAL" });
    });

    it("knows nothing of a resource that was never saved", async () => {
      expect(await store.load(A)).toBeUndefined();
      expect(await store.findClosed(A, [closedBlob(A, "09").name])).toEqual([]);
    });

    it("loads what was saved, exactly, after a restart", async () => {
      const saved = change(A);
      const version = await saveOne(saved);
      await reopen();
      expect(await store.load(A)).toEqual({ checkpoint: saved.checkpoint, version });
    });

    it("goes on from the version that a save gave or a load showed", async () => {
      const first = await saveOne(change(A));
      const checkpoint = { floorHourMs: FLOOR_MS + HOUR_MS, open: [] };
      const second = await saveOne(change(A, { version: first, checkpoint }));
      expect(second).not.toBe(first);
      await reopen();
      const loaded = await store.load(A);
      expect(loaded).toEqual({ checkpoint, version: second });
      await saveOne(change(A, { version: loaded?.version }));
    });

    it("answers conflict to a stale version and keeps what it holds", async () => {
      const stale = await saveOne(change(A));
      const checkpoint = { floorHourMs: FLOOR_MS + HOUR_MS, open: [] };
      const version = await saveOne(change(A, { version: stale, checkpoint }));
      const closed = [closedBlob(A, "09")];
      expect(await store.save([change(A, { version: stale, closed })])).toEqual([
        { kind: "conflict" },
      ]);
      expect(await store.load(A)).toEqual({ checkpoint, version });
      expect(await store.findClosed(A, [closed[0]!.name])).toEqual([]);
    });

    it("answers conflict to a first save of a resource that it knows", async () => {
      await saveOne(change(A));
      expect(await store.save([change(A)])).toEqual([{ kind: "conflict" }]);
    });

    it("answers conflict to a later save of a resource that it does not know", async () => {
      expect(await store.save([change(A, { version: "1" })])).toEqual([{ kind: "conflict" }]);
      expect(await store.load(A)).toBeUndefined();
    });

    it("saves the other changes beside a conflict, with outcomes in order", async () => {
      await saveOne(change(A));
      const outcomes = await store.save([change(A), change(B)]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(["conflict", "saved"]);
      expect(await store.load(B)).toMatchObject({ checkpoint: change(B).checkpoint });
    });

    it("saves nothing for no changes", async () => {
      expect(await store.save([])).toEqual([]);
    });

    it("saves all changes or none: one that is not fit holds back the others", async () => {
      const unfit = { floorHourMs: Number.NaN, open: [] };
      const both = [change(A), change(B, { checkpoint: unfit })];
      await expect(store.save(both)).rejects.toMatchObject({ code: "INTERNAL" });
      expect(await store.load(A)).toBeUndefined();
    });

    it("finds closed blobs by name, of the asked resource only, after a restart", async () => {
      const nine = closedBlob(A, "09");
      const ten = closedBlob(A, "10", { length: 0, crc32: 0, counts: NO_RECORDS });
      await store.save([change(A, { closed: [nine, ten] }), change(B)]);
      await reopen();
      expect(await store.findClosed(A, [ten.name, `${A}other`, nine.name])).toEqual([ten, nine]);
      expect(await store.findClosed(A, [])).toEqual([]);
      expect(await store.findClosed(B, [closedBlob(B, "09").name])).toEqual([]);
    });

    it("finds the newest entry of a blob that closed more than once", async () => {
      const once = closedBlob(A, "09");
      const again = closedBlob(A, "09", { length: 9_000, closedAtMs: once.closedAtMs + 1 });
      const version = await saveOne(change(A, { closed: [once] }));
      await saveOne(change(A, { version, closed: [again] }));
      expect(await store.findClosed(A, [once.name])).toEqual([again]);
      const replaced = closedBlob(A, "09", { createdAtMs: once.createdAtMs + 1_000, length: 1 });
      await saveOne(change(A, { version: "2", closed: [once, replaced] }));
      expect(await store.findClosed(A, [once.name])).toEqual([replaced]);
    });

    it("refuses to book a blob under a resource that does not own it", async () => {
      const closed = [closedBlob(B, "09")];
      await expect(store.save([change(A, { closed })])).rejects.toMatchObject({ code: "INTERNAL" });
      expect(await store.load(A)).toBeUndefined();
    });

    it("can be closed twice, and then refuses work by its code", async () => {
      await store.close();
      await store.close();
      await expect(store.load(A)).rejects.toMatchObject({ code: "CHECKPOINT_UNAVAILABLE" });
      await expect(store.save([change(A)])).rejects.toMatchObject({
        code: "CHECKPOINT_UNAVAILABLE",
      });
    });
  });
}
