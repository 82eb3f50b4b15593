// SPDX-License-Identifier: Apache-2.0
/** Dead letters in a directory of append-only files, `dead-letters-<start>-<n>.ndjson`. */
import { createPrivateDirectory } from "../runtime/private-files.ts";
import { BoundedDeadLetterSink } from "./bounded-dead-letter-sink.ts";
import type { DeadLetterSinkOptions } from "./bounded-dead-letter-sink.ts";
import type { DeadLetterSink } from "./dead-letter-sink.ts";
import { LetterDirectory } from "./letter-directory.ts";
import type { LetterDirectoryOptions } from "./letter-directory.ts";
import { deadLettersUnavailable } from "./letters-unavailable.ts";

export type FileDeadLetterSinkOptions = DeadLetterSinkOptions & LetterDirectoryOptions;

/** Opens the directory. Throws DEAD_LETTER_UNAVAILABLE when it cannot be created or read. */
export async function openFileDeadLetterSink(
  options: FileDeadLetterSinkOptions,
): Promise<DeadLetterSink> {
  try {
    await createPrivateDirectory(options.path);
    const sink = new BoundedDeadLetterSink(new LetterDirectory(options), options);
    await sink.measure();
    return sink;
  } catch (error) {
    throw deadLettersUnavailable(options.path, error);
  }
}
