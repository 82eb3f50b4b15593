// SPDX-License-Identifier: Apache-2.0
/** A purge beside a writer: whatever was confirmed and not chosen is there afterwards, wherever the two meet. */
import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openBlobDeadLetterSink } from "../../../src/dead-letter/blob-dead-letter-sink.ts";
import type { DeadLetterSink } from "../../../src/dead-letter/dead-letter-sink.ts";
import { LetterContainer } from "../../../src/dead-letter/letter-container.ts";
import { LetterDirectory } from "../../../src/dead-letter/letter-directory.ts";
import type { LetterFile } from "../../../src/dead-letter/letter-place.ts";
import { openDeadLetterArchive } from "../../../src/dead-letter/place-archive.ts";
import { deadLetterContainer } from "../../support/dead-letter-container.ts";
import { DeadLetterDirectory } from "../../support/dead-letter-directory.ts";
import { sampleDeadLetter } from "../../support/dead-letter-samples.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { storedLetters } from "../../support/stored-letters.ts";

type Step = "claim" | "read" | "createInstead" | "remove";

/** Lets something else happen before the first step of that name behind the first claim. */
class InterruptedDirectory extends LetterDirectory {
  readonly #hooks = new Map<Step, () => Promise<void>>();
  #isPurging = false;

  interrupt(step: Step, hook: () => Promise<void>): void {
    this.#hooks.set(step, hook);
  }

  async #reach(step: Step): Promise<void> {
    if (step === "claim") this.#isPurging = true;
    const hook = this.#isPurging ? this.#hooks.get(step) : undefined;
    if (hook === undefined) return;
    this.#hooks.delete(step);
    await hook();
  }

  override async claim(file: LetterFile): Promise<LetterFile | undefined> {
    await this.#reach("claim");
    return await super.claim(file);
  }

  override async *read(file: LetterFile): AsyncGenerator<Buffer> {
    await this.#reach("read");
    yield* super.read(file);
  }

  override async createInstead(file: LetterFile): ReturnType<LetterDirectory["createInstead"]> {
    await this.#reach("createInstead");
    return await super.createInstead(file);
  }

  override async remove(file: LetterFile): Promise<boolean> {
    await this.#reach("remove");
    return await super.remove(file);
  }
}

/** How it was: the file is read and removed under the name that its writer knows. */
class CarelessDirectory extends InterruptedDirectory {
  override async claim(file: LetterFile): Promise<LetterFile | undefined> {
    await Promise.resolve();
    return file;
  }
}

const UID = (start: number): string => sampleDeadLetter(start).uid;
const LATER = Date.UTC(2027, 0);

async function uidsIn(place: LetterDirectory | LetterContainer): Promise<string[]> {
  const archive = openDeadLetterArchive(place, new ManualClock());
  return (await storedLetters(archive)).map(({ deadLetter }) => deadLetter.uid).sort();
}

/** Letters 0 and 1 are kept, 0 is purged, and 2 is written when the purge comes to that step. */
async function purgeWithWriteAt(
  step: Step,
  directory: DeadLetterDirectory,
  place: InterruptedDirectory,
): Promise<string[]> {
  const sink = await directory.open();
  await sink.write([sampleDeadLetter(0), sampleDeadLetter(1)]);
  let isWritten = false;
  place.interrupt(step, async () => {
    await sink.write([sampleDeadLetter(2)]);
    isWritten = true;
  });
  await openDeadLetterArchive(place, directory.clock).purge(new Map([[UID(0), LATER]]));
  expect(isWritten).toBe(true);
  return await uidsIn(new LetterDirectory(directory));
}

describe("a purge beside a writer, in a directory", () => {
  it.each(["claim", "read", "createInstead", "remove"] as const)(
    "keeps what is written before its step %s",
    async (step) => {
      await using directory = await DeadLetterDirectory.create();
      const place = new InterruptedDirectory(directory);
      expect(await purgeWithWriteAt(step, directory, place)).toEqual([UID(1), UID(2)]);
      expect((await readdir(directory.path)).filter((name) => /purging/.test(name))).toEqual([]);
    },
  );

  it("would lose it without the claim: the test can see that", async () => {
    await using directory = await DeadLetterDirectory.create();
    const place = new CarelessDirectory(directory);
    const chosen = new Map([[UID(0), LATER]]);
    const sink = await directory.open();
    await sink.write([sampleDeadLetter(0), sampleDeadLetter(1)]);
    const written = new Promise<void>((resolve, reject) => {
      // Called by the base class: reading is over, and what is written now is not seen.
      const remove = place.remove.bind(place);
      place.remove = async (file) => {
        await sink.write([sampleDeadLetter(2)]).then(resolve, reject);
        return await remove(file);
      };
    });
    await openDeadLetterArchive(place, directory.clock).purge(chosen);
    await written;
    expect(await uidsIn(new LetterDirectory(directory))).toEqual([UID(1)]);
  });

  it("keeps every letter of two writers that a purge meets anywhere", async () => {
    await using directory = await DeadLetterDirectory.create();
    const writers = [await directory.open(), await directory.open({ maxFileBytes: 2_000 })];
    const rounds = 60;
    let left = writers.length;
    const write = async (sink: DeadLetterSink, from: number): Promise<void> => {
      for (let n = 0; n < rounds;) {
        // Two purges that never rest may take one file after the other away: then it is said, and tried again.
        const isKept = await sink.write([sampleDeadLetter(from + n)]).then(
          () => true,
          () => false,
        );
        if (isKept) n++;
      }
      left--;
    };
    const isEven = (start: number): boolean => start % 2 === 0;
    const starts = [...Array(rounds).keys()].flatMap((n) => [n, 1_000 + n]);
    const chosen = new Map(starts.filter(isEven).map((start) => [UID(start), LATER]));
    const purgeOften = async (): Promise<void> => {
      const archive = openDeadLetterArchive(new LetterDirectory(directory), directory.clock);
      while (left > 0) await archive.purge(chosen);
    };
    await Promise.all([
      ...writers.map((sink, index) => write(sink, index * 1_000)),
      purgeOften(),
      purgeOften(),
    ]);
    const archive = openDeadLetterArchive(new LetterDirectory(directory), directory.clock);
    await archive.purge(chosen);
    const expected = starts.filter((start) => !isEven(start)).map(UID);
    expect(await uidsIn(new LetterDirectory(directory))).toEqual(expected.sort());
  });

  it("reads, counts and finishes what a purge left behind that was killed", async () => {
    await using directory = await DeadLetterDirectory.create();
    const sink = await directory.open();
    await sink.write([sampleDeadLetter(0), sampleDeadLetter(1)]);
    const [name = ""] = await directory.files();
    await rename(join(directory.path, name), join(directory.path, `${name}.0123abcd.purging`));
    const place = new LetterDirectory(directory);
    const bytes = await place.usedBytes();
    expect(await uidsIn(place)).toEqual([UID(0), UID(1)]);
    expect(bytes).toBeGreaterThan(0);
    const full = directory.open({ maxTotalBytes: bytes });
    await expect((await full).write([sampleDeadLetter(2)])).rejects.toThrow(
      'run "dead-letters replay"',
    );
    const archive = openDeadLetterArchive(place, directory.clock);
    await archive.purge(new Map([[UID(0), LATER]]));
    expect(await uidsIn(place)).toEqual([UID(1)]);
    expect(await directory.files()).toEqual([name.replace(".ndjson", ".2.ndjson")]);
  });
});

describe("a purge beside a writer, in a container", () => {
  it("reads a blob again that grew before it was removed", async () => {
    const { blobs } = await deadLetterContainer();
    const sink = await openBlobDeadLetterSink(blobs, { clock: new ManualClock() });
    await sink.write([sampleDeadLetter(0), sampleDeadLetter(1)]);
    blobs.beforeRemove = () => sink.write([sampleDeadLetter(2)]);
    const place = new LetterContainer(blobs);
    const archive = openDeadLetterArchive(place, new ManualClock());
    expect(await archive.purge(new Map([[UID(0), LATER]]))).toMatchObject({ letters: 1 });
    expect(await uidsIn(place)).toEqual([UID(1), UID(2)]);
    expect(await place.list("letters")).toHaveLength(1);
    await sink.write([sampleDeadLetter(3)]);
    expect(await uidsIn(place)).toEqual([UID(1), UID(2), UID(3)]);
    await sink.close();
  });
});
