// SPDX-License-Identifier: Apache-2.0
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { HOUR_MS, KEY, kill, saveFloor, SqliteWorkbench } from "../../support/sqlite-workbench.ts";

it("fails at once, with path and process, while another process has the store open", async () => {
  await using bench = await SqliteWorkbench.create();
  const { child } = await bench.startHolder(HOUR_MS);
  const startedAt = performance.now();
  await expect(bench.open()).rejects.toMatchObject({
    code: "CHECKPOINT_LOCKED",
    message:
      `CHECKPOINT_LOCKED: another process (process ${child.pid ?? 0}) writes the checkpoint ` +
      `store ${bench.path}: stop it, or give this one another checkpoint path`,
  });
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  const second = await bench.startHolder(2 * HOUR_MS);
  expect(second.line).toContain("CHECKPOINT_LOCKED");
});

it("opens after the writer was killed, and sees its last save", async () => {
  await using bench = await SqliteWorkbench.create();
  const { child, line } = await bench.startHolder(7 * HOUR_MS);
  expect(line).toBe("saved");
  await kill(child);
  const store = await bench.open();
  expect(await store.load(KEY)).toEqual({
    checkpoint: { floorHourMs: 7 * HOUR_MS, open: [] },
    version: "1",
  });
});

it("keeps its lock when a second open in the same process fails", async () => {
  await using bench = await SqliteWorkbench.create();
  await bench.open();
  await expect(bench.open()).rejects.toMatchObject({ code: "CHECKPOINT_LOCKED" });
  // Closing any descriptor of the lock file in this process would have dropped the lock for others.
  const { line } = await bench.startHolder(HOUR_MS);
  expect(line).toContain("CHECKPOINT_LOCKED");
});

it("gives the lock to the next one when it is closed", async () => {
  await using bench = await SqliteWorkbench.create();
  await (await bench.open()).close();
  const { line } = await bench.startHolder(HOUR_MS);
  expect(line).toBe("saved");
});

it("locks one store under two names once", async () => {
  await using bench = await SqliteWorkbench.create();
  await bench.open();
  const link = join(bench.directory, "link.db");
  await symlink(bench.path, link);
  await expect(bench.open({ path: link })).rejects.toMatchObject({ code: "CHECKPOINT_LOCKED" });
});

it("lets readers read while it is held", async () => {
  await using bench = await SqliteWorkbench.create();
  const store = await bench.open();
  await saveFloor(store, HOUR_MS);
  using reader = new DatabaseSync(bench.path, { readOnly: true });
  expect(reader.prepare("SELECT resource_key FROM resource").all()).toMatchObject([
    { resource_key: KEY },
  ]);
  await store.resolveStart(HOUR_MS);
});
