// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { CheckpointArchive } from "../../../src/checkpoint/checkpoint-archive.ts";
import { openSqliteCheckpointArchive } from "../../../src/checkpoint/sqlite-checkpoint-archive.ts";
import { entry, openBlob } from "../../support/blob-claims.ts";
import { HOUR_MS, KEY, SCOPE, SqliteWorkbench } from "../../support/sqlite-workbench.ts";

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function withArchive(
  { path }: SqliteWorkbench,
  look: (archive: CheckpointArchive) => Promise<void>,
  scope = SCOPE,
): Promise<void> {
  const archive = await openSqliteCheckpointArchive({ path, scope });
  try {
    await look(archive);
  } finally {
    await archive.close();
  }
}

describe("the archive of a sqlite store", () => {
  it("shows what the writer saved, while the writer holds the store and goes on", async () => {
    await using bench = await SqliteWorkbench.create();
    const store = await bench.open();
    await store.resolveStart(HOUR_MS);
    const checkpoint = { floorHourMs: HOUR_MS, open: [openBlob({ offset: 150 })] };
    const [closed, again] = [entry(), entry({ length: 120, isEnded: true, trailerBytes: 2 })];
    const change = { resourceKey: KEY, checkpoint, closed: [closed] };
    const [outcome] = await store.save([{ ...change, version: undefined }]);
    await withArchive(bench, async (archive) => {
      expect(await archive.start()).toBe(HOUR_MS);
      expect(await all(archive.resources())).toEqual([{ resourceKey: KEY, checkpoint }]);
      expect(await all(archive.ledger(KEY))).toEqual([closed]);
      const version = outcome?.kind === "saved" ? outcome.version : "";
      await store.save([
        { resourceKey: KEY, checkpoint: { floorHourMs: 0, open: [] }, version, closed: [again] },
      ]);
      expect(await archive.load(KEY)).toEqual({ floorHourMs: 0, open: [] });
      expect(await all(archive.ledger(KEY))).toEqual([closed, again]);
      expect(await archive.findClosed(KEY, [closed.name, `${KEY}other`])).toEqual([again]);
    });
  });

  it("goes through more resources and entries than a page holds, in order, each once", async () => {
    await using bench = await SqliteWorkbench.create();
    await bench.use(async (store) => {
      await store.resolveStart(HOUR_MS);
      const checkpoint = { floorHourMs: HOUR_MS, open: [] };
      const closed = Array.from({ length: 1_201 }, (_, index) =>
        entry({ name: `${KEY}${String(Math.floor(index / 3)).padStart(5, "0")}`, length: index }),
      );
      const others = Array.from({ length: 501 }, (_, index) => `resourceId=/B/${1_000 + index}/`);
      const change = { checkpoint, version: undefined, closed: [] };
      await store.save([
        { ...change, resourceKey: KEY, closed },
        ...others.map((resourceKey) => ({ ...change, resourceKey })),
      ]);
    });
    await withArchive(bench, async (archive) => {
      const lengths = (await all(archive.ledger(KEY))).map(({ length }) => length);
      expect(lengths).toEqual(Array.from({ length: 1_201 }, (_, index) => index));
      const keys = (await all(archive.resources())).map(({ resourceKey }) => resourceKey);
      expect([keys.length, new Set(keys).size, keys[0]]).toEqual([502, 502, KEY]);
      expect(await all(archive.ledger("resourceId=/NONE/"))).toEqual([]);
      expect(await archive.load("resourceId=/NONE/")).toBeUndefined();
    });
  });

  it("reads a store of the first version and leaves it as it is", async () => {
    await using bench = await SqliteWorkbench.create();
    const sql = new URL("../../fixtures/checkpoint/version-1.sql", import.meta.url);
    const old = new DatabaseSync(bench.path);
    old.exec(await readFile(sql, "utf8"));
    old.close();
    const before = await readFile(bench.path);
    await withArchive(bench, async (archive) => {
      expect(await all(archive.ledger(KEY))).toMatchObject([
        { name: `${KEY}h`, lastCreatedAtMs: 1_000, framing: "json-lines", isEnded: false },
      ]);
    });
    expect((await readFile(bench.path)).equals(before)).toBe(true);
  });

  it("is of one scope, and refuses a scope that nobody used", async () => {
    await using bench = await SqliteWorkbench.create();
    await bench.use((store) => store.resolveStart(HOUR_MS));
    const opening = withArchive(bench, () => Promise.resolve(), { ...SCOPE, container: "other" });
    await expect(opening).rejects.toThrow(/there is no checkpoint "default" of contoso\/other/);
  });

  it("creates nothing where there is no store, and refuses what is none", async () => {
    await using bench = await SqliteWorkbench.create();
    const open = (): Promise<void> => withArchive(bench, () => Promise.resolve());
    await expect(open()).rejects.toThrow(/CHECKPOINT_UNAVAILABLE: there is no checkpoint store/);
    expect(existsSync(bench.path)).toBe(false);
    await writeFile(bench.path, "");
    await expect(open()).rejects.toThrow(/is damaged: its file is empty/);
    await writeFile(bench.path, "account: contoso\n".repeat(500));
    await expect(open()).rejects.toThrow(/CHECKPOINT_UNKNOWN_FORMAT/);
  });
});
