// SPDX-License-Identifier: Apache-2.0
/**
 * Looks at a checkpoint store before its first byte is written, through a read-only connection.
 *
 * A damaged store is refused and left as it is, for whoever restores it. To begin anew instead would skip everything
 * that was not delivered before the configured start, and a cursor that was misread would skip records too. An empty
 * file counts as damaged: a store gets its name only when it is whole (`createStore`), so an empty one was cut off, or is
 * somebody else's. A write-ahead log without its store is refused as well: SQLite would delete it.
 */
import { stat } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { ConnectorError } from "../errors.ts";
import { hasErrorCode } from "../runtime/private-files.ts";
import { decodeCheckpoint } from "./checkpoint-format.ts";
import { damaged } from "./sqlite-errors.ts";
import { inspectSchema } from "./sqlite-schema.ts";

/** SQLite checks 250 to 300 MB a second; in a larger store the ledger is left out, the cursors never. */
const WHOLE_CHECK_MAX_BYTES = 256 * 1024 * 1024;

/** SQLite takes a file that ends before its header does for a new one. */
const HEADER_BYTES = 100;

export interface InspectionLimits {
  readonly wholeCheckMaxBytes?: number;
}

/**
 * Says whether there is a store, and of which version. Throws CHECKPOINT_UNAVAILABLE when it is damaged,
 * CHECKPOINT_UNKNOWN_FORMAT when another version or another program wrote it; SQLite's errors pass through.
 */
export async function inspectStore(
  path: string,
  { wholeCheckMaxBytes = WHOLE_CHECK_MAX_BYTES }: InspectionLimits = {},
): Promise<"known" | "older" | "none"> {
  const bytes = await sizeOf(path);
  if (bytes === undefined) {
    const logBytes = await sizeOf(`${path}-wal`);
    if (logBytes === undefined || logBytes === 0) return "none";
    throw damaged(path, "its file is gone, and its write-ahead log (-wal) is still there");
  }
  if (bytes < HEADER_BYTES) {
    throw damaged(path, bytes === 0 ? "its file is empty" : `of its file ${bytes} bytes are left`);
  }
  const version = inspectSchema(path);
  using database = new DatabaseSync(path, { readOnly: true });
  refuseBrokenPages(
    database,
    path,
    bytes <= wholeCheckMaxBytes ? undefined : ["scope", "resource"],
  );
  refuseGarbledCheckpoints(database, path);
  return version;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    if (found.isFile()) return found.size;
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return undefined;
    throw error;
  }
  throw new ConnectorError(
    "CHECKPOINT_UNAVAILABLE",
    `checkpoint store ${path} is not a file: name a file as the checkpoint path`,
  );
}

/** The structure of the tables, or of all there is. */
function refuseBrokenPages(
  database: DatabaseSync,
  path: string,
  tables: readonly string[] | undefined,
): void {
  const checks = tables?.map((table) => `PRAGMA quick_check('${table}')`);
  for (const check of checks ?? ["PRAGMA quick_check(1)"]) {
    const [finding] = Object.values(database.prepare(check).get() ?? {});
    // Several lines long, with page numbers that help nobody here.
    if (finding !== "ok") throw damaged(path, String(finding).split("\n").at(-1));
  }
}

/** What SQLite takes for a text need not be a checkpoint. Other versions' documents are named as such. */
function refuseGarbledCheckpoints(database: DatabaseSync, path: string): void {
  const rows = database.prepare("SELECT resource_key, checkpoint FROM resource").iterate();
  for (const { resource_key: resourceKey, checkpoint } of rows) {
    try {
      decodeCheckpoint(String(checkpoint), String(resourceKey));
    } catch (error) {
      const { code, message } = ConnectorError.from(error);
      if (code !== "CHECKPOINT_UNAVAILABLE") throw error;
      throw damaged(path, message.slice(`${code}: `.length), error);
    }
  }
}
