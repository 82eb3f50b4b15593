// SPDX-License-Identifier: Apache-2.0
/** Dead letters in append blobs of a container of their own. */
import type { AppendBlobs } from "./append-blobs.ts";
import { BoundedDeadLetterSink } from "./bounded-dead-letter-sink.ts";
import type { DeadLetterSinkOptions } from "./bounded-dead-letter-sink.ts";
import type { DeadLetterSink } from "./dead-letter-sink.ts";
import { LetterContainer } from "./letter-container.ts";
import { deadLettersUnavailable } from "./letters-unavailable.ts";

/**
 * Creates the container when it is missing, and looks once how much it holds. Throws
 * DEAD_LETTER_UNAVAILABLE, with advice, when that is not possible.
 */
export async function openBlobDeadLetterSink(
  blobs: AppendBlobs,
  options: DeadLetterSinkOptions,
): Promise<DeadLetterSink> {
  try {
    await blobs.ensureContainer();
    const sink = new BoundedDeadLetterSink(new LetterContainer(blobs), options);
    await sink.measure();
    return sink;
  } catch (error) {
    blobs.close();
    throw deadLettersUnavailable(blobs.name, error);
  }
}
