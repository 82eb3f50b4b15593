// SPDX-License-Identifier: Apache-2.0
/** A row of the SQLite ledger as a ledger entry (pure). Rows of the first version of the tables are read too. */
import type { ClosedBlob } from "./checkpoint-store.ts";

/** `name` is the blob's whole name: the ledger keeps it without the resource's prefix. */
export function toClosedBlob(name: string, row: Readonly<Record<string, unknown>>): ClosedBlob {
  const integer = (column: string): number => Number(row[column]);
  return {
    name,
    createdAtMs: integer("created_at_ms"),
    lastCreatedAtMs: Number(row["last_created_at_ms"] ?? row["created_at_ms"]),
    length: integer("length"),
    crc32: integer("crc32"),
    // The first version knew JSON Lines in blobs that were created once, and had no columns for anything else.
    framing: (row["framing"] ?? "json-lines") as ClosedBlob["framing"],
    trailerBytes: Number(row["trailer_bytes"] ?? 0),
    isEnded: row["is_ended"] === 1,
    counts: {
      delivered: integer("delivered"),
      uncertain: integer("uncertain"),
      deadLettered: integer("dead_lettered"),
      filtered: integer("filtered"),
    },
    closedAtMs: integer("closed_at_ms"),
  };
}
