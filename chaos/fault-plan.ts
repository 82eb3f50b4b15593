// SPDX-License-Identifier: Apache-2.0
/**
 * Which fault comes when (pure). Each lane is a row of faults with pauses between them, and the lanes run side by side,
 * so that faults of different kinds overlap as they please. Times are milliseconds since the start of the run.
 */
import type { RandomSource } from "../src/simulate/random-source.ts";
import { createWeightedChoice } from "../src/simulate/weighted-choice.ts";

/** What the receiver answers. Everything but `size` and `none` is the answer to every request. */
export const RECEIVER_FAULTS = [
  { kind: "503", weight: 3 },
  { kind: "429", weight: 3 },
  { kind: "502", weight: 1 },
  { kind: "400", weight: 3 },
  { kind: "422", weight: 1 },
  { kind: "500", weight: 2 },
  { kind: "size", weight: 3 },
  { kind: "partial", weight: 3 },
  { kind: "entries", weight: 2 },
  { kind: "401", weight: 1 },
  { kind: "login-page", weight: 1 },
  { kind: "long-refusal", weight: 1 },
  { kind: "long-success", weight: 1 },
  { kind: "hang", weight: 1 },
  { kind: "stall-mid-body", weight: 1 },
  { kind: "reset", weight: 2 },
  { kind: "cut-mid-body", weight: 3 },
  { kind: "away", weight: 2 },
] as const;

/** What single requests to storage get; `share` of them, told by their number. */
export const STORAGE_FAULTS = [
  { kind: "503", weight: 3 },
  { kind: "429", weight: 1 },
  { kind: "500", weight: 1 },
  { kind: "403", weight: 2 },
  { kind: "404", weight: 2 },
  { kind: "reset", weight: 2 },
  { kind: "cut", weight: 3 },
  { kind: "delay", weight: 1 },
  { kind: "lost-answer", weight: 1 },
  { kind: "empty-pages", weight: 2 },
] as const;

/** What happens to the connections themselves. */
export const NETWORK_FAULTS = [
  { kind: "refuse", weight: 2 },
  { kind: "reset", weight: 2 },
  { kind: "black-hole", weight: 2 },
  { kind: "no-answer", weight: 2 },
  { kind: "delay", weight: 2 },
  { kind: "throttle", weight: 1 },
  { kind: "cut-reset", weight: 3 },
  { kind: "cut-end", weight: 2 },
  { kind: "half-close", weight: 1 },
] as const;

/** What happens to the process, its disk and its store. */
export const MACHINE_FAULTS = [
  { kind: "kill", weight: 10 },
  { kind: "stop", weight: 3 },
  { kind: "second-instance", weight: 2 },
  { kind: "letters-blocked", weight: 2 },
  { kind: "letters-full", weight: 1 },
  { kind: "store-locked", weight: 2 },
] as const;

export type ReceiverFaultKind = (typeof RECEIVER_FAULTS)[number]["kind"];
export type StorageFaultKind = (typeof STORAGE_FAULTS)[number]["kind"];
export type NetworkFaultKind = (typeof NETWORK_FAULTS)[number]["kind"];
export type MachineFaultKind = (typeof MACHINE_FAULTS)[number]["kind"];

export interface PlannedFault<Kind extends string> {
  readonly kind: Kind;
  readonly atMs: number;
  readonly lastsMs: number;
  /** In [0, 1): sizes, shares and positions are made of it. */
  readonly measure: number;
}

export interface FaultPlan {
  readonly receiver: readonly PlannedFault<ReceiverFaultKind>[];
  readonly receiverNetwork: readonly PlannedFault<NetworkFaultKind>[];
  readonly storage: readonly PlannedFault<StorageFaultKind>[];
  readonly storageNetwork: readonly PlannedFault<NetworkFaultKind>[];
  readonly machine: readonly PlannedFault<MachineFaultKind>[];
}

interface Rhythm {
  /** Between the end of a fault and the next one, on average. */
  readonly pauseMs: number;
  readonly lastsMs: readonly [least: number, most: number];
}

/**
 * Faults are short, because the back-off of the connector doubles with each failure in a row: one of ten seconds may
 * cost twenty, and nothing would be tested meanwhile.
 */
export function planFaults(randomOf: (lane: string) => RandomSource, forMs: number): FaultPlan {
  const lane = <Kind extends string>(
    name: string,
    faults: readonly { readonly kind: Kind; readonly weight: number }[],
    rhythm: Rhythm,
  ): PlannedFault<Kind>[] => planLane(randomOf(name), faults, rhythm, forMs);
  return {
    receiver: lane("receiver", RECEIVER_FAULTS, { pauseMs: 2_500, lastsMs: [300, 4_000] }),
    receiverNetwork: lane("receiver network", NETWORK_FAULTS, {
      pauseMs: 7_000,
      lastsMs: [200, 2_500],
    }),
    storage: lane("storage", STORAGE_FAULTS, { pauseMs: 4_000, lastsMs: [500, 5_000] }),
    storageNetwork: lane("storage network", NETWORK_FAULTS, {
      pauseMs: 7_000,
      lastsMs: [200, 3_000],
    }),
    machine: lane("machine", MACHINE_FAULTS, { pauseMs: 5_000, lastsMs: [0, 4_000] }),
  };
}

function planLane<Kind extends string>(
  random: RandomSource,
  faults: readonly { readonly kind: Kind; readonly weight: number }[],
  { pauseMs, lastsMs: [least, most] }: Rhythm,
  forMs: number,
): PlannedFault<Kind>[] {
  const choose = createWeightedChoice(faults);
  const planned: PlannedFault<Kind>[] = [];
  for (let atMs = draw(pauseMs); atMs < forMs;) {
    const { kind } = choose(random);
    const lastsMs = Math.round(least + random.next() * (most - least));
    planned.push({ kind, atMs, lastsMs, measure: random.next() });
    atMs += lastsMs + draw(pauseMs);
  }
  return planned;

  /** Between a fifth and nine fifths of the average. */
  function draw(averageMs: number): number {
    return Math.round(averageMs * (0.2 + 1.6 * random.next()));
  }
}
