// SPDX-License-Identifier: Apache-2.0
/** What only the file sink promises; the rest stands in the contract suite. */
import { readFile, rm, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeDeadLetter } from "../../../src/dead-letter/dead-letter-entry.ts";
import { DeadLetterDirectory, FaultyFiles } from "../../support/dead-letter-directory.ts";
import { sampleDeadLetter } from "../../support/dead-letter-samples.ts";

const ENTRY_BYTES = encodeDeadLetter(sampleDeadLetter(0), 0).length;

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

describe("file dead-letter sink: files", () => {
  it("creates its directory 0700 and, only once there is an entry, a file 0600", async () => {
    await using directory = await DeadLetterDirectory.create();
    const sink = await directory.open();
    expect(await modeOf(directory.path)).toBe("700");
    expect(await directory.files()).toEqual([]);
    await sink.write([sampleDeadLetter(0)]);
    const files = await directory.files();
    expect(files).toEqual(["dead-letters-20260115T103000Z-0001.ndjson"]);
    expect(await modeOf(join(directory.path, files[0]!))).toBe("600");
  });

  it("begins a new file in each run and leaves a torn line as the crash left it", async () => {
    await using directory = await DeadLetterDirectory.create();
    const crashed = await directory.open();
    await crashed.write([sampleDeadLetter(0)]);
    await crashed.close();
    const [first] = await directory.files();
    const torn = (await readFile(join(directory.path, first!), "utf8")) + '{"version":1,"rea';
    await writeFile(join(directory.path, first!), torn);

    const next = await directory.open();
    await next.write([sampleDeadLetter(1)]);
    expect(await readFile(join(directory.path, first!), "utf8")).toBe(torn);
    expect(await directory.entries()).toEqual([sampleDeadLetter(0), sampleDeadLetter(1)]);
  });

  it("begins a new file after a failed write, so that a torn line spoils no other", async () => {
    await using directory = await DeadLetterDirectory.create();
    const files = new FaultyFiles();
    const sink = await directory.open({ createFile: files.create });
    await sink.write([sampleDeadLetter(0)]);
    files.failAfterBytes = 40;
    await expect(sink.write([sampleDeadLetter(1)])).rejects.toThrow("no space left");
    await sink.write([sampleDeadLetter(1)]);
    expect(await directory.entries()).toEqual([sampleDeadLetter(0), sampleDeadLetter(1)]);
    expect(files.steps).toEqual(["create", "append", "fail", "close", "create", "append"]);
  });

  it("begins a new file before one would pass its size, and splits no write", async () => {
    await using directory = await DeadLetterDirectory.create();
    const sink = await directory.open({ maxFileBytes: 2 * ENTRY_BYTES });
    const entries = [0, 1, 2, 3, 4, 5].map((start) => sampleDeadLetter(start));
    await sink.write(entries.slice(0, 1));
    await sink.write(entries.slice(1, 2));
    await sink.write(entries.slice(2, 5));
    await sink.write(entries.slice(5));
    expect(await directory.files()).toHaveLength(3);
    expect(await directory.entries()).toEqual(entries);
  });

  it("keeps entries again when their file was deleted under it", async () => {
    await using directory = await DeadLetterDirectory.create();
    const sink = await directory.open();
    await sink.write([sampleDeadLetter(0)]);
    for (const name of await directory.files()) await unlink(join(directory.path, name));
    await sink.write([sampleDeadLetter(1)]);
    expect(await directory.entries()).toEqual([sampleDeadLetter(1)]);
    await rm(directory.path, { recursive: true });
    await sink.write([sampleDeadLetter(2)]);
    expect(await directory.entries()).toEqual([sampleDeadLetter(2)]);
  });

  it("says DEAD_LETTER_UNAVAILABLE when the directory cannot be one", async () => {
    await using directory = await DeadLetterDirectory.create();
    await writeFile(directory.path, "a file");
    await expect(directory.open()).rejects.toMatchObject({ code: "DEAD_LETTER_UNAVAILABLE" });
    await rm(directory.path);
  });
});

describe("file dead-letter sink: size limit", () => {
  it("writes nothing beyond the limit, drops nothing, and goes on once there is room", async () => {
    await using directory = await DeadLetterDirectory.create();
    const sink = await directory.open({ maxTotalBytes: 2 * ENTRY_BYTES });
    await sink.write([sampleDeadLetter(0)]);
    await sink.write([sampleDeadLetter(1)]);
    await expect(sink.write([sampleDeadLetter(2)])).rejects.toThrow(
      /DEAD_LETTER_UNAVAILABLE.* do not fit: /,
    );
    expect(await directory.entries()).toEqual([sampleDeadLetter(0), sampleDeadLetter(1)]);
    for (const name of await directory.files()) await unlink(join(directory.path, name));
    await sink.write([sampleDeadLetter(2)]);
    expect(await directory.entries()).toEqual([sampleDeadLetter(2)]);
  });

  it("counts what earlier runs left", async () => {
    await using directory = await DeadLetterDirectory.create();
    const first = await directory.open();
    await first.write([sampleDeadLetter(0)]);
    await first.close();
    const second = await directory.open({ maxTotalBytes: 2 * ENTRY_BYTES - 1 });
    await expect(second.write([sampleDeadLetter(1)])).rejects.toThrow("do not fit");
  });

  it("warns once above 80 %, and again only after it fell below", async () => {
    await using directory = await DeadLetterDirectory.create();
    const warnings: number[] = [];
    const maxTotalBytes = 5 * ENTRY_BYTES;
    const onNearlyFull = ({ usedBytes }: { usedBytes: number }): void => {
      warnings.push(usedBytes / ENTRY_BYTES);
    };
    const sink = await directory.open({ maxTotalBytes, onNearlyFull, maxFileBytes: 1 });
    for (let start = 0; start < 4; start++) await sink.write([sampleDeadLetter(start)]);
    expect(warnings).toEqual([]);
    await sink.write([sampleDeadLetter(4)]);
    expect(warnings).toEqual([5]);
    await expect(sink.write([sampleDeadLetter(5)])).rejects.toThrow("do not fit");
    expect(warnings).toEqual([5]);

    for (const name of await directory.files()) await unlink(join(directory.path, name));
    for (let start = 0; start < 5; start++) await sink.write([sampleDeadLetter(start)]);
    expect(warnings).toEqual([5, 5]);
    await directory.open({ maxTotalBytes, onNearlyFull });
    expect(warnings).toEqual([5, 5, 5]);
  });
});
