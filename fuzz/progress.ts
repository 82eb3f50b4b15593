// SPDX-License-Identifier: Apache-2.0
/** How far the run is: one line that is written over on a terminal, a line now and then in a pipe. */
import type { FuzzFailure, FuzzTotals } from "./fuzzer.ts";

export interface Progress {
  readonly show: (totals: FuzzTotals) => void;
  /** A line of its own, whatever stood there. */
  readonly showFailure: (failure: FuzzFailure) => void;
  /** Takes the unfinished line away. */
  readonly end: () => void;
}

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): boolean;
}

const TERMINAL_EVERY_MS = 200;
const PIPE_EVERY_MS = 10_000;
const CLEAR_LINE = "\r\u001b[2K";

export function createProgress(out: Terminal, goal: number): Progress {
  const isTerminal = out.isTTY === true;
  const everyMs = isTerminal ? TERMINAL_EVERY_MS : PIPE_EVERY_MS;
  const clear = isTerminal ? CLEAR_LINE : "";
  const begin = performance.now();
  let shownAt = begin;
  return {
    show: (totals) => {
      const now = performance.now();
      if (now - shownAt < everyMs) return;
      shownAt = now;
      const line = lineOf(totals, goal, (now - begin) / 1000);
      out.write(isTerminal ? clear + line : `${line}\n`);
    },
    showFailure: ({ blob, problem, reproduce }) => {
      out.write(`${clear}blob ${blob}: ${problem}\n  npm run fuzz -- ${reproduce}\n`);
    },
    end: () => {
      out.write(clear);
    },
  };
}

function lineOf({ mutatedRecords, blobs }: FuzzTotals, goal: number, seconds: number): string {
  const rate = Math.round(mutatedRecords / seconds);
  const percent = Math.min(100, Math.floor((mutatedRecords / goal) * 100));
  return `fuzz: ${percent} %, ${mutatedRecords} records in ${blobs} blobs, ${rate} a second`;
}
