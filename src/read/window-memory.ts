// SPDX-License-Identifier: Apache-2.0
/**
 * Memory for the windows that are read, used again window after window. Only windows of about full size share it: when
 * many resources are behind, windows are small, and a small one must not hold a large buffer.
 */
import { createBufferPool } from "../runtime/buffer-pool.ts";

export interface WindowMemory {
  /** Memory for a read of so many bytes. */
  readonly allocate: (bytes: number) => Buffer;
  /** Takes memory back; what did not come from `allocate`, or was no full window, is ignored. */
  readonly release: (bytes: Buffer) => void;
}

/** One byte more is read, to see that the blob is still the same. */
const OVERLAP_BYTES = 1;
/** A window that is released is mostly taken again at once. */
const MAX_FREE = 2;
const SHARED_FROM = 0.75;

export function createWindowMemory(windowBytes: number): WindowMemory {
  const bufferBytes = windowBytes + OVERLAP_BYTES;
  const pool = createBufferPool({ bufferBytes, maxFree: MAX_FREE });
  return {
    allocate: (bytes) =>
      bytes > bufferBytes * SHARED_FROM ? pool.take(bytes) : Buffer.allocUnsafeSlow(bytes),
    release: pool.giveBack,
  };
}
