// SPDX-License-Identifier: Apache-2.0
/**
 * Every statement that the SQLite checkpoint store runs on its tables, prepared once when it is
 * opened.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";

const SQL = {
  proposeStart: `
    UPDATE scope SET start_hour_ms = :proposedHourMs
    WHERE id = :scopeId AND start_hour_ms IS NULL`,
  readStart: `SELECT start_hour_ms FROM scope WHERE id = :scopeId`,
  readResource: `
    SELECT id, version, checkpoint FROM resource
    WHERE scope_id = :scopeId AND resource_key = :resourceKey`,
  /** Returns no row when the resource exists. */
  insertResource: `
    INSERT INTO resource (scope_id, resource_key, version, checkpoint)
    VALUES (:scopeId, :resourceKey, 1, :document)
    ON CONFLICT DO NOTHING
    RETURNING id, version`,
  /** Returns no row when the resource is unknown or at another version. */
  updateResource: `
    UPDATE resource SET version = version + 1, checkpoint = :document
    WHERE scope_id = :scopeId AND resource_key = :resourceKey AND version = :version
    RETURNING id, version`,
  appendClosed: `
    INSERT INTO ledger (
      resource_id, blob_name, entry, created_at_ms, last_created_at_ms, length, crc32, framing,
      trailer_bytes, is_ended, delivered, uncertain, dead_lettered, filtered, closed_at_ms)
    VALUES (
      :resourceId, :blobName,
      1 + coalesce((
        SELECT max(entry) FROM ledger WHERE resource_id = :resourceId AND blob_name = :blobName
      ), 0),
      :createdAtMs, :lastCreatedAtMs, :length, :crc32, :framing, :trailerBytes, :isEnded,
      :delivered, :uncertain, :deadLettered, :filtered, :closedAtMs)`,
  findNewestClosed: `
    SELECT * FROM ledger WHERE resource_id = :resourceId AND blob_name = :blobName
    ORDER BY entry DESC LIMIT 1`,
} as const;

export type SqliteStatements = Readonly<Record<keyof typeof SQL, StatementSync>>;

/** Prepares all statements on a database that holds the tables. */
export function createStatements(database: DatabaseSync): SqliteStatements {
  const prepare = (name: keyof typeof SQL): StatementSync => database.prepare(SQL[name]);
  return {
    proposeStart: prepare("proposeStart"),
    readStart: prepare("readStart"),
    readResource: prepare("readResource"),
    insertResource: prepare("insertResource"),
    updateResource: prepare("updateResource"),
    appendClosed: prepare("appendClosed"),
    findNewestClosed: prepare("findNewestClosed"),
  };
}

/** The two statements that find or add the scope, before there is one. */
export function createScopeStatements(
  database: DatabaseSync,
): Readonly<Record<"readScope" | "enterScope", StatementSync>> {
  return {
    readScope: database.prepare(`
      SELECT id, start_hour_ms FROM scope
      WHERE account = :account AND container = :container AND checkpoint_name = :checkpointName`),
    enterScope: database.prepare(`
      INSERT INTO scope (account, container, checkpoint_name)
      VALUES (:account, :container, :checkpointName) RETURNING id`),
  };
}
