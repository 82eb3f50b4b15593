// SPDX-License-Identifier: Apache-2.0
import { openBlobDeadLetterSink } from "../../src/dead-letter/blob-dead-letter-sink.ts";
import { LetterContainer } from "../../src/dead-letter/letter-container.ts";
import { openDeadLetterArchive } from "../../src/dead-letter/place-archive.ts";
import { deadLetterContainer } from "../support/dead-letter-container.ts";
import { DeadLetterDirectory, FaultyFiles } from "../support/dead-letter-directory.ts";
import { RecordingDeadLetterSink } from "../support/recording-dead-letter-sink.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { storedLetters } from "../support/stored-letters.ts";
import { describeDeadLetterSink } from "./dead-letter-sink.contract.ts";

describeDeadLetterSink("recording fake", async () => {
  const sink = new RecordingDeadLetterSink();
  return await Promise.resolve({
    sink,
    readBack: async () => await Promise.resolve(sink.entries),
    breakOnce: () => {
      sink.failNextWrite();
    },
    dispose: async () => {
      await sink.close();
    },
  });
});

describeDeadLetterSink("files", async () => {
  const directory = await DeadLetterDirectory.create();
  const files = new FaultyFiles();
  return {
    sink: await directory.open({ createFile: files.create }),
    readBack: () => directory.entries(),
    breakOnce: () => {
      files.failAfterBytes = 25;
    },
    dispose: () => directory[Symbol.asyncDispose](),
  };
});

describeDeadLetterSink("append blobs", async () => {
  const { blobs } = await deadLetterContainer();
  return {
    sink: await openBlobDeadLetterSink(blobs, { clock: new ManualClock() }),
    readBack: async () =>
      (
        await storedLetters(openDeadLetterArchive(new LetterContainer(blobs), new ManualClock()))
      ).map(({ deadLetter }) => deadLetter),
    breakOnce: () => {
      blobs.failNext = "before";
    },
    dispose: async () => {
      await Promise.resolve();
    },
  };
});
