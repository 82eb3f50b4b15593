// SPDX-License-Identifier: Apache-2.0
import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeDeadLetter } from "../../../src/dead-letter/dead-letter-entry.ts";
import { LetterDirectory } from "../../../src/dead-letter/letter-directory.ts";
import { LetterIndex } from "../../../src/dead-letter/letter-index.ts";
import { DeadLetterDirectory } from "../../support/dead-letter-directory.ts";
import { sampleDeadLetter } from "../../support/dead-letter-samples.ts";

const BLOB = "0123456789abcdef";

describe("the index of a dead-letter directory", () => {
  it("counts each position once, by kind, as far as it is asked", async () => {
    await using directory = await DeadLetterDirectory.create();
    const sink = await directory.open();
    await sink.write([sampleDeadLetter(10), sampleDeadLetter(300), sampleDeadLetter(10)]);
    await sink.write([sampleDeadLetter(20, { reason: "partial-success" })]);
    await sink.write([
      sampleDeadLetter(30, { reason: "incomplete", range: { start: 30, end: 44 } }),
    ]);
    await sink.write([sampleDeadLetter(40, { uid: "f".repeat(16) + "0".repeat(14) + "28" })]);
    const index = new LetterIndex(new LetterDirectory({ path: directory.path }));
    await index.refresh();
    expect(index.before(BLOB, 1_000)).toEqual({
      deadLettered: 3,
      uncertain: 1,
      incompleteEnds: [44],
      purged: 0,
    });
    expect(index.before(BLOB, 30)).toEqual({
      deadLettered: 1,
      uncertain: 1,
      incompleteEnds: [],
      purged: 0,
    });
    expect(index.before("f".repeat(16), 41).deadLettered).toBe(1);
    expect(index.before("0".repeat(16), 41)).toMatchObject({ deadLettered: 0, uncertain: 0 });
  });

  it("takes what came since, a line that was half there included, and nothing twice", async () => {
    await using directory = await DeadLetterDirectory.create();
    await mkdir(directory.path);
    const file = join(directory.path, "dead-letters-20260115T103000Z-0001.ndjson");
    const [first, second] = [10, 20].map((at) => encodeDeadLetter(sampleDeadLetter(at), 0));
    await writeFile(file, `garbage\n${first ?? ""}${second?.slice(0, 30) ?? ""}`);
    const index = new LetterIndex(new LetterDirectory({ path: directory.path }));
    await index.refresh();
    expect(index.before(BLOB, 99).deadLettered).toBe(1);
    await appendFile(file, second?.slice(30) ?? "");
    await index.refresh();
    await index.refresh();
    expect(index.before(BLOB, 99).deadLettered).toBe(2);
  });

  it("counts what the operations log says was purged, and nothing that was only meant to be", async () => {
    await using directory = await DeadLetterDirectory.create();
    const place = new LetterDirectory({ path: directory.path });
    await place.logOperation('{"act":"purge","letters":9}\n');
    await place.logOperation('{"act":"purged","letters":3}\n');
    await place.logOperation('{"act":"purged","letters":4}\n');
    await place.logOperation('{"act":"purged","let');
    const index = new LetterIndex(place);
    await index.refresh();
    await index.refresh();
    expect(index.before(BLOB, 99).purged).toBe(7);
    index.excuse(5);
    expect(index.before(BLOB, 99).purged).toBe(2);
    // A purge that was cut short after it had begun to remove.
    await place.logOperation('{"act":"purge","letters":9}\n');
    await index.refresh();
    expect(index.before(BLOB, 99).purged).toBe(11);
    // Once something was done after it, nobody knows how much of it was.
    await place.logOperation('{"act":"purge","letters":9}\n');
    await place.logOperation('{"act":"purged","letters":9}\n');
    await index.refresh();
    expect(index.before(BLOB, 99).purged).toBe(11);
  });

  it("is empty without a directory, and says when one cannot be read", async () => {
    await using directory = await DeadLetterDirectory.create();
    const index = new LetterIndex(new LetterDirectory({ path: directory.path }));
    await index.refresh();
    expect(index.before(BLOB, 99)).toEqual({
      deadLettered: 0,
      uncertain: 0,
      incompleteEnds: [],
      purged: 0,
    });
    await rm(directory.path, { recursive: true, force: true });
    await writeFile(directory.path, "a file");
    await expect(index.refresh()).rejects.toThrow(/DEAD_LETTER_UNAVAILABLE: .*ENOTDIR/);
  });
});
