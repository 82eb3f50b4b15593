// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isBusy, toCheckpointError } from "../../../src/checkpoint/sqlite-errors.ts";
import { ConnectorError } from "../../../src/errors.ts";

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sqlite-errors-"));
  path = join(directory, "checkpoint.db");
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** The error that SQLite itself throws. */
function errorOf(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("errors of SQLite", () => {
  it("says that the disk is full, and that it may pass", () => {
    using database = new DatabaseSync(path);
    database.exec("CREATE TABLE t (x TEXT); PRAGMA max_page_count = 2");
    const full = errorOf(() => {
      database.exec("INSERT INTO t VALUES (zeroblob(100000))");
    });
    const error = toCheckpointError(full, path);
    expect(error).toMatchObject({ code: "CHECKPOINT_UNAVAILABLE", isRetryable: true });
    expect(error.message).toContain(`${path}: the disk is full`);
    expect(error.cause).toBe(full);
  });

  it("says that the store cannot be written", () => {
    new DatabaseSync(path).close();
    using database = new DatabaseSync(path, { readOnly: true });
    const readOnly = errorOf(() => {
      database.exec("CREATE TABLE t (x TEXT)");
    });
    expect(toCheckpointError(readOnly, path)).toMatchObject({
      code: "CHECKPOINT_UNAVAILABLE",
      isRetryable: true,
      message: expect.stringContaining("cannot be written") as string,
    });
  });

  it("recognises a lock of another connection", () => {
    using holder = new DatabaseSync(path);
    holder.exec("BEGIN EXCLUSIVE");
    using other = new DatabaseSync(path, { timeout: 0 });
    const busy = errorOf(() => {
      other.exec("BEGIN EXCLUSIVE");
    });
    expect(isBusy(busy)).toBe(true);
    expect(toCheckpointError(busy, path)).toMatchObject({ isRetryable: true });
  });

  it("does not call a file of another kind unavailable", async () => {
    await writeFile(path, "text ".repeat(1_000));
    using database = new DatabaseSync(path);
    const notOurs = errorOf(() => {
      database.prepare("PRAGMA user_version").get();
    });
    expect(isBusy(notOurs)).toBe(false);
    expect(toCheckpointError(notOurs, path).code).toBe("CHECKPOINT_UNKNOWN_FORMAT");
  });

  it("keeps a ConnectorError and wraps everything else", () => {
    const own = new ConnectorError("INTERNAL", "a bug");
    expect(toCheckpointError(own, path)).toBe(own);
    expect(toCheckpointError("odd", path)).toMatchObject({
      code: "CHECKPOINT_UNAVAILABLE",
      isRetryable: false,
    });
  });
});
