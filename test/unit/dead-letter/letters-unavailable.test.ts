// SPDX-License-Identifier: Apache-2.0
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LetterDirectory } from "../../../src/dead-letter/letter-directory.ts";
import { deadLettersUnavailable } from "../../../src/dead-letter/letters-unavailable.ts";
import { openDeadLetterArchive } from "../../../src/dead-letter/place-archive.ts";
import { DeadLetterDirectory } from "../../support/dead-letter-directory.ts";
import { sampleDeadLetter } from "../../support/dead-letter-samples.ts";
import { storedLetters } from "../../support/stored-letters.ts";

describe("a place that cannot be used", () => {
  it.each([
    ["EROFS", "it is on a read-only file system: mount it for writing"],
    ["EACCES", "check the owner, the mode and the mount"],
    ["EPERM", "check the owner, the mode and the mount"],
    ["ENOSPC", "the disk is full: make room there"],
    ["EDQUOT", "the disk is full: make room there"],
    ["EIO", "the disk reports an error"],
    ["EMFILE", "ulimit -n"],
  ])("says of %s in plain words what to do, and the system's own words", (code, advice) => {
    const reason = Object.assign(new Error(`${code}: own words`), { code });
    const error = deadLettersUnavailable("/var/letters", reason);
    expect(error).toMatchObject({ code: "DEAD_LETTER_UNAVAILABLE", isRetryable: true });
    expect(error.message).toContain("dead letters in /var/letters: ");
    expect(error.message).toContain(advice);
    expect(error.message).toMatch(new RegExp(`\\(${code}: own words\\)$`));
  });

  it("keeps the words of what it does not know", () => {
    const error = deadLettersUnavailable("/x", new Error("odd"));
    expect(error.message).toBe("DEAD_LETTER_UNAVAILABLE: dead letters in /x: odd");
  });

  it("says that a file stands in its way, to who writes and to who reads", async () => {
    await using directory = await DeadLetterDirectory.create();
    await writeFile(directory.path, "a file");
    const path = join(directory.path, "below");
    for (const place of [{ path: directory.path }, { path }]) {
      await expect(directory.open(place)).rejects.toThrow("a file stands where the directory");
      const archive = openDeadLetterArchive(new LetterDirectory(place), directory.clock);
      await expect(storedLetters(archive)).rejects.toThrow("a file stands where the directory");
    }
  });
});

describe("a place without room", () => {
  it("says how much does not fit, even into an empty one, and which letters replay and purge leave", async () => {
    await using directory = await DeadLetterDirectory.create();
    const entries = [0, 1, 2, 3].map((start) => sampleDeadLetter(start));
    const first = await directory.open();
    await first.write(entries);
    const usedBytes = await new LetterDirectory(directory).usedBytes();
    const sink = await directory.open({ maxTotalBytes: 2 * usedBytes - 1 });
    const refused = sink.write(entries);
    await expect(refused).rejects.toThrow(
      `${usedBytes} more bytes do not fit: ${usedBytes} of ${2 * usedBytes - 1} are used. To make room, run`,
    );
    await expect(refused).rejects.toThrow("--uncertain");
    await expect(refused).rejects.toThrow("purge --state open");
    await expect(refused).rejects.toThrow("raise deadLetter.maxBytes");
  });

  it("says that only a higher limit helps where one write is larger than all the place may hold", async () => {
    await using directory = await DeadLetterDirectory.create();
    const sink = await directory.open({ maxTotalBytes: 100 });
    const refused = sink.write([sampleDeadLetter(0)]);
    await expect(refused).rejects.toThrow(
      /: (\d+) more bytes do not fit: 0 of 100 are used\. .* replay and purge cannot help: raise deadLetter\.maxBytes to \1 at least$/,
    );
  });
});
