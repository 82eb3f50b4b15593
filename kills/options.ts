// SPDX-License-Identifier: Apache-2.0
/** Flags of the campaign. A wrong one ends it at once. */
import { parseArgs } from "node:util";

export interface KillOptions {
  readonly kills: number;
  /** What the moments and the growth of the blobs are drawn from. The machine's speed has its part too. */
  readonly seed: string;
  readonly isJson: boolean;
}

export const USAGE = `Usage: npm run kills -- [options]
  --kills <n>     how often the program is killed (default 200)
  --seed <text>   what the moments are drawn from (default 1)
  --json          one JSON object on stdout at the end
`;

/** Throws a TypeError with a sentence for flags that make no sense. */
export function readOptions(argv: readonly string[]): KillOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      kills: { type: "string", default: "200" },
      seed: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
    },
  });
  const kills = Number(values.kills);
  if (!Number.isSafeInteger(kills) || kills < 1) {
    throw new TypeError(`--kills wants a whole number from 1, not ${JSON.stringify(values.kills)}`);
  }
  return { kills, seed: values.seed, isJson: values.json };
}
