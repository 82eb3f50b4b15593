// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rename, rm, stat, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAppendFile } from "../../../src/dead-letter/append-file.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "append-file-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe("append file", () => {
  it("grows by what is appended, and is 0600", async () => {
    const path = join(directory, "file");
    const file = await createAppendFile(path);
    await file.appendDurably(Buffer.from("one\n"));
    await file.appendDurably(Buffer.from("two\n"));
    expect(await readFile(path, "utf8")).toBe("one\ntwo\n");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await file.close();
  });

  it("is never an existing file, nor one behind a link", async () => {
    const existing = join(directory, "existing");
    await writeFile(existing, "evidence");
    const link = join(directory, "link");
    await symlink(join(directory, "elsewhere"), link);
    await expect(createAppendFile(existing)).rejects.toMatchObject({ code: "EEXIST" });
    await expect(createAppendFile(link)).rejects.toMatchObject({ code: "EEXIST" });
    expect(await readFile(existing, "utf8")).toBe("evidence");
  });

  it("notices that it was deleted", async () => {
    const path = join(directory, "file");
    const file = await createAppendFile(path);
    expect(await file.isInPlace()).toBe(true);
    await unlink(path);
    expect(await file.isInPlace()).toBe(false);
    await file.close();
  });

  it("notices that it was renamed, even where another file has its name now", async () => {
    const path = join(directory, "file");
    const file = await createAppendFile(path);
    await rename(path, join(directory, "taken"));
    expect(await file.isInPlace()).toBe(false);
    await writeFile(path, "another");
    expect(await file.isInPlace()).toBe(false);
    await file.close();
  });
});
