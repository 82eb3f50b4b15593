// SPDX-License-Identifier: Apache-2.0
/** Flags of the bench. A wrong one ends it at once: half an hour of the wrong measurement helps nobody. */
import { parseArgs } from "node:util";

/** What can be measured, in the order of the report. */
export const PARTS = ["stages", "end-to-end", "receiver-down", "memory", "idle"] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly parts: readonly Part[];
  /** Records in the one blob that is delivered. */
  readonly records: number;
  /** Length of the memory part's large blob; its other cases are in proportion. */
  readonly blobBytes: number;
  /** How often each end-to-end case is run. */
  readonly runs: number;
  readonly isJson: boolean;
  /** A look in seconds instead of a measurement in minutes. */
  readonly isQuick: boolean;
  /** Directory for CPU profiles of the connector; undefined takes none. */
  readonly profileDirectory: string | undefined;
}

export const USAGE = `Usage: npm run bench -- [options]
  --records <n>      records in the blob (default 100000; quick 20000)
  --blob-mib <n>     MiB of the memory part's large blob (default 2048; quick 64)
  --runs <n>         runs of each end-to-end case (default 3; quick 1)
  --only <parts>     some of ${PARTS.join(",")}
  --quick            one case, one run, short waits
  --profile <dir>    write a CPU profile of each connector run there
  --json             one JSON object on stdout instead of tables
`;

const FLAGS = {
  records: { type: "string" },
  "blob-mib": { type: "string" },
  runs: { type: "string" },
  only: { type: "string" },
  quick: { type: "boolean", default: false },
  profile: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

/** Throws a TypeError with a sentence for flags that make no sense. */
export function readOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({ args: [...argv], options: FLAGS });
  const isQuick = values.quick;
  return {
    parts: values.only === undefined ? PARTS : values.only.split(",").map(toPart),
    records: toCount("records", values.records ?? (isQuick ? "20000" : "100000")),
    blobBytes: toCount("blob-mib", values["blob-mib"] ?? (isQuick ? "64" : "2048")) * 1024 * 1024,
    runs: toCount("runs", values.runs ?? (isQuick ? "1" : "3")),
    isJson: values.json,
    isQuick,
    profileDirectory: values.profile,
  };
}

function toPart(name: string): Part {
  const part = PARTS.find((known) => known === name);
  if (part === undefined) throw new TypeError(`--only knows ${PARTS.join(", ")}, not ${name}`);
  return part;
}

function toCount(name: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new TypeError(`--${name} wants a positive whole number, not ${text}`);
}
