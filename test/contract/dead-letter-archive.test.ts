// SPDX-License-Identifier: Apache-2.0
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { openBlobDeadLetterSink } from "../../src/dead-letter/blob-dead-letter-sink.ts";
import { LetterContainer } from "../../src/dead-letter/letter-container.ts";
import { LetterDirectory } from "../../src/dead-letter/letter-directory.ts";
import { openDeadLetterArchive } from "../../src/dead-letter/place-archive.ts";
import { deadLetterContainer } from "../support/dead-letter-container.ts";
import { DeadLetterDirectory } from "../support/dead-letter-directory.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { describeDeadLetterArchive } from "./dead-letter-archive.contract.ts";

describeDeadLetterArchive("files", async () => {
  const directory = await DeadLetterDirectory.create();
  const { clock, path } = directory;
  return {
    clock,
    openSink: () => directory.open(),
    openArchive: async () =>
      await Promise.resolve(openDeadLetterArchive(new LetterDirectory(directory), clock)),
    appendToLetters: async (text) => {
      const last = (await directory.files()).at(-1)!;
      await appendFile(join(path, last), text);
    },
    operations: () => readFile(join(path, "operations.ndjson"), "utf8"),
    dispose: () => directory[Symbol.asyncDispose](),
  };
});

describeDeadLetterArchive("append blobs", async () => {
  const clock = new ManualClock();
  const { blobs, container } = await deadLetterContainer();
  return {
    clock,
    openSink: () => openBlobDeadLetterSink(blobs, { clock }),
    openArchive: async () =>
      await Promise.resolve(openDeadLetterArchive(new LetterContainer(blobs), clock)),
    appendToLetters: async (text) => {
      const last = (await container.blobNames("dead-letters/")).at(-1)!;
      await container.append(last, text);
    },
    operations: async () => (await container.read("operations.ndjson")).toString("utf8"),
    dispose: async () => {
      await Promise.resolve();
    },
  };
});
