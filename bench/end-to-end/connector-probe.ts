// SPDX-License-Identifier: Apache-2.0
/**
 * Loaded into the measured process before the real command line program (`node --import`). It only watches: when
 * answers of the receiver arrive, what CPU time the process had used by then, and how large it became. It writes one
 * JSON object to file descriptor 3 when the process ends. Compiled and self-contained: see compiled-sources.ts.
 */
import { subscribe } from "node:diagnostics_channel";
import { readFileSync, writeSync } from "node:fs";

/** CPU time and memory at a moment. */
export interface ProbeSample {
  /** Since the process began. */
  readonly atMs: number;
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

export interface ProbeReport {
  /** At the first and the last answer; undefined when none came. */
  readonly firstAnswer: ProbeSample | undefined;
  readonly lastAnswer: ProbeSample | undefined;
  /** Taken every second. */
  readonly samples: readonly ProbeSample[];
  readonly end: ProbeSample;
  readonly peakRssBytes: number;
}

const REPORT_FD = 3;
const SAMPLE_EVERY_MS = 1_000;
/** Published by undici when an answer has arrived whole; the storage SDK does not use undici. */
const ANSWERED = "undici:request:trailers";

let firstAnswer: ProbeSample | undefined;
let lastAnswer: ProbeSample | undefined;
const samples: ProbeSample[] = [];

subscribe(ANSWERED, () => {
  lastAnswer = sample();
  firstAnswer ??= lastAnswer;
});

setInterval(() => samples.push(sample()), SAMPLE_EVERY_MS).unref();

process.on("exit", () => {
  const end = sample();
  const peakRssBytes = Math.max(peakRss() ?? 0, end.rssBytes);
  const report: ProbeReport = { firstAnswer, lastAnswer, samples, end, peakRssBytes };
  writeSync(REPORT_FD, JSON.stringify(report));
});

function sample(): ProbeSample {
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    cpuMicros: user + system,
    rssBytes: process.memoryUsage.rss(),
  };
}

/** The kernel's own high-water mark. `maxRSS` will not do: it counts the parent's memory at the fork. */
function peakRss(): number | undefined {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
    return match === null ? undefined : Number(match[1]) * 1024;
  } catch {
    // Not Linux: the largest sample has to do.
    return Math.max(0, ...samples.map(({ rssBytes }) => rssBytes));
  }
}
