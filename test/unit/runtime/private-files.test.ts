// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createPrivateDirectory,
  ensurePrivateFile,
  hasErrorCode,
  syncDirectory,
} from "../../../src/runtime/private-files.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "private-files-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

describe("private directories", () => {
  it("are created with their parents, 0700", async () => {
    const deep = join(directory, "a", "b", "c");
    await createPrivateDirectory(deep);
    expect(await modeOf(join(directory, "a"))).toBe("700");
    expect(await modeOf(join(directory, "a", "b"))).toBe("700");
    expect(await modeOf(deep)).toBe("700");
  });

  it("are left as they are when they exist", async () => {
    const mounted = join(directory, "mounted");
    await mkdir(mounted);
    await chmod(mounted, 0o755);
    await createPrivateDirectory(join(mounted, "inner"));
    await createPrivateDirectory(mounted);
    expect(await modeOf(mounted)).toBe("755");
  });

  it("pass on why they cannot be created", async () => {
    await writeFile(join(directory, "file"), "");
    const failing = createPrivateDirectory(join(directory, "file", "inner"));
    await expect(failing).rejects.toThrow("ENOTDIR");
    await expect(syncDirectory(join(directory, "missing"))).rejects.toThrow("ENOENT");
  });
});

describe("private files", () => {
  it("are created empty, 0600", async () => {
    const path = join(directory, "new");
    await ensurePrivateFile(path);
    expect(await modeOf(path)).toBe("600");
    expect(await readFile(path, "utf8")).toBe("");
  });

  it("keep their content and lose other people's access when they exist", async () => {
    const path = join(directory, "old");
    await writeFile(path, "content");
    await chmod(path, 0o644);
    await ensurePrivateFile(path);
    expect(await modeOf(path)).toBe("600");
    expect(await readFile(path, "utf8")).toBe("content");
  });

  it("keep a stricter mode", async () => {
    const path = join(directory, "strict");
    await writeFile(path, "");
    await chmod(path, 0o400);
    await ensurePrivateFile(path);
    expect(await modeOf(path)).toBe("400");
  });
});

describe("hasErrorCode", () => {
  it("knows a system error by its code, and nothing else", () => {
    expect(hasErrorCode(Object.assign(new Error("x"), { code: "ENOENT" }), "ENOENT")).toBe(true);
    expect(hasErrorCode(new Error("ENOENT"), "ENOENT")).toBe(false);
    expect(hasErrorCode("ENOENT", "ENOENT")).toBe(false);
  });
});
