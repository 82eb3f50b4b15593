// SPDX-License-Identifier: Apache-2.0
/** Flags of the fuzz run. A wrong one ends it at once. */
import { parseArgs } from "node:util";

export interface FuzzOptions {
  /** Mutated records to make; the blob that reaches the number is finished. */
  readonly records: number;
  /** Everything follows from it: equal seeds give equal blobs, windows and verdicts. */
  readonly seed: string;
  readonly isJson: boolean;
  /** Make and check this blob only. */
  readonly onlyBlob: number | undefined;
  /** Where to write the bytes of that blob. */
  readonly savePath: string | undefined;
}

export const USAGE = `Usage: npm run fuzz -- [options]
  --records <n>      mutated records to push through (default 20000)
  --seed <text>      what everything is drawn from (default 1)
  --only-blob <k>    only the blob of this number, checked in every way
  --save <file>      with --only-blob: write the blob's bytes there
  --json             one JSON object on stdout at the end
`;

const FLAGS = {
  records: { type: "string", default: "20000" },
  seed: { type: "string", default: "1" },
  "only-blob": { type: "string" },
  save: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

/** Throws a TypeError with a sentence for flags that make no sense. */
export function readOptions(argv: readonly string[]): FuzzOptions {
  const { values } = parseArgs({ args: [...argv], options: FLAGS });
  const onlyBlob = values["only-blob"];
  if (values.save !== undefined && onlyBlob === undefined) {
    throw new TypeError("--save wants --only-blob: it writes one blob");
  }
  return {
    records: toCount("records", values.records, 1),
    seed: values.seed,
    isJson: values.json,
    onlyBlob: onlyBlob === undefined ? undefined : toCount("only-blob", onlyBlob, 0),
    savePath: values.save,
  };
}

function toCount(name: string, text: string, least: number): number {
  const count = Number(text);
  if (text !== "" && Number.isSafeInteger(count) && count >= least) return count;
  throw new TypeError(`--${name} wants a whole number from ${least}, not ${JSON.stringify(text)}`);
}
