// SPDX-License-Identifier: Apache-2.0
/** How a stage is measured: CPU time of the process, collection of garbage included, as the median of many rounds. */
import { median } from "../statistics.ts";

export interface StageCost {
  readonly name: string;
  readonly microsPerRecord: number;
}

export interface Rounds {
  readonly warmUp: number;
  readonly measured: number;
}

export const FULL_ROUNDS: Rounds = { warmUp: 10, measured: 41 };
export const QUICK_ROUNDS: Rounds = { warmUp: 3, measured: 5 };

/** Microseconds of CPU that `round`, which handles so many records, takes for one of them. */
export function microsPerRecord(records: number, round: () => unknown, rounds: Rounds): number {
  for (let index = 0; index < rounds.warmUp; index++) round();
  const costs = Array.from({ length: rounds.measured }, () => {
    const start = process.cpuUsage();
    round();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / records;
  });
  return median(costs);
}
