// SPDX-License-Identifier: Apache-2.0
/**
 * A directory for dead letters that is removed afterwards, and a way to read it as an operator
 * would.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AppendFile } from "../../src/dead-letter/append-file.ts";
import { createAppendFile } from "../../src/dead-letter/append-file.ts";
import { decodeDeadLetter } from "../../src/dead-letter/dead-letter-entry.ts";
import type { DeadLetterSink } from "../../src/dead-letter/dead-letter-sink.ts";
import { openFileDeadLetterSink } from "../../src/dead-letter/file-dead-letter-sink.ts";
import { LetterDirectory } from "../../src/dead-letter/letter-directory.ts";
import type { FileDeadLetterSinkOptions } from "../../src/dead-letter/file-dead-letter-sink.ts";
import type { DeadLetter } from "../../src/model.ts";
import { ManualClock } from "./manual-clock.ts";

export class DeadLetterDirectory implements AsyncDisposable {
  readonly path: string;
  readonly clock = new ManualClock();
  readonly #parent: string;
  readonly #sinks: DeadLetterSink[] = [];

  constructor(parent: string) {
    this.#parent = parent;
    this.path = join(parent, "dead-letters");
  }

  static async create(): Promise<DeadLetterDirectory> {
    return new DeadLetterDirectory(await mkdtemp(join(tmpdir(), "dead-letters-")));
  }

  async open(more: Partial<FileDeadLetterSinkOptions> = {}): Promise<DeadLetterSink> {
    const sink = await openFileDeadLetterSink({ path: this.path, clock: this.clock, ...more });
    this.#sinks.push(sink);
    return sink;
  }

  async files(): Promise<string[]> {
    return (await new LetterDirectory(this).list("letters")).map(({ name }) => name);
  }

  /** Every whole entry, in the order of the files. */
  async entries(): Promise<DeadLetter[]> {
    const entries: DeadLetter[] = [];
    for (const name of await this.files()) {
      const lines = (await readFile(join(this.path, name), "utf8")).split("\n");
      for (const line of lines) {
        const decoded = decodeDeadLetter(line);
        if (decoded.kind === "ok") entries.push(decoded.kept.deadLetter);
      }
    }
    return entries;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const sink of this.#sinks) await sink.close();
    await rm(this.#parent, { recursive: true });
  }
}

/**
 * Files on the real disk whose steps are noted, and whose next append can be made to fail half-way.
 */
export class FaultyFiles {
  readonly steps: string[] = [];
  /** Bytes that still reach the disk before the next append fails; undefined for no fault. */
  failAfterBytes: number | undefined;

  readonly create = async (path: string): Promise<AppendFile> => {
    const file = await createAppendFile(path);
    this.steps.push("create");
    return {
      appendDurably: async (bytes) => {
        const limit = this.failAfterBytes;
        this.failAfterBytes = undefined;
        await file.appendDurably(bytes.subarray(0, limit));
        this.steps.push(limit === undefined ? "append" : "fail");
        if (limit !== undefined) throw new Error("ENOSPC: no space left on device, write");
      },
      isInPlace: () => file.isInPlace(),
      close: async () => {
        this.steps.push("close");
        await file.close();
      },
    };
  };
}
