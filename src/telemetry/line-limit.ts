// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps repeated lines from flooding the log: the first of a kind is shown at once, those that follow are counted and
 * shown as one number a minute. Pure, with the time given; it owns no timer, so whoever uses it asks `takeDue` whenever
 * anything happens at all.
 */

/** Long enough to be quiet, short enough to be noticed while it still matters. */
const INTERVAL_MS = 60_000;

interface Kind {
  shownAtMs: number;
  suppressed: number;
}

/** How often a kind of line occurred since its last line. */
export interface Suppressed {
  readonly kind: string;
  readonly count: number;
}

export class LineLimit {
  readonly #kinds = new Map<string, Kind>();

  /** Counts one line of a kind; true when it is to be shown now. */
  admit(kind: string, nowMs: number): boolean {
    const known = this.#kinds.get(kind);
    if (known !== undefined && nowMs - known.shownAtMs < INTERVAL_MS) {
      known.suppressed++;
      return false;
    }
    this.#kinds.set(kind, { shownAtMs: nowMs, suppressed: 0 });
    return true;
  }

  /** The kinds whose minute is over and that have lines to report; counting begins anew for them. */
  takeDue(nowMs: number): Suppressed[] {
    const due: Suppressed[] = [];
    for (const [kind, state] of this.#kinds) {
      if (nowMs - state.shownAtMs < INTERVAL_MS) continue;
      if (state.suppressed > 0) {
        due.push({ kind, count: state.suppressed });
        state.shownAtMs = nowMs;
        state.suppressed = 0;
      } else {
        // A quiet minute ends the kind: its next line is a first one again, and the map stays small.
        this.#kinds.delete(kind);
      }
    }
    return due;
  }

  /** Everything not yet reported, whatever the time: for the end. */
  takeAll(): Suppressed[] {
    const all = [...this.#kinds].map(([kind, { suppressed }]) => ({ kind, count: suppressed }));
    this.#kinds.clear();
    return all.filter(({ count }) => count > 0);
  }
}
