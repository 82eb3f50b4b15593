// SPDX-License-Identifier: Apache-2.0
/** Runs the fuzzing thread and watches it: it reports, ends, dies, or hangs. */
import { Worker } from "node:worker_threads";
import type { FuzzMessage, FuzzWorkerData } from "./fuzz-worker.ts";
import type { FuzzFailure, FuzzTask, FuzzTotals } from "./fuzzer.ts";

export interface FuzzResult {
  /** Undefined when the thread did not come to its end. */
  readonly totals: FuzzTotals | undefined;
  readonly failures: readonly FuzzFailure[];
}

export interface Listener {
  readonly onTotals: (totals: FuzzTotals) => void;
  readonly onFailure: (failure: FuzzFailure) => void;
}

/** A blob takes milliseconds. Time here, not CPU time, so it leaves room for a machine that does other things. */
const HANGS_AFTER_MS = 20_000;
const LOOK_EVERY_MS = 1_000;

export async function superviseFuzzing(task: FuzzTask, listener: Listener): Promise<FuzzResult> {
  const blobAtWork = new Int32Array(new SharedArrayBuffer(4));
  const workerData: FuzzWorkerData = { task, blobAtWork };
  const worker = new Worker(new URL("./fuzz-worker.ts", import.meta.url), { workerData });
  const failures: FuzzFailure[] = [];
  let totals: FuzzTotals | undefined;
  const fail = (failure: FuzzFailure): void => {
    failures.push(failure);
    listener.onFailure(failure);
  };
  const failNow = (problem: string): void => {
    const blob = Atomics.load(blobAtWork, 0);
    fail({ blob, problem, reproduce: `--seed ${task.seed} --only-blob ${blob}` });
  };
  const stopWatching = watchForHang(blobAtWork, () => {
    failNow(`the blob hangs: no end after ${HANGS_AFTER_MS} ms`);
    void worker.terminate();
  });
  await new Promise<void>((resolve) => {
    worker.on("message", (message: FuzzMessage) => {
      if (message.kind === "failure") fail(message.failure);
      else listener.onTotals(message.totals);
      if (message.kind === "done") totals = message.totals;
    });
    worker.on("error", (error) => {
      failNow(`the thread died: ${error instanceof Error ? error.message : String(error)}`);
    });
    worker.on("exit", () => {
      resolve();
    });
  });
  stopWatching();
  return { totals, failures };
}

function watchForHang(blobAtWork: Int32Array, onHang: () => void): () => void {
  let seen = -1;
  let since = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const blob = Atomics.load(blobAtWork, 0);
    if (blob !== seen) [seen, since] = [blob, now];
    else if (now - since > HANGS_AFTER_MS) {
      clearInterval(timer);
      onHang();
    }
  }, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
  };
}
