// SPDX-License-Identifier: Apache-2.0
/** Choosing by weight, pure: heavy entries stand first, so a draw needs few steps. */
import type { RandomSource } from "./random-source.ts";

export interface Weighted {
  /** Share of the draws, relative to the sum of all weights. */
  readonly weight: number;
}

/** Returns a function that draws an entry. The entries must not be empty. */
export function createWeightedChoice<T extends Weighted>(
  entries: readonly T[],
): (random: RandomSource) => T {
  const ordered = [...entries].sort((one, other) => other.weight - one.weight);
  const last = ordered.at(-1);
  if (last === undefined) throw new RangeError("cannot choose from no entries");
  const total = ordered.reduce((sum, entry) => sum + entry.weight, 0);
  return (random) => {
    let left = random.next() * total;
    for (const entry of ordered) {
      left -= entry.weight;
      if (left < 0) return entry;
    }
    return last;
  };
}
