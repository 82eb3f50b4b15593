// SPDX-License-Identifier: Apache-2.0
/**
 * Dead letters in a directory of append-only files, `dead-letters-<start>-<n>.ndjson`, one JSON
 * object a line.
 *
 * What `write` has confirmed is on disk: data, name and directory are synced first. Existing files
 * are never opened for writing: each run, and each write after one that failed, begins a new file,
 * so a line that a crash tore stays as it is and spoils no other. The directory has a size limit;
 * at the limit nothing is dropped and nothing is written, and the caller, who may not pass what is
 * not kept, stops reading. Deleting files makes room without a restart.
 */
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { ConnectorError } from "../errors.ts";
import type { DeadLetter } from "../model.ts";
import type { Clock } from "../runtime/clock.ts";
import { createPrivateDirectory, hasErrorCode } from "../runtime/private-files.ts";
import { createAppendFile } from "./append-file.ts";
import type { AppendFile } from "./append-file.ts";
import { encodeDeadLetter } from "./dead-letter-entry.ts";
import { deadLetterFileName, sizeOfDeadLetterFiles } from "./dead-letter-files.ts";
import type { DeadLetterSink } from "./dead-letter-sink.ts";

export interface FileDeadLetterSinkOptions {
  /** Directory of the files; created when it is missing. */
  readonly path: string;
  readonly clock: Pick<Clock, "now">;
  /** Most bytes that the directory may hold. */
  readonly maxTotalBytes?: number;
  /** Size from which a file is left for a new one. */
  readonly maxFileBytes?: number;
  /** Called when the directory passes 80 % of its limit; again only after it fell below. */
  readonly onNearlyFull?: (state: { usedBytes: number; maxTotalBytes: number }) => void;
  /** Creates the files; tests put their own in. */
  readonly createFile?: (path: string) => Promise<AppendFile>;
}

const MIB = 1024 * 1024;
const MAX_TOTAL_BYTES = 1024 * MIB;
const MAX_FILE_BYTES = 64 * MIB;
const NEARLY_FULL = 0.8;

/** Opens the directory. Throws DEAD_LETTER_UNAVAILABLE when it cannot be created or read. */
export async function openFileDeadLetterSink(
  options: FileDeadLetterSinkOptions,
): Promise<DeadLetterSink> {
  try {
    await createPrivateDirectory(options.path);
    const sink = new FileDeadLetterSink(options);
    await sink.measure();
    return sink;
  } catch (error) {
    throw unavailable(options.path, error);
  }
}

class FileDeadLetterSink implements DeadLetterSink {
  readonly #options: FileDeadLetterSinkOptions;
  readonly #maxTotalBytes: number;
  readonly #startedAtMs: number;
  #usedBytes = 0;
  #isNearlyFull = false;
  #file: AppendFile | undefined;
  #fileBytes = 0;
  /** Numbers given out; a name that is taken costs one as well. */
  #fileNumber = 0;
  #isClosed = false;
  /** Resolves when every write before is done; never rejects. */
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(options: FileDeadLetterSinkOptions) {
    this.#options = options;
    this.#maxTotalBytes = options.maxTotalBytes ?? MAX_TOTAL_BYTES;
    this.#startedAtMs = options.clock.now();
  }

  async write(entries: readonly DeadLetter[]): Promise<void> {
    if (entries.length === 0) return;
    const nowMs = this.#options.clock.now();
    const bytes = Buffer.from(entries.map((entry) => encodeDeadLetter(entry, nowMs)).join(""));
    await this.#inTurn(async () => {
      if (this.#isClosed) throw new ConnectorError("INTERNAL", "the dead-letter sink is closed");
      await this.#makeRoom(bytes.length);
      if (await this.#append(bytes)) return;
      // Somebody purged the directory meanwhile, and our file with it: what it held has to be kept
      // again.
      if (await this.#append(bytes)) return;
      throw new Error("the files are deleted as soon as they are written");
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {
      this.#isClosed = true;
      await this.#leaveFile();
    });
  }

  /** Looks how much the directory holds, which another process may have changed. */
  async measure(): Promise<void> {
    this.#noteUse(await sizeOfDeadLetterFiles(this.#options.path));
  }

  /** Runs one piece of work after the other and translates what it throws. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined);
    try {
      await turn;
    } catch (error) {
      throw unavailable(this.#options.path, error);
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    const { maxFileBytes = MAX_FILE_BYTES } = this.#options;
    if (this.#fileBytes > 0 && this.#fileBytes + bytes > maxFileBytes) await this.#leaveFile();
    if (this.#usedBytes + bytes <= this.#maxTotalBytes) return;
    await this.measure();
    if (this.#usedBytes + bytes <= this.#maxTotalBytes) return;
    const state = `${this.#usedBytes} of ${this.#maxTotalBytes} bytes are used`;
    throw new Error(`it is full (${state}): replay or purge dead letters, or raise the limit`);
  }

  /** Appends to the current file, or to a new one; false when the file was deleted under us. */
  async #append(bytes: Uint8Array): Promise<boolean> {
    this.#file ??= await this.#createFile();
    // Counted before the outcome is known: rather too much than too little, and measured again at
    // the limit.
    this.#fileBytes += bytes.length;
    this.#noteUse(this.#usedBytes + bytes.length);
    try {
      await this.#file.appendDurably(bytes);
      if (!(await this.#file.isDeleted())) return true;
    } catch (error) {
      // Its last line may be torn, and after a failed sync nobody knows what the disk holds.
      await this.#leaveFile();
      throw error;
    }
    await this.#leaveFile();
    return false;
  }

  async #createFile(): Promise<AppendFile> {
    const { path, createFile = createAppendFile } = this.#options;
    await createPrivateDirectory(path);
    for (;;) {
      const name = deadLetterFileName(this.#startedAtMs, ++this.#fileNumber);
      try {
        return await createFile(join(path, name));
      } catch (error) {
        if (!hasErrorCode(error, "EEXIST")) throw error;
      }
    }
  }

  async #leaveFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#fileBytes = 0;
    // Everything confirmed is synced already; a close that fails takes nothing back.
    await file?.close().catch(() => undefined);
  }

  #noteUse(usedBytes: number): void {
    this.#usedBytes = usedBytes;
    const wasNearlyFull = this.#isNearlyFull;
    this.#isNearlyFull = usedBytes > NEARLY_FULL * this.#maxTotalBytes;
    if (this.#isNearlyFull && !wasNearlyFull) {
      this.#options.onNearlyFull?.({ usedBytes, maxTotalBytes: this.#maxTotalBytes });
    }
  }
}

function unavailable(path: string, reason: unknown): ConnectorError {
  if (reason instanceof ConnectorError) return reason;
  const problem = reason instanceof Error ? reason.message : String(reason);
  // Room may be made and mounts come back while we run.
  const options = { cause: reason, isRetryable: true };
  const message = `dead letters in ${path}: ${problem}`;
  return new ConnectorError("DEAD_LETTER_UNAVAILABLE", message, options);
}
