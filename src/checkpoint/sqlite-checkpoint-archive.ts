// SPDX-License-Identifier: Apache-2.0
/**
 * The SQLite checkpoint store for readers. Opened read-only and without the writer's lock, so it works while a connector
 * runs; nothing is created, upgraded or written. Every page of rows is a read transaction of its own: one that lasted as
 * long as a look through years of blobs would keep the writer's log from being folded in, and it would grow all the while.
 */
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import { ConnectorError } from "../errors.ts";
import type { ArchivedResource, CheckpointArchive } from "./checkpoint-archive.ts";
import { decodeCheckpoint } from "./checkpoint-format.ts";
import type { ClosedBlob, ResourceCheckpoint } from "./checkpoint-store.ts";
import type { CheckpointScope } from "./sqlite-checkpoint-store.ts";
import { toCheckpointError } from "./sqlite-errors.ts";
import { toClosedBlob } from "./sqlite-ledger-row.ts";
import { inspectStore } from "./sqlite-inspection.ts";

/** How long a reader waits while the writer folds its log in. */
const BUSY_TIMEOUT_MS = 2_000;
const PAGE_ROWS = 500;

/**
 * Opens the store at `path` for one scope. Throws CHECKPOINT_UNAVAILABLE when there is no store or no such scope in it,
 * or when it cannot be read; CHECKPOINT_UNKNOWN_FORMAT for a store of another version or another program's file.
 */
export async function openSqliteCheckpointArchive(options: {
  readonly path: string;
  readonly scope: CheckpointScope;
}): Promise<CheckpointArchive> {
  const path = resolve(options.path);
  try {
    if ((await inspectStore(path)) === "none") throw nothingAt(path, "no checkpoint store");
    const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      return new SqliteCheckpointArchive(database, path, findScope(database, path, options.scope));
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw toCheckpointError(error, path);
  }
}

function nothingAt(path: string, what: string): ConnectorError {
  const message = `there is ${what} at ${path}: name the path and the container that the connector uses`;
  return new ConnectorError("CHECKPOINT_UNAVAILABLE", message);
}

function findScope(database: DatabaseSync, path: string, scope: CheckpointScope): number {
  const row = database
    .prepare(
      `SELECT id FROM scope
       WHERE account = :account AND container = :container AND checkpoint_name = :checkpointName`,
    )
    .get({ ...scope });
  if (row !== undefined) return Number(row["id"]);
  const { account, container, checkpointName } = scope;
  throw nothingAt(path, `no checkpoint "${checkpointName}" of ${account}/${container}`);
}

const SQL = {
  start: `SELECT start_hour_ms FROM scope WHERE id = :scopeId`,
  resources: `
    SELECT resource_key, checkpoint FROM resource
    WHERE scope_id = :scopeId AND resource_key > :after ORDER BY resource_key LIMIT :limit`,
  resource: `
    SELECT id, checkpoint FROM resource
    WHERE scope_id = :scopeId AND resource_key = :resourceKey`,
  ledger: `
    SELECT * FROM ledger
    WHERE resource_id = :resourceId AND (blob_name, entry) > (:name, :entry)
    ORDER BY blob_name, entry LIMIT :limit`,
  newest: `
    SELECT * FROM ledger WHERE resource_id = :resourceId AND blob_name = :name
    ORDER BY entry DESC LIMIT 1`,
} as const;

type Row = Record<string, unknown>;

class SqliteCheckpointArchive implements CheckpointArchive {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #scopeId: number;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, path: string, scopeId: number) {
    this.#database = database;
    this.#path = path;
    this.#scopeId = scopeId;
  }

  async start(): Promise<number | undefined> {
    const [row] = await this.#rows("start", { scopeId: this.#scopeId });
    const start = row?.["start_hour_ms"];
    return typeof start === "number" ? start : undefined;
  }

  async *resources(): AsyncGenerator<ArchivedResource> {
    let after = "";
    for (;;) {
      const place = { scopeId: this.#scopeId, after, limit: PAGE_ROWS };
      const page = await this.#rows("resources", place);
      for (const row of page) {
        const resourceKey = String(row["resource_key"]);
        yield { resourceKey, checkpoint: decodeCheckpoint(String(row["checkpoint"]), resourceKey) };
        after = resourceKey;
      }
      if (page.length < PAGE_ROWS) return;
    }
  }

  async load(resourceKey: string): Promise<ResourceCheckpoint | undefined> {
    const row = await this.#resource(resourceKey);
    return row && decodeCheckpoint(String(row["checkpoint"]), resourceKey);
  }

  async *ledger(resourceKey: string): AsyncGenerator<ClosedBlob> {
    const resourceId = Number((await this.#resource(resourceKey))?.["id"] ?? -1);
    let [name, entry] = ["", 0];
    for (;;) {
      const page = await this.#rows("ledger", { resourceId, name, entry, limit: PAGE_ROWS });
      for (const row of page) {
        [name, entry] = [String(row["blob_name"]), Number(row["entry"])];
        yield toClosedBlob(resourceKey + name, row);
      }
      if (page.length < PAGE_ROWS) return;
    }
  }

  async findClosed(resourceKey: string, names: readonly string[]): Promise<ClosedBlob[]> {
    const resourceId = Number((await this.#resource(resourceKey))?.["id"] ?? -1);
    const found: ClosedBlob[] = [];
    for (const name of names) {
      const place = { resourceId, name: name.slice(resourceKey.length) };
      for (const row of await this.#rows("newest", place)) found.push(toClosedBlob(name, row));
    }
    return found;
  }

  async close(): Promise<void> {
    await this.#attempt(() => {
      if (this.#database.isOpen) this.#database.close();
    });
  }

  async #resource(resourceKey: string): Promise<Row | undefined> {
    return (await this.#rows("resource", { scopeId: this.#scopeId, resourceKey }))[0];
  }

  #rows(name: keyof typeof SQL, values: Record<string, string | number>): Promise<Row[]> {
    return this.#attempt(() => {
      const statement = this.#statements.get(name) ?? this.#database.prepare(SQL[name]);
      this.#statements.set(name, statement);
      return statement.all(values);
    });
  }

  /** Runs blocking work as a promise and translates what it throws. */
  #attempt<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      try {
        resolve(work());
      } catch (error) {
        reject(toCheckpointError(error, this.#path));
      }
    });
  }
}
