// SPDX-License-Identifier: Apache-2.0
/** The time of a run: real, counted from its start. Every wait ends with the run. */

const LOOK_EVERY_MS = 50;

export class Timeline {
  readonly #startedAtMs = performance.now();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get nowMs(): number {
    return performance.now() - this.#startedAtMs;
  }

  get isOver(): boolean {
    return this.#signal.aborted;
  }

  /** Waits for a time of the plan. */
  async until(atMs: number): Promise<void> {
    await this.pass(atMs - this.nowMs);
  }

  /** Waits so long; throws when the run was broken off. */
  async pass(ms: number): Promise<void> {
    this.#signal.throwIfAborted();
    if (ms <= 0) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#signal.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(new Error("the run was broken off"));
      };
      this.#signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Waits until it is so; false when it was not within the time. */
  async when(isSo: () => boolean, withinMs = Infinity): Promise<boolean> {
    const untilMs = this.nowMs + withinMs;
    while (!isSo()) {
      if (this.nowMs > untilMs) return false;
      await this.pass(LOOK_EVERY_MS);
    }
    return true;
  }
}
