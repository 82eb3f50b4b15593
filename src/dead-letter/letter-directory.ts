// SPDX-License-Identifier: Apache-2.0
/**
 * A directory as the place of dead letters: 0700, its files 0600, every name durable before what is
 * in the file counts.
 *
 * A file is claimed by renaming it, durably. A writer looks for the old name after each append, so
 * what it appended before is seen by whoever reads the claimed file, and what it appends after it
 * writes again elsewhere. A claim gets a name of its own each time: a rename onto what an earlier
 * purge left behind would destroy it.
 */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import {
  createPrivateDirectory,
  hasErrorCode,
  PRIVATE_FILE_MODE,
  syncDirectory,
} from "../runtime/private-files.ts";
import { createAppendFile } from "./append-file.ts";
import type { AppendFile } from "./append-file.ts";
import {
  claimedName,
  deadLetterFileName,
  fileStem,
  isClaimedName,
  isFileOf,
  namesInstead,
  OPERATIONS_FILE,
} from "./dead-letter-files.ts";
import { FileGone } from "./letter-place.ts";
import type { LetterFile, LetterFileKind, LetterPlace } from "./letter-place.ts";

const CHUNK_BYTES = 256 * 1024;
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;

export interface LetterDirectoryOptions {
  readonly path: string;
  /** Creates the files; tests put their own in. */
  readonly createFile?: (path: string) => Promise<AppendFile>;
}

/** The directory need not exist yet: it is created with the first file. System errors pass through. */
export class LetterDirectory implements LetterPlace {
  readonly name: string;
  readonly #path: string;
  readonly #createFile: (path: string) => Promise<AppendFile>;
  /** Numbers given out; a name that is taken costs one as well. */
  #fileNumber = 0;

  constructor({ path, createFile = createAppendFile }: LetterDirectoryOptions) {
    this.#path = path;
    this.name = path;
    this.#createFile = createFile;
  }

  async exists(): Promise<boolean> {
    try {
      await stat(this.#path);
      return true;
    } catch (error) {
      if (hasErrorCode(error, "ENOENT")) return false;
      throw error;
    }
  }

  async list(kind: LetterFileKind): Promise<LetterFile[]> {
    const names = (await this.#names()).filter((name) => isFileOf(kind, name)).sort();
    const files = await Promise.all(names.map((name) => this.#look(name)));
    return files.filter((file) => file !== undefined);
  }

  async usedBytes(): Promise<number> {
    const names = (await this.#names()).filter(
      (name) => isFileOf("letters", name) || isFileOf("marks", name) || name === OPERATIONS_FILE,
    );
    const files = await Promise.all(names.map((name) => this.#look(name)));
    return files.reduce((bytes, file) => bytes + (file?.length ?? 0), 0);
  }

  async create(kind: LetterFileKind, startedAtMs: number): Promise<AppendFile> {
    await createPrivateDirectory(this.#path);
    const stem = fileStem(kind, startedAtMs);
    for (;;) {
      const file = await this.#createNew(deadLetterFileName(stem, ++this.#fileNumber));
      if (file !== undefined) return file;
    }
  }

  async createInstead(file: LetterFile): Promise<{ file: AppendFile; discard(): Promise<void> }> {
    for (const name of namesInstead(file.name)) {
      const created = await this.#createNew(name);
      if (created === undefined) continue;
      return { file: created, discard: () => this.#unlink(name) };
    }
    throw new Error("no name is free");
  }

  async *read(file: LetterFile): AsyncGenerator<Buffer> {
    const handle = await this.#openToRead(file.name);
    try {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      for (let at = 0; at < file.length;) {
        const wanted = Math.min(CHUNK_BYTES, file.length - at);
        const { bytesRead } = await handle.read(buffer, 0, wanted, at);
        if (bytesRead === 0) throw new Error(`${file.name} became shorter`);
        // A copy: the line that it belongs to may be longer than the buffer.
        yield Buffer.from(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
    } finally {
      await handle.close();
    }
  }

  async claim(file: LetterFile): Promise<LetterFile | undefined> {
    if (file.isClaimed) return await this.#look(file.name);
    const name = claimedName(file.name, randomBytes(4).toString("hex"));
    try {
      await rename(join(this.#path, file.name), join(this.#path, name));
    } catch (error) {
      if (hasErrorCode(error, "ENOENT")) return undefined;
      throw error;
    }
    await syncDirectory(this.#path);
    return await this.#look(name);
  }

  async remove(file: LetterFile): Promise<boolean> {
    await this.#unlink(file.name);
    return true;
  }

  async logOperation(line: string): Promise<void> {
    await createPrivateDirectory(this.#path);
    const path = join(this.#path, OPERATIONS_FILE);
    const flags = O_APPEND | O_CREAT | O_NOFOLLOW | O_RDWR;
    const file = await open(path, flags, PRIVATE_FILE_MODE);
    try {
      const { size } = await file.stat();
      const last = size > 0 ? await file.read(Buffer.alloc(1), 0, 1, size - 1) : undefined;
      // A crash may have cut the last line off; it is not to spoil this one.
      const isTorn = last !== undefined && last.buffer[0] !== 0x0a;
      await file.appendFile(isTorn ? `\n${line}` : line);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncDirectory(this.#path);
  }

  async *readOperations(): AsyncGenerator<Buffer> {
    const file = await this.#look(OPERATIONS_FILE);
    if (file !== undefined) yield* this.read(file);
  }

  async close(): Promise<void> {
    // Holds nothing.
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#path);
    } catch (error) {
      if (hasErrorCode(error, "ENOENT")) return [];
      throw error;
    }
  }

  async #look(name: string): Promise<LetterFile | undefined> {
    try {
      const { size } = await stat(join(this.#path, name));
      return { name, length: size, version: "", isClaimed: isClaimedName(name) };
    } catch (error) {
      // Purged since the directory was read.
      if (hasErrorCode(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  async #createNew(name: string): Promise<AppendFile | undefined> {
    try {
      return await this.#createFile(join(this.#path, name));
    } catch (error) {
      if (hasErrorCode(error, "EEXIST")) return undefined;
      throw error;
    }
  }

  async #openToRead(name: string): ReturnType<typeof open> {
    try {
      return await open(join(this.#path, name), "r");
    } catch (error) {
      if (hasErrorCode(error, "ENOENT")) throw new FileGone(name);
      throw error;
    }
  }

  async #unlink(name: string): Promise<void> {
    try {
      await unlink(join(this.#path, name));
    } catch (error) {
      if (!hasErrorCode(error, "ENOENT")) throw error;
    }
    await syncDirectory(this.#path);
  }
}
