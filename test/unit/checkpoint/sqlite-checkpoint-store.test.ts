// SPDX-License-Identifier: Apache-2.0
/** What only the SQLite store promises; the rest stands in the contract suite. */
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { HOUR_MS, KEY, saveFloor, SCOPE, SqliteWorkbench } from "../../support/sqlite-workbench.ts";

describe("sqlite checkpoint store", () => {
  it.each([{ account: "other" }, { container: "other" }, { checkpointName: "other" }])(
    "hides checkpoints from the scope with %o",
    async (other) => {
      await using bench = await SqliteWorkbench.create();
      await bench.use(async (store) => {
        await saveFloor(store, HOUR_MS);
        await store.resolveStart(HOUR_MS);
      });
      const second = await bench.open({ scope: { ...SCOPE, ...other } });
      expect(await second.load(KEY)).toBeUndefined();
      const start = { startHourMs: 2 * HOUR_MS, isFresh: true };
      expect(await second.resolveStart(2 * HOUR_MS)).toEqual(start);
      await saveFloor(second, 2 * HOUR_MS);
      await second.close();
      const again = await bench.open();
      expect(await again.load(KEY)).toMatchObject({ checkpoint: { floorHourMs: HOUR_MS } });
    },
  );

  it("refuses a scope that must exist until its start was resolved", async () => {
    await using bench = await SqliteWorkbench.create();
    await bench.use(async (store) => {
      await saveFloor(store, HOUR_MS);
    });
    await expect(bench.open({ mustExist: true })).rejects.toThrow(
      /CHECKPOINT_UNAVAILABLE.*no checkpoint "default" of contoso/,
    );
    await bench.use(async (store) => await store.resolveStart(HOUR_MS));
    await bench.open({ mustExist: true });
  });

  it("never changes a ledger entry", async () => {
    await using bench = await SqliteWorkbench.create();
    await bench.use(async (store) => {
      const counts = { delivered: 1, uncertain: 0, deadLettered: 0, filtered: 0 };
      const times = { createdAtMs: 1, lastCreatedAtMs: 1, closedAtMs: 4 };
      const place = { length: 2, crc32: 3, framing: "json-lines", trailerBytes: 0 } as const;
      const blob = { name: `${KEY}h`, ...times, ...place, isEnded: false, counts };
      const checkpoint = { floorHourMs: HOUR_MS, open: [] };
      await store.save([{ resourceKey: KEY, checkpoint, version: undefined, closed: [blob] }]);
    });
    using database = new DatabaseSync(bench.path);
    expect(() => {
      database.exec("UPDATE ledger SET length = 9");
    }).toThrow("append-only");
  });

  it("refuses a garbled document by resource and field, never as a zero", async () => {
    await using bench = await SqliteWorkbench.create();
    await bench.use(async (store) => {
      await saveFloor(store, HOUR_MS);
    });
    const database = new DatabaseSync(bench.path);
    database.exec(`UPDATE resource SET checkpoint = '{"version":1,"floorHourMs":"x","open":[]}'`);
    database.close();
    await expect(bench.open()).rejects.toThrow(
      /CHECKPOINT_UNAVAILABLE.*is damaged.*resourceId=\/A\/.*floorHourMs/,
    );
  });

  it("keeps nothing of a save that fails half-way, and goes on afterwards", async () => {
    await using bench = await SqliteWorkbench.create();
    const store = await bench.open();
    await saveFloor(store, HOUR_MS);
    using other = new DatabaseSync(bench.path);
    other.exec("BEGIN IMMEDIATE");
    const checkpoint = { floorHourMs: 2 * HOUR_MS, open: [] };
    const change = { resourceKey: KEY, checkpoint, version: "1", closed: [] };
    await expect(store.save([change])).rejects.toMatchObject({
      code: "CHECKPOINT_UNAVAILABLE",
      isRetryable: true,
    });
    other.exec("ROLLBACK");
    expect(await store.save([change])).toEqual([{ kind: "saved", version: "2" }]);
  });
});
