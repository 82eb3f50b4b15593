// SPDX-License-Identifier: Apache-2.0
/**
 * Large buffers that are used again. Left to the garbage collector, they pile up between two collections (V8 lets 64 MB
 * of them wait) and tear holes into the allocator's memory: that made 150 of 380 MB (measured with 100,000 records).
 *
 * Whoever takes a buffer owns it until it is given back; one that is never given back is simply collected. A buffer
 * that is not from here, or that was given back already, is not taken back: nobody else may still look at it.
 */

export interface BufferPool {
  /** A buffer of at least so many bytes, with anything in it. */
  readonly take: (bytes: number) => Buffer;
  /** Takes a buffer back, named by itself or by a view of it. Its bytes must not be looked at any more. */
  readonly giveBack: (view: Uint8Array) => void;
}

export interface BufferPoolOptions {
  /** Smaller requests are rounded up to this, so that buffers fit one another. */
  readonly bufferBytes: number;
  /** Most buffers that wait to be used again. */
  readonly maxFree: number;
}

export function createBufferPool({ bufferBytes, maxFree }: BufferPoolOptions): BufferPool {
  const taken = new WeakMap<ArrayBufferLike, Buffer>();
  const free: Buffer[] = [];
  return {
    take: (bytes) => {
      const index = free.findIndex((buffer) => buffer.length >= bytes);
      const found = index < 0 ? undefined : free.splice(index, 1)[0];
      const buffer = found ?? Buffer.allocUnsafeSlow(Math.max(bytes, bufferBytes));
      taken.set(buffer.buffer, buffer);
      return buffer;
    },
    giveBack: (view) => {
      const buffer = taken.get(view.buffer);
      if (buffer === undefined) return;
      taken.delete(view.buffer);
      if (free.length < maxFree) free.push(buffer);
    },
  };
}
