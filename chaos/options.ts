// SPDX-License-Identifier: Apache-2.0
/** Flags of the chaos run. A wrong one ends it at once. */
import { parseArgs } from "node:util";

export interface ChaosOptions {
  /** How long faults and growth go on; healing, quiet and the last checks come after that. */
  readonly minutes: number;
  /** Everything that is chosen follows from it: equal seeds give equal plans. What happens when is not chosen. */
  readonly seed: string;
  readonly isJson: boolean;
  /** Keep the directory of the run although nothing was wrong. */
  readonly keeps: boolean;
}

export const USAGE = `Usage: npm run chaos -- [options]
  --minutes <n>      how long faults and growth go on (default 2)
  --seed <text>      what every choice is drawn from (default 1)
  --keep             keep logs, store and dead letters although nothing was wrong
  --json             one JSON object on stdout at the end
`;

const FLAGS = {
  minutes: { type: "string", default: "2" },
  seed: { type: "string", default: "1" },
  keep: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;

/** Throws a TypeError with a sentence for flags that make no sense. */
export function readOptions(argv: readonly string[]): ChaosOptions {
  const { values } = parseArgs({ args: [...argv], options: FLAGS });
  const minutes = Number(values.minutes);
  if (values.minutes === "" || !(minutes > 0 && minutes <= 1440)) {
    const given = JSON.stringify(values.minutes);
    throw new TypeError(`--minutes wants a number above 0 and up to 1440, not ${given}`);
  }
  return { minutes, seed: values.seed, isJson: values.json, keeps: values.keep };
}
