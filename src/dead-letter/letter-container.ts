// SPDX-License-Identifier: Apache-2.0
/**
 * A blob container as the place of dead letters: append blobs `dead-letters/<start>-<random>-<n>.ndjson`.
 *
 * What the service has acknowledged is durable. An append says where it expects the blob to end, so
 * nobody's bytes are ever mixed up with others'; after one that failed or found another end, the blob
 * is left for a new one: its last line may be torn, and a lost answer may have left the entry there
 * already, which is told apart by its uid. Nothing needs to be claimed here: a removal names the
 * state that was read, and fails when something was appended since.
 */
import { randomBytes } from "node:crypto";
import { ConnectorError } from "../errors.ts";
import type { AppendBlobs, AppendBlobState } from "./append-blobs.ts";
import type { AppendFile } from "./append-file.ts";
import { compactTime, namesInstead, OPERATIONS_FILE } from "./dead-letter-files.ts";
import { FileGone } from "./letter-place.ts";
import type { LetterFile, LetterFileKind, LetterPlace } from "./letter-place.ts";

const FOLDER = { letters: "dead-letters/", marks: "dead-letter-marks/" } as const;

const NO_BLOB = "no-such-blob";

const BLOCK_BYTES = 4 * 1024 * 1024;
/** The service takes 50,000 appends a blob; one write of ours is never a thousand. */
const FULL_AT_BLOCKS = 49_000;

export class LetterContainer implements LetterPlace {
  readonly name: string;
  readonly #blobs: AppendBlobs;
  /** Writers of two processes never meet in a name. */
  readonly #random = randomBytes(4).toString("hex");
  #fileNumber = 0;

  constructor(blobs: AppendBlobs) {
    this.#blobs = blobs;
    this.name = blobs.name;
  }

  async exists(): Promise<boolean> {
    try {
      // Nothing has this name. A listing takes a missing container for an empty one, and a look may not tell the two
      // apart, because its answer has no body; a read does.
      await this.#blobs.read({ name: NO_BLOB, length: 1, etag: "" }, 0, 1);
      return true;
    } catch (reason) {
      if (reason instanceof ConnectorError && reason.code === "STORAGE_NOT_FOUND") return false;
      throw reason;
    }
  }

  async list(kind: LetterFileKind): Promise<LetterFile[]> {
    const files: LetterFile[] = [];
    for await (const state of this.#blobs.list(FOLDER[kind])) files.push(toFile(state));
    return files;
  }

  async usedBytes(): Promise<number> {
    let bytes = 0;
    // The container is the dead letters' own: whatever is in it counts.
    for await (const { length } of this.#blobs.list("")) bytes += length;
    return bytes;
  }

  async create(kind: LetterFileKind, startedAtMs: number): Promise<AppendFile> {
    const stem = `${FOLDER[kind]}${compactTime(startedAtMs)}-${this.#random}`;
    for (;;) {
      const name = `${stem}-${String(++this.#fileNumber).padStart(4, "0")}.ndjson`;
      if (await this.#blobs.create(name)) return new BlobFile(this.#blobs, name);
    }
  }

  async createInstead(file: LetterFile): Promise<{ file: AppendFile; discard(): Promise<void> }> {
    for (const name of namesInstead(file.name)) {
      if (!(await this.#blobs.create(name))) continue;
      return {
        file: new BlobFile(this.#blobs, name),
        discard: async () => {
          const state = await this.#blobs.look(name);
          if (state !== undefined) await this.#blobs.remove(state);
        },
      };
    }
    throw new Error("no name is free");
  }

  async *read(file: LetterFile): AsyncGenerator<Buffer> {
    const state = { name: file.name, length: file.length, etag: file.version };
    for (let at = 0; at < file.length; at += BLOCK_BYTES) {
      const wanted = Math.min(BLOCK_BYTES, file.length - at);
      const bytes = await this.#blobs.read(state, at, wanted);
      if (bytes === undefined) throw new FileGone(file.name);
      if (bytes.length < wanted) throw new Error(`${file.name} became shorter`);
      yield bytes;
    }
  }

  async claim(file: LetterFile): Promise<LetterFile | undefined> {
    const state = await this.#blobs.look(file.name);
    return state && toFile(state);
  }

  async remove(file: LetterFile): Promise<boolean> {
    const { name, length, version } = file;
    return await this.#blobs.remove({ name, length, etag: version });
  }

  async logOperation(line: string): Promise<void> {
    const block = Buffer.from(line);
    await this.#blobs.create(OPERATIONS_FILE);
    for (;;) {
      const { length = 0 } = (await this.#blobs.look(OPERATIONS_FILE)) ?? {};
      // Somebody else's line may come between the look and the append.
      if (await this.#blobs.append(OPERATIONS_FILE, block, length)) return;
    }
  }

  async *readOperations(): AsyncGenerator<Buffer> {
    const state = await this.#blobs.look(OPERATIONS_FILE);
    if (state !== undefined) yield* this.read(toFile(state));
  }

  async close(): Promise<void> {
    this.#blobs.close();
    await Promise.resolve();
  }
}

class BlobFile implements AppendFile {
  readonly #blobs: AppendBlobs;
  readonly #name: string;
  #length = 0;
  #blocks = 0;
  #isInPlace = true;

  constructor(blobs: AppendBlobs, name: string) {
    this.#blobs = blobs;
    this.#name = name;
  }

  get isFull(): boolean {
    return this.#blocks >= FULL_AT_BLOCKS;
  }

  async appendDurably(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
      const block = bytes.subarray(start, start + BLOCK_BYTES);
      this.#isInPlace = await this.#blobs.append(this.#name, block, this.#length);
      if (!this.#isInPlace) return;
      this.#length += block.length;
      this.#blocks++;
    }
  }

  async isInPlace(): Promise<boolean> {
    return await Promise.resolve(this.#isInPlace);
  }

  async close(): Promise<void> {
    // Holds nothing.
  }
}

function toFile({ name, length, etag }: AppendBlobState): LetterFile {
  return { name, length, version: etag, isClaimed: false };
}
