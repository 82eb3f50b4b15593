// SPDX-License-Identifier: Apache-2.0
/**
 * Checkpoints in one SQLite file on a local disk: the default store, for one process at a time.
 *
 * A save is one transaction for all its changes, synced to disk before it resolves (WAL,
 * `synchronous=FULL`), so after a power cut either all of them hold or none. Each change is
 * conditional on its row's version. The calls block the event loop for as long as the disk takes to
 * sync; they are few (one for all resources, several times a second at most). Readers such as
 * `status` may open the file at the same time.
 */
import { ConnectorError } from "../errors.ts";
import { decodeCheckpoint, encodeCheckpoint, isWholeHour } from "./checkpoint-format.ts";
import type {
  CheckpointChange,
  CheckpointStore,
  ClosedBlob,
  LoadedCheckpoint,
  SaveOutcome,
} from "./checkpoint-store.ts";
import { noStore, openSqliteDatabase } from "./sqlite-database.ts";
import type { LockedDatabase, SqliteDatabaseOptions } from "./sqlite-database.ts";
import { toCheckpointError } from "./sqlite-errors.ts";
import { toClosedBlob } from "./sqlite-ledger-row.ts";
import { createScopeStatements, createStatements } from "./sqlite-statements.ts";
import type { SqliteStatements } from "./sqlite-statements.ts";

/** Whose checkpoints these are: one file may hold several, and none sees the others. */
export interface CheckpointScope {
  /** Lower-case storage account name. */
  readonly account: string;
  readonly container: string;
  /** Tells several destinations of one container apart. */
  readonly checkpointName: string;
}

export interface SqliteStoreOptions extends SqliteDatabaseOptions {
  readonly scope: CheckpointScope;
}

/**
 * Opens the store at `path` for one scope, and holds its lock until it is closed. Throws
 * - CHECKPOINT_LOCKED, at once, when another process has it open;
 * - CHECKPOINT_UNKNOWN_FORMAT, with the file untouched, when it was written by another version or
 *   another program;
 * - CHECKPOINT_UNAVAILABLE when it lies on a network file system, cannot be read or written, or
 *   when `mustExist` is set and the store does not know the scope yet.
 */
export async function openSqliteCheckpointStore(
  options: SqliteStoreOptions,
): Promise<CheckpointStore> {
  try {
    const opened = await openSqliteDatabase(options);
    try {
      const scopeId = enterScope(opened, options);
      return new SqliteCheckpointStore(opened, scopeId);
    } catch (error) {
      opened.database.close();
      opened.lock.release();
      throw error;
    }
  } catch (error) {
    throw toCheckpointError(error, options.path);
  }
}

/**
 * Row id of the scope; it is added unless it must exist. A scope exists once its start is resolved.
 */
function enterScope({ database, path }: LockedDatabase, options: SqliteStoreOptions): number {
  const { enterScope, readScope } = createScopeStatements(database);
  const values = { ...options.scope };
  const known = readScope.get(values);
  if (options.mustExist && typeof known?.["start_hour_ms"] !== "number") {
    const { account, container, checkpointName } = options.scope;
    throw noStore(path, `no checkpoint "${checkpointName}" of ${account}/${container}`);
  }
  return Number((known ?? enterScope.get(values))?.["id"]);
}

class SqliteCheckpointStore implements CheckpointStore {
  readonly #opened: LockedDatabase;
  readonly #scopeId: number;
  readonly #statements: SqliteStatements;

  constructor(opened: LockedDatabase, scopeId: number) {
    this.#opened = opened;
    this.#scopeId = scopeId;
    this.#statements = createStatements(opened.database);
  }

  resolveStart(proposedHourMs: number): Promise<{ startHourMs: number; isFresh: boolean }> {
    return this.#transact(() => {
      if (!isWholeHour(proposedHourMs)) {
        throw new ConnectorError("INTERNAL", `${proposedHourMs} is no whole hour to start at`);
      }
      const scopeId = this.#scopeId;
      const isFresh = this.#statements.proposeStart.run({ scopeId, proposedHourMs }).changes > 0;
      const row = this.#statements.readStart.get({ scopeId });
      return { startHourMs: Number(row?.["start_hour_ms"]), isFresh };
    });
  }

  load(resourceKey: string): Promise<LoadedCheckpoint | undefined> {
    return this.#attempt(() => {
      const scopeId = this.#scopeId;
      const row = this.#statements.readResource.get({ scopeId, resourceKey });
      if (row === undefined) return undefined;
      const checkpoint = decodeCheckpoint(String(row["checkpoint"]), resourceKey);
      return { checkpoint, version: String(row["version"]) };
    });
  }

  save(changes: readonly CheckpointChange[]): Promise<SaveOutcome[]> {
    return this.#transact(() => {
      const { path, isInPlace } = this.#opened;
      // Writing goes on into a deleted file, and nobody would find there what was saved.
      if (!isInPlace()) throw movedAway(path);
      return changes.map((change) => this.#saveOne(change));
    });
  }

  findClosed(resourceKey: string, names: readonly string[]): Promise<ClosedBlob[]> {
    return this.#attempt(() => {
      const scopeId = this.#scopeId;
      const resourceId = this.#statements.readResource.get({ scopeId, resourceKey })?.["id"];
      if (resourceId === undefined) return [];
      return names.flatMap((name) => this.#findNewest(Number(resourceId), resourceKey, name));
    });
  }

  close(): Promise<void> {
    return this.#attempt(() => {
      const { database, lock } = this.#opened;
      try {
        if (database.isOpen) database.close();
      } finally {
        lock.release();
      }
    });
  }

  /**
   * Writes the row if it is at the expected version, and the ledger entries only together with it.
   */
  #saveOne({ resourceKey, checkpoint, version, closed }: CheckpointChange): SaveOutcome {
    const document = encodeCheckpoint(checkpoint, resourceKey);
    const scopeId = this.#scopeId;
    const { insertResource, updateResource } = this.#statements;
    const row =
      version === undefined
        ? insertResource.get({ scopeId, resourceKey, document })
        : updateResource.get({ scopeId, resourceKey, document, version: Number(version) });
    if (row === undefined) return { kind: "conflict" };
    for (const blob of closed) this.#appendClosed(Number(row["id"]), resourceKey, blob);
    return { kind: "saved", version: String(row["version"]) };
  }

  #appendClosed(
    resourceId: number,
    resourceKey: string,
    { counts, name, isEnded, ...rest }: ClosedBlob,
  ): void {
    const blobName = nameUnder(resourceKey, name);
    const flags = { isEnded: isEnded ? 1 : 0 };
    this.#statements.appendClosed.run({ resourceId, blobName, ...rest, ...flags, ...counts });
  }

  #findNewest(resourceId: number, resourceKey: string, name: string): ClosedBlob[] {
    const blobName = nameUnder(resourceKey, name);
    const row = this.#statements.findNewestClosed.get({ resourceId, blobName });
    if (row === undefined) return [];
    return [toClosedBlob(name, row)];
  }

  #transact<T>(work: () => T): Promise<T> {
    return this.#attempt(() => {
      const { database } = this.#opened;
      database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        // A full disk makes SQLite roll back by itself.
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  /** Runs blocking work as a promise and translates what it throws. */
  #attempt<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      try {
        resolve(work());
      } catch (error) {
        reject(toCheckpointError(error, this.#opened.path));
      }
    });
  }
}

function movedAway(path: string): ConnectorError {
  const what = "its file was deleted, moved or replaced while this process has it open";
  return new ConnectorError(
    "CHECKPOINT_UNAVAILABLE",
    `checkpoint store ${path}: ${what}. Put it back: nothing can be saved before`,
    { isRetryable: true },
  );
}

/** A blob's name without its resource's prefix, as the ledger keeps it. */
function nameUnder(resourceKey: string, name: string): string {
  if (name.startsWith(resourceKey)) return name.slice(resourceKey.length);
  throw new ConnectorError("INTERNAL", `blob ${name} is not one of ${resourceKey}`);
}
