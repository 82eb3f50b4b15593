// SPDX-License-Identifier: Apache-2.0
/**
 * A directory with a SQLite checkpoint store in it; whatever a test opened there is closed and
 * killed afterwards.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { CheckpointStore } from "../../src/checkpoint/checkpoint-store.ts";
import { openSqliteCheckpointStore } from "../../src/checkpoint/sqlite-checkpoint-store.ts";
import type { SqliteStoreOptions } from "../../src/checkpoint/sqlite-checkpoint-store.ts";

export const SCOPE = { account: "contoso", container: "logs", checkpointName: "default" };
export const KEY = "resourceId=/A/";
export const HOUR_MS = 3_600_000;

const HOLDER = join(import.meta.dirname, "checkpoint-holder.ts");

export class SqliteWorkbench implements AsyncDisposable {
  readonly directory: string;
  readonly path: string;
  readonly #stores: CheckpointStore[] = [];
  readonly #children: ChildProcess[] = [];

  constructor(directory: string) {
    this.directory = directory;
    this.path = join(directory, "checkpoint.db");
  }

  static async create(): Promise<SqliteWorkbench> {
    return new SqliteWorkbench(await mkdtemp(join(tmpdir(), "sqlite-store-")));
  }

  async open(more: Partial<SqliteStoreOptions> = {}): Promise<CheckpointStore> {
    const options = { path: this.path, scope: SCOPE, mustExist: false, processId: 4711, ...more };
    const store = await openSqliteCheckpointStore(options);
    this.#stores.push(store);
    return store;
  }

  /** Opens the store, lets `work` use it and closes it again. */
  async use(work: (store: CheckpointStore) => Promise<unknown>): Promise<void> {
    const store = await this.open();
    await work(store);
    await store.close();
  }

  /** Starts another process on the store and returns the first line that it says. */
  async startHolder(floorHourMs: number): Promise<{ child: ChildProcess; line: string }> {
    const child = spawn(process.execPath, [HOLDER, this.path, String(floorHourMs)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#children.push(child);
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    return { child, line };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store.close();
    for (const child of this.#children) await kill(child);
    await rm(this.directory, { recursive: true });
  }
}

/** Ends a child with SIGKILL and waits until it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** First save of `KEY`, with nothing but a floor hour. */
export async function saveFloor(store: CheckpointStore, floorHourMs: number): Promise<void> {
  const checkpoint = { floorHourMs, open: [] };
  const change = { resourceKey: KEY, checkpoint, version: undefined, closed: [] };
  const [outcome] = await store.save([change]);
  if (outcome?.kind !== "saved") throw new Error("the save was a conflict");
}
