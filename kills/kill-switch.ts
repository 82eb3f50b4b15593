// SPDX-License-Identifier: Apache-2.0
/**
 * Loaded into the connector's process before the program (`node --import`): ends it with SIGKILL at a moment that cannot be
 * hit from outside. `KILL_SWITCH` names the moment, which time it is, and a delay in microseconds: `during-save 3 250`. The
 * program itself is not changed; what it calls is wrapped. In the middle of a COMMIT the main thread is in SQLite, so another thread kills.
 */
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";

/* eslint-disable @typescript-eslint/unbound-method -- methods are taken off their prototypes to be wrapped, and are called on
   the object they were called on. */

const [moment = "", count = "1", delay = "0"] = (process.env["KILL_SWITCH"] ?? "").split(" ");
let timesLeft = Number(count);

/** True when this was the one. */
function isTime(at: string): boolean {
  return at === moment && --timesLeft === 0;
}

function killAt(at: string): void {
  if (isTime(at)) process.kill(process.pid, "SIGKILL");
}

const killDuring = moment === "during-save" ? await startKiller(Number(delay) / 1000) : undefined;
wrapDatabase();
await wrapFiles();

/** Every statement counts as a step of the start; a COMMIT that writes is a save. */
function wrapDatabase(): void {
  const { exec, prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (sql) {
    killAt("start");
    return prepare.call(this, sql);
  };
  DatabaseSync.prototype.exec = function (sql) {
    killAt("start");
    if (sql !== "COMMIT") {
      exec.call(this, sql);
      return;
    }
    killAt("before-save");
    if (isTime("during-save")) killDuring?.();
    exec.call(this, sql);
    killAt("after-save");
  };
}

/** Only dead letters are written through file handles. */
async function wrapFiles(): Promise<void> {
  const handle = await open(import.meta.filename);
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const { appendFile, sync } = prototype;
  const written = new WeakSet<FileHandle>();
  prototype.appendFile = async function (data, options) {
    if (isTime("torn-letter") && data instanceof Uint8Array) {
      await appendFile.call(this, data.subarray(0, data.length >> 1), options);
      process.kill(process.pid, "SIGKILL");
    }
    await appendFile.call(this, data, options);
    written.add(this);
    killAt("unsynced-letter");
  };
  prototype.sync = async function () {
    await sync.call(this);
    if (written.has(this)) killAt("synced-letter");
  };
}

/** A thread that kills so long after it was told. */
async function startKiller(spinMs: number): Promise<() => void> {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const killer = new Worker(
    `const { workerData: { flag, spinMs }, parentPort } = require("node:worker_threads");
     parentPort.postMessage("ready");
     Atomics.wait(flag, 0, 0);
     const until = performance.now() + spinMs;
     while (performance.now() < until);
     process.kill(process.pid, "SIGKILL");`,
    { eval: true, workerData: { flag, spinMs }, execArgv: [] },
  );
  await new Promise((resolve) => killer.once("message", resolve));
  killer.unref();
  return () => {
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  };
}
