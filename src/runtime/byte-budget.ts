// SPDX-License-Identifier: Apache-2.0
/**
 * Bounds how many bytes of input are in memory at once. Readers charge it before they read, whoever
 * settles the bytes credits them; when nothing is left, reading waits. Waiters are served strictly
 * in the order they came, so a large request is never starved by small ones. It counts bytes, it
 * does not hold them.
 */
import { cancelled, ConnectorError } from "../errors.ts";

export interface ByteBudget {
  /**
   * Resolves once `bytes` are charged; the caller owes exactly one credit for them from then on,
   * even if the signal aborts later. Rejects with CANCELLED, charging nothing, when the signal
   * aborts first or had aborted before. Rejects with INTERNAL when the whole budget is smaller than
   * `bytes`: such a request would wait for ever.
   */
  acquire(bytes: number, signal: AbortSignal): Promise<void>;
  /**
   * Charges at once and returns true, or returns false: too little is left, or others wait already.
   */
  tryAcquire(bytes: number): boolean;
  /** Gives bytes back. Throws INTERNAL when more comes back than was charged. */
  credit(bytes: number): void;
  /** Bytes that are not charged. */
  readonly available: number;
  /** How many requests wait. */
  readonly waiting: number;
}

interface Waiter {
  readonly bytes: number;
  readonly grant: () => void;
}

/** Creates a budget of `totalBytes`, all of it available. */
export function createByteBudget(totalBytes: number): ByteBudget {
  assertByteCount(totalBytes);
  return new FifoBudget(totalBytes);
}

class FifoBudget implements ByteBudget {
  readonly #totalBytes: number;
  #available: number;
  #queue: Waiter[] = [];

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
    this.#available = totalBytes;
  }

  get available(): number {
    return this.#available;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  async acquire(bytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelled(signal);
    if (bytes > this.#totalBytes) {
      const sizes = `${bytes} bytes of a budget of ${this.#totalBytes}`;
      throw new ConnectorError("INTERNAL", `a read asks for ${sizes}: it would wait for ever`);
    }
    if (!this.tryAcquire(bytes)) await this.#wait(bytes, signal);
  }

  tryAcquire(bytes: number): boolean {
    assertByteCount(bytes);
    if (this.#queue.length > 0 || bytes > this.#available) return false;
    this.#available -= bytes;
    return true;
  }

  credit(bytes: number): void {
    assertByteCount(bytes);
    const charged = this.#totalBytes - this.#available;
    if (bytes > charged) {
      throw new ConnectorError("INTERNAL", `${bytes} bytes credited, but ${charged} are charged`);
    }
    this.#available += bytes;
    this.#serve();
  }

  #wait(bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#queue = this.#queue.filter((other) => other !== waiter);
        reject(cancelled(signal));
        // A large request that leaves may uncover a small one that fits.
        this.#serve();
      };
      const grant = (): void => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      const waiter: Waiter = { bytes, grant };
      this.#queue.push(waiter);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  #serve(): void {
    for (;;) {
      const first = this.#queue[0];
      if (first === undefined || first.bytes > this.#available) return;
      this.#queue.shift();
      this.#available -= first.bytes;
      first.grant();
    }
  }
}

function assertByteCount(bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes >= 0) return;
  throw new ConnectorError("INTERNAL", `${bytes} is not a number of bytes`);
}
