// SPDX-License-Identifier: Apache-2.0
/** The thread that fuzzes: a call that never returns stops this thread, and the other one says so. */
import { parentPort, workerData } from "node:worker_threads";
import { fuzz } from "./fuzzer.ts";
import type { FuzzFailure, FuzzTask, FuzzTotals } from "./fuzzer.ts";

export interface FuzzWorkerData {
  readonly task: FuzzTask;
  /** One number, the blob being checked: it can be read while the thread hangs. */
  readonly blobAtWork: Int32Array;
}

export type FuzzMessage =
  | { readonly kind: "totals"; readonly totals: FuzzTotals }
  | { readonly kind: "failure"; readonly failure: FuzzFailure }
  | { readonly kind: "done"; readonly totals: FuzzTotals };

// Most damaged records end in a SyntaxError; to note where each was thrown costs more than all the rest of the run.
Error.stackTraceLimit = 3;

const { task, blobAtWork } = workerData as FuzzWorkerData;

const totals = fuzz(task, {
  onBlob: (number) => Atomics.store(blobAtWork, 0, number),
  onTotals: (now) => {
    post({ kind: "totals", totals: now });
  },
  onFailure: (failure) => {
    post({ kind: "failure", failure });
  },
});
post({ kind: "done", totals });

function post(message: FuzzMessage): void {
  parentPort?.postMessage(message);
}
