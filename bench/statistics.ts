// SPDX-License-Identifier: Apache-2.0
/** Order statistics (pure). Other work on the machine only ever slows a run, so the middle is fairer than the mean. */

/** The middle value, the upper one of two; 0 for none. */
export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0;
}
