// SPDX-License-Identifier: Apache-2.0
/** Work that goes on beside everything else, and that somebody has to wait for in the end. It does not cancel it. */
export class PendingWork {
  readonly #open = new Set<Promise<void>>();

  /** Remembers the work until it has ended. It must not reject. */
  add(work: Promise<void>): void {
    const remembered = work.finally(() => this.#open.delete(remembered));
    this.#open.add(remembered);
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** Resolves when what is open now has ended. */
  async settle(): Promise<void> {
    await Promise.all(this.#open);
  }
}
