// SPDX-License-Identifier: Apache-2.0
/**
 * Writes dead letters to a place of append-only files, one JSON object a line.
 *
 * What `write` has confirmed is durable. Existing files are never opened for writing: each run, and
 * each write after one that failed, begins a new file, so a line that a crash tore stays as it is
 * and spoils no other. The place has a size limit; at the limit nothing is dropped and nothing is
 * written, and the caller, who may not pass what is not kept, stops reading. A purge makes room
 * without a restart.
 */
import { Buffer } from "node:buffer";
import { ConnectorError } from "../errors.ts";
import type { DeadLetter } from "../model.ts";
import type { Clock } from "../runtime/clock.ts";
import type { AppendFile } from "./append-file.ts";
import { encodeDeadLetter } from "./dead-letter-entry.ts";
import type { DeadLetterSink } from "./dead-letter-sink.ts";
import type { LetterPlace } from "./letter-place.ts";
import { deadLettersUnavailable, noRoomText } from "./letters-unavailable.ts";

export interface DeadLetterSinkOptions {
  readonly clock: Pick<Clock, "now">;
  /** Most bytes that the place may hold. Default: 1 GiB. */
  readonly maxTotalBytes?: number;
  /** Size from which a file is left for a new one. Default: 64 MiB. */
  readonly maxFileBytes?: number;
  /** Called when the place passes 80 % of its limit; again only after it fell below. */
  readonly onNearlyFull?: (state: { usedBytes: number; maxTotalBytes: number }) => void;
}

const MIB = 1024 * 1024;
const MAX_TOTAL_BYTES = 1024 * MIB;
const MAX_FILE_BYTES = 64 * MIB;
const NEARLY_FULL = 0.8;

export class BoundedDeadLetterSink implements DeadLetterSink {
  readonly #place: LetterPlace;
  readonly #options: DeadLetterSinkOptions;
  readonly #maxTotalBytes: number;
  readonly #startedAtMs: number;
  #usedBytes = 0;
  #isNearlyFull = false;
  #file: AppendFile | undefined;
  #fileBytes = 0;
  #isClosed = false;
  /** Resolves when every write before is done; never rejects. */
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(place: LetterPlace, options: DeadLetterSinkOptions) {
    this.#place = place;
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
      // A purge took our file away meanwhile: what it held has to be kept again.
      if (await this.#append(bytes)) return;
      throw new Error("the files are taken away as soon as they are written");
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {
      this.#isClosed = true;
      await this.#leaveFile();
    });
    await this.#place.close();
  }

  /** Looks how much the place holds, which another process may have changed. */
  async measure(): Promise<void> {
    this.#noteUse(await this.#place.usedBytes());
  }

  /** Runs one piece of work after the other and translates what it throws. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined);
    try {
      await turn;
    } catch (error) {
      throw deadLettersUnavailable(this.#place.name, error);
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    const { maxFileBytes = MAX_FILE_BYTES } = this.#options;
    const isFull = this.#file?.isFull === true;
    const wouldPass = this.#fileBytes > 0 && this.#fileBytes + bytes > maxFileBytes;
    if (isFull || wouldPass) await this.#leaveFile();
    if (this.#usedBytes + bytes <= this.#maxTotalBytes) return;
    await this.measure();
    if (this.#usedBytes + bytes <= this.#maxTotalBytes) return;
    throw new Error(noRoomText(bytes, this.#usedBytes, this.#maxTotalBytes));
  }

  /** Appends to the current file, or to a new one; false when the file was taken away under us. */
  async #append(bytes: Uint8Array): Promise<boolean> {
    this.#file ??= await this.#place.create("letters", this.#startedAtMs);
    // Counted before the outcome is known: rather too much than too little, and measured again at
    // the limit.
    this.#fileBytes += bytes.length;
    this.#noteUse(this.#usedBytes + bytes.length);
    try {
      await this.#file.appendDurably(bytes);
      if (await this.#file.isInPlace()) return true;
    } catch (error) {
      // Its last line may be torn, and after a failed sync nobody knows what the disk holds.
      await this.#leaveFile();
      throw error;
    }
    await this.#leaveFile();
    return false;
  }

  async #leaveFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#fileBytes = 0;
    // Everything confirmed is durable already; a close that fails takes nothing back.
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
