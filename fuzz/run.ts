// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run fuzz`: pushes mutated audit blobs through splitter, parser, mapper and encoder, and checks after each that
 * nothing was lost, made up, mixed up or slow. Progress and failures go to stderr, the result to stdout. Exit code 1 when a
 * promise was broken. What is promised, and how to look at a failure: README.md beside this file.
 */
import { writeFileSync } from "node:fs";
import { composeBlob } from "./blob-composer.ts";
import { readOptions, USAGE } from "./options.ts";
import type { FuzzOptions } from "./options.ts";
import { createProgress } from "./progress.ts";
import { readSourceEvents } from "./source-events.ts";
import { superviseFuzzing } from "./supervision.ts";
import type { FuzzResult } from "./supervision.ts";

try {
  const options = readOptions(process.argv.slice(2));
  if (!(await run(options))) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof TypeError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 1;
}

async function run(options: FuzzOptions): Promise<boolean> {
  const { records, seed, onlyBlob, isJson } = options;
  save(options);
  const progress = createProgress(process.stderr, records);
  const begin = performance.now();
  const result = await superviseFuzzing(
    { records, seed, onlyBlob },
    { onTotals: progress.show, onFailure: progress.showFailure },
  );
  progress.end();
  const seconds = Math.round((performance.now() - begin) / 100) / 10;
  const report = { seed, seconds, ...result.totals, failures: result.failures };
  console.log(isJson ? JSON.stringify(report) : sentences(result, seconds));
  return result.totals !== undefined && result.failures.length === 0;
}

function save({ savePath, onlyBlob, seed }: FuzzOptions): void {
  if (savePath === undefined || onlyBlob === undefined) return;
  const { bytes, layout } = composeBlob(readSourceEvents(), seed, onlyBlob);
  writeFileSync(savePath, bytes);
  console.error(`blob ${onlyBlob} (${layout}), ${bytes.length} bytes: ${savePath}`);
}

function sentences({ totals, failures }: FuzzResult, seconds: number): string {
  if (totals === undefined) return `fuzz: not finished after ${seconds} s`;
  const { blobs, bytes, mutatedRecords, cutRecords, fates, slowestBlobMs, heldMb } = totals;
  const kinds = Object.entries(fates).sort(([, a], [, b]) => b - a);
  return [
    `fuzz: ${mutatedRecords} mutated records in ${blobs} blobs, ${Math.round(bytes / 1e6)} MB, ${seconds} s`,
    `  cut into ${cutRecords} records: ${kinds.map(([fate, count]) => `${count} ${fate}`).join(", ")}`,
    `  slowest blob ${slowestBlobMs.toFixed(0)} ms of CPU${heldMb === 0 ? "" : `; ${heldMb} MB held at the end`}`,
    failures.length === 0 ? "  no promise broken" : `  ${failures.length} failures, see above`,
  ].join("\n");
}
