// SPDX-License-Identifier: Apache-2.0
/** Makes blob after blob and checks each, until enough mutated records went through or too much is wrong. */
import { crc32 } from "node:zlib";
import { composeBlob } from "./blob-composer.ts";
import type { FuzzBlob } from "./blob-composer.ts";
import { checkBlob } from "./checks/blob-check.ts";
import type { BlobFigures } from "./checks/blob-check.ts";
import { Violation } from "./checks/violation.ts";
import { createDataPath } from "./data-path.ts";
import type { DataPath } from "./data-path.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { readSourceEvents } from "./source-events.ts";

export interface FuzzTotals {
  blobs: number;
  bytes: number;
  /** CRC-32 of all blobs in a row: equal for equal seeds, or the run is not repeatable. */
  crc32: number;
  mutatedRecords: number;
  /** Records that the splitter found in the blobs. */
  cutRecords: number;
  tiles: number;
  /** Records by what became of them: `mapped`, or the reason of their dead letters. */
  readonly fates: Record<string, number>;
  /** CPU time of the slowest blob, all of its checks included. */
  slowestBlobMs: number;
  /** Memory held after the last look, all garbage collected. */
  heldMb: number;
}

export interface FuzzFailure {
  readonly blob: number;
  readonly problem: string;
  /** Flags that show it again. */
  readonly reproduce: string;
}

export interface FuzzTask {
  readonly records: number;
  readonly seed: string;
  readonly onlyBlob: number | undefined;
}

export interface FuzzHooks {
  /** Before each blob. */
  readonly onBlob: (number: number) => void;
  readonly onTotals: (totals: FuzzTotals) => void;
  readonly onFailure: (failure: FuzzFailure) => void;
}

/** After so many there is something to repair first. */
const MOST_FAILURES = 10;
/** CPU time, not time: a busy machine is not a slow program. */
const SLOW_BLOB_MS = 2_000;
const TOTALS_EVERY = 256;
const MEMORY_LOOKS = 10;

/** Runs the task to its end; the totals are also given now and then. */
export function fuzz(task: FuzzTask, hooks: FuzzHooks): FuzzTotals {
  return new Fuzzer(task, hooks).run();
}

class Fuzzer {
  readonly #task: FuzzTask;
  readonly #hooks: FuzzHooks;
  readonly #sources = readSourceEvents();
  readonly #memory = new MemoryWatch();
  readonly #totals: FuzzTotals = {
    blobs: 0,
    bytes: 0,
    crc32: 0,
    mutatedRecords: 0,
    cutRecords: 0,
    tiles: 0,
    fates: {},
    slowestBlobMs: 0,
    heldMb: 0,
  };
  #path = createDataPath();
  #failures = 0;

  constructor(task: FuzzTask, hooks: FuzzHooks) {
    this.#task = task;
    this.#hooks = hooks;
  }

  run(): FuzzTotals {
    const { onlyBlob, records } = this.#task;
    if (onlyBlob !== undefined) this.#runBlob(onlyBlob, true);
    else {
      for (let number = 0; this.#totals.mutatedRecords < records; number++) {
        this.#runBlob(number, false);
        if (number % TOTALS_EVERY === 0) this.#hooks.onTotals(this.#totals);
        if (this.#failures >= MOST_FAILURES) break;
        this.#lookAtMemory(number);
      }
    }
    return this.#totals;
  }

  #runBlob(number: number, isThorough: boolean): void {
    this.#hooks.onBlob(number);
    const start = process.threadCpuUsage();
    const blob = composeBlob(this.#sources, this.#task.seed, number);
    this.#count(blob);
    try {
      this.#countFigures(checkBlob(blob, this.#path, isThorough));
      const { user, system } = process.threadCpuUsage(start);
      const tookMs = (user + system) / 1000;
      this.#totals.slowestBlobMs = Math.max(this.#totals.slowestBlobMs, tookMs);
      if (tookMs > SLOW_BLOB_MS) throw new Violation(`the blob took ${tookMs.toFixed(0)} ms`);
    } catch (error) {
      this.#fail(number, error);
    }
  }

  #fail(number: number, error: unknown): void {
    this.#failures++;
    // What threw may have left the path in any state, and the next blob is to be judged by itself.
    this.#path = createDataPath();
    const { seed } = this.#task;
    const alone = `--seed ${seed} --only-blob ${number}`;
    const reproduce = this.#failsAlone(number)
      ? alone
      : `--seed ${seed} --records ${this.#totals.mutatedRecords} (the blob alone is fine)`;
    this.#hooks.onFailure({ blob: number, problem: describe(error), reproduce });
  }

  #failsAlone(number: number): boolean {
    if (number === this.#task.onlyBlob) return true;
    const fresh: DataPath = createDataPath();
    try {
      checkBlob(composeBlob(this.#sources, this.#task.seed, number), fresh, true);
      return false;
    } catch {
      return true;
    }
  }

  #lookAtMemory(number: number): void {
    const { mutatedRecords } = this.#totals;
    const share = Math.floor((mutatedRecords / this.#task.records) * MEMORY_LOOKS);
    const look = this.#memory.look(share);
    if (look === undefined) return;
    this.#totals.heldMb = look.heldMb;
    if (look.problem === undefined) return;
    this.#failures++;
    const reproduce = `--seed ${this.#task.seed} --records ${this.#task.records}`;
    this.#hooks.onFailure({ blob: number, problem: look.problem, reproduce });
  }

  #count({ bytes, mutatedRecords }: FuzzBlob): void {
    this.#totals.blobs++;
    this.#totals.bytes += bytes.length;
    this.#totals.crc32 = crc32(bytes, this.#totals.crc32);
    this.#totals.mutatedRecords += mutatedRecords;
  }

  #countFigures({ fates, tiles }: BlobFigures): void {
    this.#totals.cutRecords += fates.length;
    this.#totals.tiles += tiles;
    for (const fate of fates) this.#totals.fates[fate] = (this.#totals.fates[fate] ?? 0) + 1;
  }
}

function describe(error: unknown): string {
  if (error instanceof Violation) return error.message;
  return error instanceof Error
    ? `threw: ${error.stack ?? error.message}`
    : `threw ${String(error)}`;
}
