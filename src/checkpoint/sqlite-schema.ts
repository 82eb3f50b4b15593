// SPDX-License-Identifier: Apache-2.0
/**
 * Tables of the SQLite checkpoint store, and what may be opened as one. The version stands in
 * `PRAGMA user_version`, the program's mark in `PRAGMA application_id`, so that neither a newer
 * store nor somebody else's database is touched.
 *
 * One file holds several scopes (account, container, checkpoint name). The ledger keeps blob names
 * without the resource's prefix: a thousand resources close nine million blobs a year, and names
 * would be most of the file.
 */
import { DatabaseSync } from "node:sqlite";
import { ConnectorError } from "../errors.ts";

/** Raised when an older program would misread or damage the tables. */
export const SCHEMA_VERSION = 2;
/** Its ledger knows JSON Lines in append blobs only. */
const LINES_ONLY_VERSION = 1;
/** "HSMA" */
const APPLICATION_ID = 0x48534d41;

/** What version 2 added. Entries of version 1 are JSON Lines, in blobs that were created once. */
const LEDGER_OF_VERSION_2 = `
  ALTER TABLE ledger ADD COLUMN framing TEXT NOT NULL DEFAULT 'json-lines';
  ALTER TABLE ledger ADD COLUMN trailer_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE ledger ADD COLUMN last_created_at_ms INTEGER;
  ALTER TABLE ledger ADD COLUMN is_ended INTEGER NOT NULL DEFAULT 0;
`;

const TABLES = `
  CREATE TABLE scope (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    container TEXT NOT NULL,
    checkpoint_name TEXT NOT NULL,
    start_hour_ms INTEGER,
    UNIQUE (account, container, checkpoint_name)
  ) STRICT;

  CREATE TABLE resource (
    id INTEGER PRIMARY KEY,
    scope_id INTEGER NOT NULL REFERENCES scope (id),
    resource_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    checkpoint TEXT NOT NULL,
    UNIQUE (scope_id, resource_key)
  ) STRICT;

  CREATE TABLE ledger (
    resource_id INTEGER NOT NULL REFERENCES resource (id),
    blob_name TEXT NOT NULL,
    entry INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    length INTEGER NOT NULL,
    crc32 INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    uncertain INTEGER NOT NULL,
    dead_lettered INTEGER NOT NULL,
    filtered INTEGER NOT NULL,
    closed_at_ms INTEGER NOT NULL,
    PRIMARY KEY (resource_id, blob_name, entry)
  ) STRICT, WITHOUT ROWID;

  ${LEDGER_OF_VERSION_2}

  CREATE TRIGGER ledger_is_append_only BEFORE UPDATE ON ledger
  BEGIN SELECT RAISE (ABORT, 'the ledger is append-only'); END;

  CREATE TABLE writer (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    process_id INTEGER
  ) STRICT;
`;

/**
 * Says whether the file is a store of this version, or of an older one that can be brought up to date, through a
 * read-only connection.
 * Throws CHECKPOINT_UNKNOWN_FORMAT for a store of another version and for a database of another
 * program.
 */
export function inspectSchema(path: string): "known" | "older" {
  using database = new DatabaseSync(path, { readOnly: true });
  const version = readInteger(database, "PRAGMA user_version");
  const applicationId = readInteger(database, "PRAGMA application_id");
  if (applicationId !== APPLICATION_ID) {
    throw new ConnectorError(
      "CHECKPOINT_UNKNOWN_FORMAT",
      `${path} is not a checkpoint store: it is a database of another program`,
    );
  }
  if (version === SCHEMA_VERSION) return "known";
  if (version === LINES_ONLY_VERSION) return "older";
  throw new ConnectorError(
    "CHECKPOINT_UNKNOWN_FORMAT",
    `checkpoint store ${path} has format version ${version}, this program knows ` +
      `${SCHEMA_VERSION}: run the version that wrote it, or a newer one`,
  );
}

/** Creates the tables in an empty database, all of them or none. SQLite's errors pass through. */
export function createSchema(database: DatabaseSync): void {
  database.exec(`
    BEGIN IMMEDIATE;
    ${TABLES}
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${SCHEMA_VERSION};
    COMMIT;
  `);
}

/** Brings a store of an older version up to date, or leaves it as it was. SQLite's errors pass through. */
export function upgradeSchema(database: DatabaseSync): void {
  database.exec(`
    BEGIN IMMEDIATE;
    ${LEDGER_OF_VERSION_2}
    PRAGMA user_version = ${SCHEMA_VERSION};
    COMMIT;
  `);
}

/** Process id of the last writer, for a message; undefined when it cannot be learned. */
export function readWriter(path: string): number | undefined {
  try {
    using database = new DatabaseSync(path, { readOnly: true });
    return readInteger(database, "SELECT process_id FROM writer");
  } catch {
    // Only a hint in a message about the lock; that message matters more than why the hint is
    // missing.
    return undefined;
  }
}

function readInteger(database: DatabaseSync, sql: string): number | undefined {
  const row = database.prepare(sql).get();
  const value = row === undefined ? undefined : Object.values(row)[0];
  return typeof value === "number" ? value : undefined;
}
