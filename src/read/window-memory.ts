// SPDX-License-Identifier: Apache-2.0
/**
 * Memory for the windows that are read, used again window after window. Windows come in many sizes: they are smaller
 * when many resources are behind, and a blob's last one is what is left of it. So each size class, half of the next, has
 * a pool of its own: a small window does not hold a large buffer.
 */
import { createBufferPool } from "../runtime/buffer-pool.ts";
import type { BufferPool } from "../runtime/buffer-pool.ts";

export interface WindowMemory {
  /** Memory for a read of so many bytes. */
  readonly allocate: (bytes: number) => Buffer;
  /** Takes memory back; what did not come from a pool is ignored. */
  readonly release: (bytes: Buffer) => void;
}

/** One byte more is read, to see that the blob is still the same. */
const OVERLAP_BYTES = 1;
/** A window that is released is mostly taken again at once: each class may keep so many full windows' bytes. */
const FREE_WINDOWS = 2;
/** Smaller ones, a poll's few records, are left to the garbage collector. */
const SMALLEST_BYTES = 64 * 1024;

export function createWindowMemory(windowBytes: number): WindowMemory {
  const classes = sizeClasses(windowBytes);
  const poolFor = (bytes: number): BufferPool | undefined =>
    bytes * 2 > SMALLEST_BYTES ? classes.find(({ size }) => size >= bytes)?.pool : undefined;
  return {
    allocate: (bytes) => poolFor(bytes)?.take(bytes) ?? Buffer.allocUnsafeSlow(bytes),
    release: (bytes) => {
      // A pool takes only what is its own.
      for (const { pool } of classes) pool.giveBack(bytes);
    },
  };
}

/** Smallest first. */
function sizeClasses(windowBytes: number): { size: number; pool: BufferPool }[] {
  const classes = [];
  for (let bytes = windowBytes; bytes >= SMALLEST_BYTES; bytes = Math.ceil(bytes / 2)) {
    const size = bytes + OVERLAP_BYTES;
    const maxFree = Math.floor((FREE_WINDOWS * windowBytes) / bytes);
    classes.unshift({ size, pool: createBufferPool({ bufferBytes: size, maxFree }) });
  }
  return classes;
}
