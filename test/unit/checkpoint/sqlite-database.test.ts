// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { HOUR_MS, KEY, kill, saveFloor, SqliteWorkbench } from "../../support/sqlite-workbench.ts";

async function modeOf(file: string): Promise<string> {
  return ((await stat(file)).mode & 0o777).toString(8);
}

describe("a sqlite store that must exist", () => {
  it("is not created, and nothing is left behind", async () => {
    await using bench = await SqliteWorkbench.create();
    const missing = join(bench.directory, "new", "checkpoint.db");
    await expect(bench.open({ path: missing, mustExist: true })).rejects.toThrow(
      /CHECKPOINT_UNAVAILABLE.*no checkpoint store.*must exist/,
    );
    expect(await readdir(bench.directory)).toEqual([]);
  });

  it("is refused when its file is empty, and the lock is given back", async () => {
    await using bench = await SqliteWorkbench.create();
    await writeFile(bench.path, "");
    await expect(bench.open({ mustExist: true })).rejects.toThrow(/CHECKPOINT_UNAVAIL.*is empty/);
    await rm(bench.path);
    await bench.open();
  });
});

describe("a file that is not ours to touch", () => {
  it.each([
    ["a store of a later version", "PRAGMA user_version = 3", /UNKNOWN_FORMAT.*version 3/],
    ["a database of another program", "PRAGMA application_id = 1", /UNKNOWN_FORMAT.*another prog/],
  ])("is refused when it is %s, and keeps every byte", async (_, sql, message) => {
    await using bench = await SqliteWorkbench.create();
    await bench.use(async (store) => {
      await saveFloor(store, HOUR_MS);
    });
    const database = new DatabaseSync(bench.path);
    database.exec(sql);
    database.close();
    const before = await readFile(bench.path);
    await expect(bench.open()).rejects.toThrow(message);
    expect((await readFile(bench.path)).equals(before)).toBe(true);
  });

  it("is refused when only its write-ahead log shows the later version", async () => {
    await using bench = await SqliteWorkbench.create();
    const { child } = await bench.startHolder(HOUR_MS);
    using later = new DatabaseSync(bench.path);
    later.exec("PRAGMA user_version = 3");
    await kill(child);
    await expect(bench.open()).rejects.toThrow(/UNKNOWN_FORMAT.*version 3/);
  });

  it("is brought up to date when it is a store of the first version, and keeps what it held", async () => {
    await using bench = await SqliteWorkbench.create();
    const old = new DatabaseSync(bench.path);
    old.exec(
      await readFile(new URL("../../fixtures/checkpoint/version-1.sql", import.meta.url), "utf8"),
    );
    old.close();
    const store = await bench.open();
    expect(await store.load(KEY)).toEqual({
      checkpoint: { floorHourMs: HOUR_MS, open: [] },
      version: "7",
    });
    const counts = { delivered: 4, uncertain: 3, deadLettered: 2, filtered: 1 };
    const times = { createdAtMs: 1_000, lastCreatedAtMs: 1_000, closedAtMs: 9_000 };
    const place = { length: 500, crc32: 77, framing: "json-lines", trailerBytes: 0 };
    const closed = { name: `${KEY}h`, ...times, ...place, isEnded: false, counts };
    expect(await store.findClosed(KEY, [`${KEY}h`])).toEqual([closed]);
    await store.close();
    await bench.open();
  });

  it("is refused when it is no database", async () => {
    await using bench = await SqliteWorkbench.create();
    await writeFile(bench.path, "account: contoso\n".repeat(500));
    const before = await readFile(bench.path);
    await expect(bench.open()).rejects.toThrow(/CHECKPOINT_UNKNOWN_FORMAT.*no SQLite database/);
    expect((await readFile(bench.path)).equals(before)).toBe(true);
  });

  it("is refused on a network file system before anything is created", async () => {
    await using bench = await SqliteWorkbench.create();
    const path = join(bench.directory, "a", "b", "checkpoint.db");
    const asked: string[] = [];
    const findNetworkFs = (where: string): Promise<string> => {
      asked.push(where);
      return Promise.resolve("NFS");
    };
    await expect(bench.open({ path, findNetworkFs })).rejects.toThrow(
      /CHECKPOINT_UNAVAILABLE.*network file system \(NFS\).*keep the checkpoint on a local disk/,
    );
    expect(asked).toEqual([bench.directory]);
    expect(await readdir(bench.directory)).toEqual([]);
  });
});

describe("the files of a sqlite store", () => {
  it("are 0600 in directories 0700, the side files too", async () => {
    await using bench = await SqliteWorkbench.create();
    const state = join(bench.directory, "state");
    const deep = join(state, "deep");
    const store = await bench.open({ path: join(deep, "checkpoint.db") });
    await saveFloor(store, HOUR_MS);
    expect([await modeOf(state), await modeOf(deep)]).toEqual(["700", "700"]);
    const files = (await readdir(deep)).sort();
    expect(files).toEqual([
      "checkpoint.db",
      "checkpoint.db-shm",
      "checkpoint.db-wal",
      "checkpoint.db.lock",
    ]);
    for (const file of files) expect(await modeOf(join(deep, file))).toBe("600");
  });

  it("lose the access that others had", async () => {
    await using bench = await SqliteWorkbench.create();
    await (await bench.open()).close();
    await chmod(bench.path, 0o644);
    await bench.open();
    expect(await modeOf(bench.path)).toBe("600");
  });

  it("use a write-ahead log: readers and the writer do not wait", async () => {
    await using bench = await SqliteWorkbench.create();
    await (await bench.open()).close();
    using database = new DatabaseSync(bench.path);
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
  });

  it("cannot be a directory", async () => {
    await using bench = await SqliteWorkbench.create();
    await mkdir(bench.path);
    await expect(bench.open()).rejects.toMatchObject({ code: "CHECKPOINT_UNAVAILABLE" });
  });
});
