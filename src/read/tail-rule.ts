// SPDX-License-Identifier: Apache-2.0
/**
 * What to do with a last line that lacks its newline (pure). It may still be in the writing, so it waits until the blob
 * has been still for `tailGraceMs`; from then on it is taken if it is whole. When the blob is about to close
 * (`closeAfterMs`) it is taken whatever it is, so that a torn line neither blocks nor vanishes. Ages are told by the
 * service's own clock.
 */

export interface TailRules {
  readonly tailGraceMs: number;
  readonly closeAfterMs: number;
}

export interface TailRuling {
  readonly action: "wait" | "take-if-whole" | "take";
  /** When to look again if the line stays, epoch ms of the service's clock. */
  readonly lookAgainAtMs: number;
}

export function ruleOnTail(
  state: { serviceDateMs: number; lastModifiedMs: number },
  { tailGraceMs, closeAfterMs }: TailRules,
): TailRuling {
  const stillMs = state.serviceDateMs - state.lastModifiedMs;
  if (stillMs < tailGraceMs) {
    return { action: "wait", lookAgainAtMs: state.lastModifiedMs + tailGraceMs };
  }
  const action = stillMs < closeAfterMs ? "take-if-whole" : "take";
  return { action, lookAgainAtMs: state.lastModifiedMs + closeAfterMs };
}
