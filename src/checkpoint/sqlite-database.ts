// SPDX-License-Identifier: Apache-2.0
/**
 * Opens the file of a SQLite checkpoint store for its only writer. The order of the checks is the
 * point: what must not be touched (a network file system, a store that another process writes, a
 * damaged file, one of another program or version) is found before the first byte is written.
 */
import { statSync } from "node:fs";
import type { Stats } from "node:fs";
import { access, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ConnectorError } from "../errors.ts";
import {
  createPrivateDirectory,
  ensurePrivateFile,
  hasErrorCode,
  syncDirectory,
} from "../runtime/private-files.ts";
import { findNetworkFileSystem } from "./network-file-system.ts";
import { tryLockSqlite } from "./sqlite-lock.ts";
import type { SqliteLock } from "./sqlite-lock.ts";
import { inspectStore } from "./sqlite-inspection.ts";
import { createSchema, readWriter, upgradeSchema } from "./sqlite-schema.ts";

export interface SqliteDatabaseOptions {
  readonly path: string;
  /** Refuse to create a store where there is none. */
  readonly mustExist: boolean;
  /** Id of this process, shown to another one that finds the store locked. */
  readonly processId?: number | undefined;
  /** Name of the network file system that holds a directory; tests put their own in. */
  readonly findNetworkFs?: (directory: string) => Promise<string | undefined>;
}

export interface LockedDatabase {
  /** Without symbolic links, so that two names of one store share one lock. */
  readonly path: string;
  readonly database: DatabaseSync;
  readonly lock: SqliteLock;
  /** Whether the path still names the file that is open. */
  readonly isInPlace: () => boolean;
}

/** A reader may hold the file for a moment; the event loop stands still meanwhile. */
const BUSY_TIMEOUT_MS = 250;

/**
 * Opens the store, creates it where it may. Throws CHECKPOINT_LOCKED, CHECKPOINT_UNKNOWN_FORMAT or
 * CHECKPOINT_UNAVAILABLE; foreign errors pass through untranslated.
 */
export async function openSqliteDatabase(options: SqliteDatabaseOptions): Promise<LockedDatabase> {
  const wanted = resolve(options.path);
  await refuseNetworkFileSystem(wanted, options.findNetworkFs ?? findNetworkFileSystem);
  if (options.mustExist && !(await exists(wanted))) throw noStore(wanted);
  await createPrivateDirectory(dirname(wanted));
  const path = await withoutSymbolicLinks(wanted);
  const lock = await tryLockSqlite(path);
  if (lock === undefined) throw lockedBy(path, readWriter(path));
  try {
    const found = await inspectStore(path);
    if (found === "none") await createStore(path);
    await ensurePrivateFile(path);
    const database = openForWriting(path, found, options.processId);
    const opened = statSync(path);
    return { path, lock, database, isInPlace: () => isSameFile(path, opened) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function isSameFile(path: string, { dev, ino }: Stats): boolean {
  const present = statSync(path, { throwIfNoEntry: false });
  return present?.ino === ino && present.dev === dev;
}

/** Makes a store under another name first, so that what has the store's name is always whole. */
async function createStore(path: string): Promise<void> {
  const draft = `${path}.new`;
  // What a killed start has left.
  for (const part of ["", "-journal", "-wal", "-shm"]) await rm(draft + part, { force: true });
  await ensurePrivateFile(draft);
  using database = new DatabaseSync(draft);
  // Changing it later would need the store for itself, and fail while somebody reads it.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  createSchema(database);
  database.close();
  await rename(draft, path);
  await syncDirectory(dirname(path));
}

function openForWriting(
  path: string,
  found: "known" | "older" | "none",
  processId: number | undefined,
): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    // FULL: a commit is on disk when it returns, not only after the next WAL checkpoint.
    database.exec("PRAGMA synchronous = FULL");
    if (found === "older") upgradeSchema(database);
    database.exec("PRAGMA journal_mode = WAL");
    database.prepare("INSERT OR REPLACE INTO writer VALUES (1, ?)").run(processId ?? null);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * The error for a store, or a scope within one, that `mustExist` asks for and that is not there.
 */
export function noStore(path: string, what = "no checkpoint store"): ConnectorError {
  return new ConnectorError(
    "CHECKPOINT_UNAVAILABLE",
    `there is ${what} at ${path}, and the configuration says that it must exist`,
  );
}

function lockedBy(path: string, processId: number | undefined): ConnectorError {
  const holder = processId === undefined ? "" : ` (process ${processId})`;
  return new ConnectorError(
    "CHECKPOINT_LOCKED",
    `another process${holder} writes the checkpoint store ${path}: ` +
      "stop it, or give this one another checkpoint path",
  );
}

async function refuseNetworkFileSystem(
  path: string,
  findNetworkFs: (directory: string) => Promise<string | undefined>,
): Promise<void> {
  const found = await findNetworkFs(await nearestExisting(dirname(path)));
  if (found === undefined) return;
  throw new ConnectorError(
    "CHECKPOINT_UNAVAILABLE",
    `checkpoint store ${path} lies on a network file system (${found}), ` +
      "where file locks cannot be relied on: keep the checkpoint on a local disk",
  );
}

/** The directory itself, or the closest one above it that is already there. */
async function nearestExisting(directory: string): Promise<string> {
  let candidate = directory;
  while (!(await exists(candidate)) && candidate !== dirname(candidate)) {
    candidate = dirname(candidate);
  }
  return await realpath(candidate);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return false;
    throw error;
  }
}

async function withoutSymbolicLinks(path: string): Promise<string> {
  if (await exists(path)) return await realpath(path);
  return join(await realpath(dirname(path)), basename(path));
}
