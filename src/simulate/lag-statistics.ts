// SPDX-License-Identifier: Apache-2.0
/** Distribution of delays in constant memory, pure: a histogram whose buckets grow by a tenth, so it is right to 10 %. */

const GROWTH = Math.log(1.1);

/** Up to about three hours; longer ones share the last bucket. */
const BUCKETS = 170;

export interface LagStatistics {
  /** A delay in milliseconds; negative ones (clocks that disagree) count as 0. */
  add(lagMs: number): void;
  /** Upper bound, in milliseconds, of the share `q` (0 to 1) of all delays; undefined while there is none. */
  quantile(q: number): number | undefined;
  readonly maxMs: number | undefined;
}

export function createLagStatistics(): LagStatistics {
  const buckets = new Array<number>(BUCKETS).fill(0);
  let count = 0;
  let maxMs: number | undefined;
  return {
    add(lagMs) {
      const lag = Math.max(0, lagMs);
      const index = Math.min(BUCKETS - 1, Math.floor(Math.log1p(lag) / GROWTH));
      buckets[index] = (buckets[index] ?? 0) + 1;
      count += 1;
      maxMs = Math.max(maxMs ?? 0, lag);
    },
    quantile(q) {
      if (maxMs === undefined) return undefined;
      let left = Math.max(1, Math.ceil(q * count));
      const index = buckets.findIndex((size) => {
        left -= size;
        return left <= 0;
      });
      return Math.min(maxMs, Math.expm1((index + 1) * GROWTH));
    },
    get maxMs() {
      return maxMs;
    },
  };
}
