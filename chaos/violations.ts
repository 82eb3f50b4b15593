// SPDX-License-Identifier: Apache-2.0
/** Broken promises of a run, with what was going on when each was seen. */

export interface Violation {
  /** Milliseconds since the start of the run. */
  readonly atMs: number;
  /** A stable word for the promise. */
  readonly kind: ViolationKind;
  readonly detail: string;
  /** The faults that began last, newest last. */
  readonly faults: readonly string[];
}

export type ViolationKind =
  | "lost"
  | "unread"
  | "stuck"
  | "both"
  | "changed-repeat"
  | "invented"
  | "condemned"
  | "cursor-ahead"
  | "cursor-back"
  | "cursor-crc"
  | "cursor-counts"
  | "false-change"
  | "ended"
  | "two-writers"
  | "verify"
  | "leak"
  | "protocol";

const MOST_OF_A_KIND = 10;
const LAST_FAULTS = 12;

export class Violations {
  readonly all: Violation[] = [];
  /** All of them, also those that are not listed. */
  readonly counts = new Map<ViolationKind, number>();
  readonly #faults: string[] = [];
  readonly #now: () => number;
  readonly #onViolation: (violation: Violation) => void;

  constructor(now: () => number, onViolation: (violation: Violation) => void) {
    this.#now = now;
    this.#onViolation = onViolation;
  }

  /** A fault began or ended. */
  noteFault(what: string): void {
    this.#faults.push(`${(this.#now() / 1000).toFixed(1)} s ${what}`);
    if (this.#faults.length > LAST_FAULTS) this.#faults.shift();
  }

  add(kind: ViolationKind, detail: string): void {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    if (count > MOST_OF_A_KIND) return;
    const violation = { atMs: this.#now(), kind, detail, faults: [...this.#faults] };
    this.all.push(violation);
    this.#onViolation(violation);
  }
}
