// SPDX-License-Identifier: Apache-2.0
import { DeadLetterDirectory, FaultyFiles } from "../support/dead-letter-directory.ts";
import { RecordingDeadLetterSink } from "../support/recording-dead-letter-sink.ts";
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
