// SPDX-License-Identifier: Apache-2.0
/** The random source of a real run; tests pass one of their own. Only jitter depends on it, never a record. */
import { randomInt } from "node:crypto";

const STEPS = 2 ** 32;

/** A number in [0, 1). */
export function systemRandom(): number {
  return randomInt(STEPS) / STEPS;
}
