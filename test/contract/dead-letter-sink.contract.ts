// SPDX-License-Identifier: Apache-2.0
/** What every dead-letter sink promises, run on each of them by `dead-letter-sink.test.ts`. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DeadLetterSink } from "../../src/dead-letter/dead-letter-sink.ts";
import type { DeadLetter } from "../../src/model.ts";
import { sampleDeadLetter } from "../support/dead-letter-samples.ts";

export interface SinkUnderTest {
  readonly sink: DeadLetterSink;
  /** Everything that is durable now, oldest first. */
  readBack(): Promise<readonly DeadLetter[]>;
  /** Makes the next write fail. */
  breakOnce(): void;
  dispose(): Promise<void>;
}

export function describeDeadLetterSink(name: string, prepare: () => Promise<SinkUnderTest>): void {
  describe(`dead-letter sink contract: ${name}`, () => {
    let underTest: SinkUnderTest;

    beforeEach(async () => {
      underTest = await prepare();
    });

    afterEach(async () => {
      await underTest.sink.close();
      await underTest.dispose();
    });

    it("keeps entries exactly, in order, by the time write resolves", async () => {
      const entries = [
        sampleDeadLetter(0, {
          bytes: Buffer.from('line\nbreak \u2028 "quoted" ünïcode \u{1f511}'),
        }),
        sampleDeadLetter(100, { reason: "invalid-utf8", bytes: Buffer.from([0xff, 0x00, 0xc3]) }),
        sampleDeadLetter(200, { bytes: Buffer.alloc(0) }),
        sampleDeadLetter(2 ** 41, { reason: "partial-success", detail: "2 rejected\n" }),
      ];
      await underTest.sink.write(entries.slice(0, 3));
      expect(await underTest.readBack()).toEqual(entries.slice(0, 3));
      await underTest.sink.write(entries.slice(3));
      expect(await underTest.readBack()).toEqual(entries);
    });

    it("keeps nothing for no entries", async () => {
      await underTest.sink.write([]);
      expect(await underTest.readBack()).toEqual([]);
    });

    it("keeps the bytes as they were when write was called", async () => {
      const buffer = Buffer.from("first use");
      const written = underTest.sink.write([sampleDeadLetter(0, { bytes: buffer })]);
      buffer.fill(0x2a);
      await written;
      const [kept] = await underTest.readBack();
      expect(Buffer.from(kept!.bytes).toString()).toBe("first use");
    });

    it("keeps concurrent writes whole and in the order of their calls", async () => {
      const writes = Array.from({ length: 20 }, (_, index) => [
        sampleDeadLetter(index * 1_000),
        sampleDeadLetter(index * 1_000 + 500),
      ]);
      await Promise.all(writes.map((entries) => underTest.sink.write(entries)));
      expect(await underTest.readBack()).toEqual(writes.flat());
    });

    it("says DEAD_LETTER_UNAVAILABLE when it fails, and goes on afterwards", async () => {
      underTest.breakOnce();
      const entry = sampleDeadLetter(0);
      await expect(underTest.sink.write([entry])).rejects.toMatchObject({
        code: "DEAD_LETTER_UNAVAILABLE",
        isRetryable: true,
      });
      await underTest.sink.write([entry]);
      expect(await underTest.readBack()).toEqual([entry]);
    });

    it("does not let a failed write take the next one down", async () => {
      underTest.breakOnce();
      const failing = underTest.sink.write([sampleDeadLetter(0)]);
      const fine = underTest.sink.write([sampleDeadLetter(100)]);
      await expect(failing).rejects.toThrow("DEAD_LETTER_UNAVAILABLE");
      await fine;
      expect(await underTest.readBack()).toEqual([sampleDeadLetter(100)]);
    });

    it("can be closed twice, and keeps nothing afterwards", async () => {
      await underTest.sink.close();
      await underTest.sink.close();
      await expect(underTest.sink.write([sampleDeadLetter(0)])).rejects.toMatchObject({
        code: "INTERNAL",
      });
    });
  });
}
