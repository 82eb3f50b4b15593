// SPDX-License-Identifier: Apache-2.0
/**
 * Looks at the memory that is held when all garbage is gone. What grows with the number of records leaks; caches have
 * filled by the second look and are part of what later looks are measured by.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface MemoryLook {
  readonly heldMb: number;
  readonly problem: string | undefined;
}

const MB = 1024 * 1024;
/** Caches of odd resources and the code that V8 compiles; a leak of one record in ten passes it within a run. */
const ALLOWED_MB = 48;
/** The look that later ones are measured by. */
const BASE_LOOK = 2;

export class MemoryWatch {
  readonly #collectGarbage = garbageCollector();
  #looks = 0;
  #baseMb = 0;

  /** Looks when `due` passes a whole number for the first time; undefined in between. */
  look(due: number): MemoryLook | undefined {
    if (due <= this.#looks) return undefined;
    this.#looks = due;
    // Twice: what the first round finds unused may hold array buffers that only the second one frees.
    this.#collectGarbage();
    this.#collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    const heldMb = Math.round((heapUsed + external) / MB);
    if (due <= BASE_LOOK) this.#baseMb = heldMb;
    const grownMb = heldMb - this.#baseMb;
    const problem =
      grownMb > ALLOWED_MB ? `memory grew from ${this.#baseMb} to ${heldMb} MB` : undefined;
    return { heldMb, problem };
  }
}

/** V8's own collector, without asking whoever starts the run for a flag. */
function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
