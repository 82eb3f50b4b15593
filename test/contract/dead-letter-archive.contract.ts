// SPDX-License-Identifier: Apache-2.0
/** What every archive of dead letters promises, beside the sink that writes into the same place. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DeadLetterArchive, StoredLetter } from "../../src/dead-letter/dead-letter-archive.ts";
import type { DeadLetterSink } from "../../src/dead-letter/dead-letter-sink.ts";
import { sampleDeadLetter } from "../support/dead-letter-samples.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { storedLetters, unreadableLines } from "../support/stored-letters.ts";

export interface ArchiveUnderTest {
  readonly clock: ManualClock;
  openSink(): Promise<DeadLetterSink>;
  /** A new one, as another process would open it. */
  openArchive(): Promise<DeadLetterArchive>;
  /** Puts text behind what a letters' file holds, as a crash or an editor would. */
  appendToLetters(text: string): Promise<void>;
  operations(): Promise<string>;
  dispose(): Promise<void>;
}

const uidsOf = (letters: readonly StoredLetter[]): string[] =>
  letters.map(({ deadLetter }) => deadLetter.uid);
const UID = (start: number): string => sampleDeadLetter(start).uid;

export function describeDeadLetterArchive(
  name: string,
  prepare: () => Promise<ArchiveUnderTest>,
): void {
  describe(`dead-letter archive contract: ${name}`, () => {
    let place: ArchiveUnderTest;
    let sink: DeadLetterSink;
    let archive: DeadLetterArchive;

    beforeEach(async () => {
      place = await prepare();
      sink = await place.openSink();
      archive = await place.openArchive();
    });
    afterEach(async () => {
      await archive.close();
      await sink.close();
      await place.dispose();
    });

    async function markAll(letters: readonly StoredLetter[]): Promise<void> {
      await archive.mark(
        letters.map(({ deadLetter, keptAtMs }) => ({
          uid: deadLetter.uid,
          letterKeptAtMs: keptAtMs,
          replayedAtMs: place.clock.now(),
          isLikelyRepeat: deadLetter.reason === "partial-success",
        })),
      );
    }

    it("is empty where nothing was ever kept", async () => {
      expect(await storedLetters(archive)).toEqual([]);
      expect(await archive.usedBytes()).toBe(0);
    });

    it("gives every letter back as it was kept, with its time, open", async () => {
      const receiver = { status: 400, message: "no\n\u001b[2J", attempts: 2 };
      const letters = [
        sampleDeadLetter(0),
        sampleDeadLetter(100, { reason: "refused", receiver }),
        sampleDeadLetter(200, { reason: "invalid-utf8", bytes: Buffer.from([0xff, 0, 0xc3]) }),
      ];
      await sink.write(letters);
      const stored = await storedLetters(archive);
      expect(stored.map(({ deadLetter }) => deadLetter)).toEqual(letters);
      for (const { keptAtMs, state } of stored) {
        expect([keptAtMs, state]).toEqual([place.clock.now(), { kind: "open" }]);
      }
    });

    it("shows a letter that was kept twice once, as it was kept last", async () => {
      await sink.write([sampleDeadLetter(0), sampleDeadLetter(1)]);
      await place.clock.advance(1_000);
      await sink.write([sampleDeadLetter(0, { reason: "refused" })]);
      const stored = await storedLetters(archive);
      expect(uidsOf(stored)).toEqual([UID(1), UID(0)]);
      expect(stored[1]?.deadLetter.reason).toBe("refused");
    });

    it("remembers what got through, also in another process", async () => {
      await sink.write([sampleDeadLetter(0), sampleDeadLetter(1, { reason: "partial-success" })]);
      await markAll(await storedLetters(archive));
      const atMs = place.clock.now();
      const other = await place.openArchive();
      expect((await storedLetters(other)).map(({ state }) => state)).toEqual([
        { kind: "replayed", atMs, isLikelyRepeat: false },
        { kind: "replayed", atMs, isLikelyRepeat: true },
      ]);
      await other.close();
    });

    it("opens a letter again that is kept again after its replay", async () => {
      await sink.write([sampleDeadLetter(0), sampleDeadLetter(1)]);
      await markAll(await storedLetters(archive));
      await place.clock.advance(1);
      await sink.write([sampleDeadLetter(0)]);
      const stored = await storedLetters(archive);
      expect(uidsOf(stored)).toEqual([UID(1), UID(0)]);
      expect(stored.map(({ state }) => state.kind)).toEqual(["replayed", "open"]);
    });

    it("names lines that it cannot read, and reads on behind them", async () => {
      await sink.write([sampleDeadLetter(0)]);
      await place.appendToLetters('{"version":2,"rea\n\nnot json\n');
      await place.appendToLetters('{"version":1');
      const unreadable = await unreadableLines(archive);
      expect(unreadable.map(({ line, detail }) => [line, detail])).toEqual([
        [2, "it is not JSON"],
        [4, "it is not JSON"],
        [5, "it is cut off (a crash, or it is being written)"],
      ]);
      expect(uidsOf(await storedLetters(archive))).toEqual([UID(0)]);
    });

    it("removes what is chosen, with its repeats and its mark, and nothing else", async () => {
      await sink.write([0, 1, 2].map((start) => sampleDeadLetter(start)));
      await place.clock.advance(1_000);
      await sink.write([sampleDeadLetter(1)]);
      await markAll(await storedLetters(archive));
      const chosen = new Map([[UID(1), place.clock.now()]]);
      const before = await archive.usedBytes();
      const purged = await archive.purge(chosen);
      expect(purged.letters).toBe(1);
      expect(await archive.usedBytes()).toBe(before - purged.bytes);
      const stored = await storedLetters(archive);
      expect(uidsOf(stored)).toEqual([UID(0), UID(2)]);
      expect(stored.map(({ state }) => state.kind)).toEqual(["replayed", "replayed"]);
      // Its mark is gone too: kept again, it is open.
      await sink.write([sampleDeadLetter(1)]);
      expect((await storedLetters(archive)).map(({ state }) => state.kind)).toEqual([
        "replayed",
        "replayed",
        "open",
      ]);
    });

    it("keeps what was kept again after it was chosen, and every line that it cannot read", async () => {
      await sink.write([sampleDeadLetter(0), sampleDeadLetter(1)]);
      await place.appendToLetters("torn by a crash\n");
      const chosen = new Map([0, 1].map((start) => [UID(start), place.clock.now()]));
      await place.clock.advance(1);
      await sink.write([sampleDeadLetter(0)]);
      await archive.purge(chosen);
      expect(uidsOf(await storedLetters(archive))).toEqual([UID(0)]);
      expect(await unreadableLines(archive)).toHaveLength(1);
    });

    it("can be purged again and again while it is written to, until nothing is left", async () => {
      for (let round = 0; round < 3; round++) {
        await sink.write([sampleDeadLetter(round * 2), sampleDeadLetter(round * 2 + 1)]);
        const nowMs = place.clock.now();
        await archive.purge(new Map([[UID(round * 2), nowMs]]));
        await place.clock.advance(10);
      }
      expect(uidsOf(await storedLetters(archive))).toEqual([1, 3, 5].map(UID));
      await archive.purge(new Map([1, 3, 5].map((start) => [UID(start), place.clock.now()])));
      expect(await archive.usedBytes()).toBe(0);
    });

    it("lets no purge touch the operations log", async () => {
      await sink.write([sampleDeadLetter(0)]);
      await archive.logOperation({ act: "purge", letters: 1 });
      await archive.purge(new Map([[UID(0), place.clock.now()]]));
      await archive.logOperation({ act: "purged", letters: 1 });
      expect(await place.operations()).toBe(
        '{"act":"purge","letters":1}\n{"act":"purged","letters":1}\n',
      );
    });
  });
}
