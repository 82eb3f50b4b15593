// SPDX-License-Identifier: Apache-2.0
/** A dead-letter sink that remembers what it was given, and fails on demand. */
import type { DeadLetterSink } from "../../src/dead-letter/dead-letter-sink.ts";
import { ConnectorError } from "../../src/errors.ts";
import type { DeadLetter } from "../../src/model.ts";

export class RecordingDeadLetterSink implements DeadLetterSink {
  readonly #entries: DeadLetter[] = [];
  readonly #failures: ConnectorError[] = [];
  #isClosed = false;

  /** Everything that was kept, oldest first. */
  get entries(): readonly DeadLetter[] {
    return this.#entries;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Makes the next write fail and keep nothing; calls add up. */
  failNextWrite(
    error = new ConnectorError("DEAD_LETTER_UNAVAILABLE", "the disk is full", {
      isRetryable: true,
    }),
  ): void {
    this.#failures.push(error);
  }

  async write(entries: readonly DeadLetter[]): Promise<void> {
    // The bytes may lie in a buffer that is used again: a copy is what a file would have.
    const copies = entries.map((entry) => ({ ...entry, bytes: Buffer.from(entry.bytes) }));
    await Promise.resolve();
    if (this.#isClosed) throw new ConnectorError("INTERNAL", "the dead-letter sink is closed");
    const failure = this.#failures.shift();
    if (failure !== undefined) throw failure;
    this.#entries.push(...copies);
  }

  async close(): Promise<void> {
    await Promise.resolve();
    this.#isClosed = true;
  }
}
