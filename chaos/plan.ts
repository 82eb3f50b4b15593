// SPDX-License-Identifier: Apache-2.0
/** Everything that is chosen in a run (pure): equal seeds and minutes give equal plans, and equal checksums. */
import { crc32 } from "node:zlib";
import { createRandomSource } from "../src/simulate/random-source.ts";
import type { RandomSource } from "../src/simulate/random-source.ts";
import { planContent } from "./content-plan.ts";
import type { ContentPlan } from "./content-plan.ts";
import { planFaults } from "./fault-plan.ts";
import type { FaultPlan } from "./fault-plan.ts";

export interface ChaosPlan {
  readonly forMs: number;
  readonly content: ContentPlan;
  readonly faults: FaultPlan;
  /** CRC-32 of all of it, in hex: two runs with the same one were asked to do the same. */
  readonly checksum: string;
}

export function createPlan(seed: string, minutes: number): ChaosPlan {
  // A source for each lane: what one of them draws does not shift what the others get.
  const randomOf = (lane: string): RandomSource => createRandomSource(`${seed}/${lane}`);
  const forMs = Math.round(minutes * 60_000);
  const content = planContent(randomOf, forMs);
  const faults = planFaults(randomOf, forMs);
  const checksum = crc32(JSON.stringify({ content, faults })).toString(16).padStart(8, "0");
  return { forMs, content, faults, checksum };
}
