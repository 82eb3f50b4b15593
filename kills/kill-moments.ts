// SPDX-License-Identifier: Apache-2.0
/** When a connector is killed. Moments are told by its progress, not by time. */
import type { RandomSource } from "../src/simulate/random-source.ts";
import type { ConnectorProcess } from "../test/support/connector-process.ts";
import type { DeliveryWorld } from "../test/support/delivery-world.ts";

/** Seen from outside: at its n-th call to storage, around the answer to its n-th request, after so many records. */
export const OUTER_MOMENTS = ["storage", "before-answer", "after-answer", "records"] as const;

/** Inside the process (kill-switch.ts), with the most times that are surely reached. */
const INNER_MOMENTS = {
  /** At a statement of the start: the lock, the tables of a new store, the scope, the first save. */
  start: 24,
  "before-save": 4,
  /** In the COMMIT: while the write-ahead log is written and synced. */
  "during-save": 4,
  "after-save": 4,
  /** Half of a dead letter is written. */
  "torn-letter": 2,
  "unsynced-letter": 2,
  /** It is durable, and nothing else knows. */
  "synced-letter": 2,
} as const;

export type KillMoment = (typeof OUTER_MOMENTS)[number] | keyof typeof INNER_MOMENTS;

export const KILL_MOMENTS: readonly KillMoment[] = [
  ...(Object.keys(INNER_MOMENTS) as (keyof typeof INNER_MOMENTS)[]),
  ...OUTER_MOMENTS,
];

export interface KillPlan {
  readonly moment: KillMoment;
  /** Which time it is: 1 is the first. */
  readonly count: number;
  /** How long after the beginning of a COMMIT, in microseconds: one takes a few hundred. */
  readonly delayUs: number;
}

export function drawPlan(moment: KillMoment, random: RandomSource): KillPlan {
  const most = moment in INNER_MOMENTS ? INNER_MOMENTS[moment as keyof typeof INNER_MOMENTS] : 12;
  return { moment, count: 1 + random.below(most), delayUs: random.below(1_000) };
}

/** What the process must be started with. */
export function switchOf({ moment, count, delayUs }: KillPlan): {
  nodeArgs: readonly string[];
  env: Readonly<Record<string, string>>;
} {
  if (!(moment in INNER_MOMENTS)) return { nodeArgs: [], env: {} };
  const preload = new URL("kill-switch.ts", import.meta.url).href;
  return { nodeArgs: ["--import", preload], env: { KILL_SWITCH: `${moment} ${count} ${delayUs}` } };
}

export interface WatchOptions {
  readonly victim: () => ConnectorProcess | undefined;
  /** Called at every third request, so that blobs grow while they are read. */
  readonly meanwhile: () => void;
}

/** Kills at the outer moments, and makes receiver trouble; replaces the faults of the world. */
export function watchFromOutside(
  world: DeliveryWorld,
  { moment, count }: KillPlan,
  { victim, meanwhile }: WatchOptions,
): void {
  let stepsLeft = count;
  const step = (at: KillMoment): void => {
    if (at === moment && --stepsLeft === 0) victim()?.kill();
  };
  const recordsBefore = world.receiver.uids.length;
  world.proxy.inject(() => {
    step("storage");
    return undefined;
  });
  world.receiver.script((request) => {
    if (request.index % 3 === 0) meanwhile();
    step("before-answer");
    if (moment === "records" && world.receiver.uids.length > recordsBefore + count * 20) {
      victim()?.kill();
    }
    // Only now does the answer leave, or its records count as received.
    if (moment === "after-answer") setImmediate(step, moment);
    if (stepsLeft <= 0 && count % 2 === 0) return "hang";
    return request.index % 11 === 5 ? { status: 503 } : undefined;
  });
}
