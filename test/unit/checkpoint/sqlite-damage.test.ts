// SPDX-License-Identifier: Apache-2.0
/** Damaged stores: each is refused with advice and left as it is, or is older than it was, which costs repeats only. */
import {
  copyFile,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  truncate,
  writeFile,
} from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { inspectStore } from "../../../src/checkpoint/sqlite-inspection.ts";
import { HOUR_MS, KEY, kill, saveFloor, SqliteWorkbench } from "../../support/sqlite-workbench.ts";

const PAGE = 4096;
const ADVICE = /Restore it together with its -wal file, or move both away and set the start/;

async function workbenchWithStore(): Promise<SqliteWorkbench> {
  const bench = await SqliteWorkbench.create();
  await bench.use(async (store) => {
    await store.resolveStart(HOUR_MS);
    await saveFloor(store, HOUR_MS);
  });
  return bench;
}

async function overwrite(path: string, at: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "r+");
  await file.write(bytes, 0, bytes.length, at);
  await file.close();
}

/** CRC-32 of every file but the lock's, which holds nothing; a reader leaves an empty log and SQLite's shared memory beside the store. */
async function contents(directory: string): Promise<Record<string, number>> {
  const crcs: Record<string, number> = {};
  for (const name of (await readdir(directory)).sort()) {
    const bytes = await readFile(`${directory}/${name}`);
    const isBeside = /-shm$|\.lock$/.test(name) || (name.endsWith("-wal") && bytes.length === 0);
    if (!isBeside) crcs[name] = crc32(bytes);
  }
  return crcs;
}

async function expectRefused(bench: SqliteWorkbench, modes = [false, true]): Promise<void> {
  const before = await contents(bench.directory);
  for (const mustExist of modes) {
    const refusal: unknown = await bench.open({ mustExist }).catch((reason: unknown) => reason);
    expect(String(refusal)).toMatch(/CHECKPOINT_(UNAVAILABLE|UNKNOWN_FORMAT): .*damaged/);
    expect(String(refusal)).toMatch(ADVICE);
    expect(String(refusal)).toContain(bench.path);
    expect(String(refusal)).not.toContain("\n");
  }
  expect(await contents(bench.directory)).toEqual(before);
}

describe("a damaged store is refused with advice, and no byte of it changes", () => {
  it.each([0, 1, 50, 99, 100, 512, PAGE - 1, PAGE, 2 * PAGE, 3 * PAGE + 17])(
    "cut off after %d bytes",
    async (length) => {
      await using bench = await workbenchWithStore();
      await truncate(bench.path, length);
      await expectRefused(bench);
    },
  );

  it.each([
    ["in the magic string", 3],
    ["in the page size", 16],
    ["in the schema's page", 100],
  ])("with garbage %s", async (_, at) => {
    await using bench = await workbenchWithStore();
    await overwrite(bench.path, at, new Uint8Array(40).fill(0xa5));
    await expectRefused(bench);
  });

  it("with garbage in any page but the first", async () => {
    await using pristine = await workbenchWithStore();
    const pages = (await readFile(pristine.path)).length / PAGE;
    expect(pages).toBeGreaterThan(5);
    for (let page = 1; page < pages; page++) {
      await using bench = await SqliteWorkbench.create();
      await copyFile(pristine.path, bench.path);
      await overwrite(bench.path, page * PAGE, new Uint8Array(PAGE).fill(0xa5));
      await expectRefused(bench);
    }
  });

  it("with garbage inside the document of one resource", async () => {
    await using bench = await workbenchWithStore();
    const at = (await readFile(bench.path)).indexOf('"floorHourMs"');
    expect(at).toBeGreaterThan(0);
    await overwrite(bench.path, at, Buffer.from("\u0000\u0001garbled"));
    await expectRefused(bench);
    await expect(bench.open()).rejects.toThrow(KEY);
  });

  it("with its write-ahead log alone", async () => {
    await using bench = await workbenchWithStore();
    const { child } = await bench.startHolder(HOUR_MS);
    await kill(child);
    await rename(bench.path, `${bench.path}.away`);
    await expectRefused(bench, [false]);
    await rename(`${bench.path}.away`, bench.path);
    await bench.open();
  });

  it("in its ledger, unless that is so large that looking would take too long", async () => {
    await using bench = await workbenchWithStore();
    let ledgerPage: number;
    {
      using database = new DatabaseSync(bench.path);
      const root = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'ledger'");
      ledgerPage = Number(root.get()?.["rootpage"]);
    }
    await overwrite(bench.path, (ledgerPage - 1) * PAGE, new Uint8Array(PAGE).fill(0xa5));
    await expectRefused(bench);
    expect(await inspectStore(bench.path, { wholeCheckMaxBytes: PAGE })).toBe("known");
  });
});

describe("what is in the place of a store", () => {
  it("is refused when it is a directory", async () => {
    await using bench = await SqliteWorkbench.create();
    await mkdir(bench.path);
    await expect(bench.open()).rejects.toThrow(/CHECKPOINT_UNAVAILABLE.*is not a file/);
    expect(await readdir(bench.path)).toEqual([]);
  });

  it("is refused when something else lies where the lock should", async () => {
    await using bench = await workbenchWithStore();
    await writeFile(`${bench.path}.lock`, "4711\n".repeat(200));
    await expect(bench.open()).rejects.toThrow(/CHECKPOINT_UNAVAILABLE.*\.lock is not a lock file/);
    await rm(`${bench.path}.lock`);
    await bench.open();
  });

  it("never has the name of a store before it is whole", async () => {
    await using bench = await SqliteWorkbench.create();
    await writeFile(`${bench.path}.new`, "what a killed start has left");
    await writeFile(`${bench.path}.new-journal`, "and this");
    await bench.use(async (store) => {
      await saveFloor(store, HOUR_MS);
    });
    const left = (await readdir(bench.directory)).filter((name) => name.includes(".new"));
    expect(left).toEqual([]);
    expect(await (await bench.open()).load(KEY)).toBeDefined();
  });
});

describe("a store without the end of its write-ahead log is an older store", () => {
  it.each([
    ["is missing", (log: string) => rm(log)],
    ["is empty", (log: string) => truncate(log, 0)],
    ["is cut off", (log: string) => truncate(log, 32 + 24 + 100)],
    ["has a garbled header", (log: string) => overwrite(log, 0, new Uint8Array(32).fill(0xa5))],
    ["has a garbled page", (log: string) => overwrite(log, 200, new Uint8Array(64).fill(0xa5))],
  ])("when it %s: cursors are further back, never further on", async (_, damage) => {
    await using bench = await workbenchWithStore();
    const { child } = await bench.startHolder(7 * HOUR_MS);
    await kill(child);
    await damage(`${bench.path}-wal`);
    await rm(`${bench.path}-shm`);
    const loaded = await (await bench.open()).load(KEY);
    expect(loaded?.checkpoint.floorHourMs).toBe(HOUR_MS);
  });
});

describe("a store that is taken away from under its process", () => {
  it("saves nothing where nobody would find it, and goes on when it is back", async () => {
    await using bench = await workbenchWithStore();
    const store = await bench.open();
    const { version } = (await store.load(KEY)) ?? {};
    const checkpoint = { floorHourMs: 2 * HOUR_MS, open: [] };
    const change = { resourceKey: KEY, checkpoint, version, closed: [] };
    await rename(bench.path, `${bench.path}.away`);
    const refusal = { code: "CHECKPOINT_UNAVAILABLE", isRetryable: true };
    await expect(store.save([change])).rejects.toMatchObject(refusal);
    await writeFile(bench.path, "another file");
    await expect(store.save([change])).rejects.toThrow(/deleted, moved or replaced/);
    await rename(`${bench.path}.away`, bench.path);
    expect(await store.save([change])).toMatchObject([{ kind: "saved" }]);
  });
});
