// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createBufferPool } from "../../../src/runtime/buffer-pool.ts";

describe("createBufferPool", () => {
  it("gives a buffer out again once it is given back, and not before", () => {
    const pool = createBufferPool({ bufferBytes: 8, maxFree: 2 });
    const first = pool.take(5);
    const second = pool.take(5);
    expect(second.buffer).not.toBe(first.buffer);
    pool.giveBack(first);
    expect(pool.take(8).buffer).toBe(first.buffer);
    expect(pool.take(8).buffer).not.toBe(second.buffer);
  });

  it("takes a buffer back by any view of it", () => {
    const pool = createBufferPool({ bufferBytes: 8, maxFree: 2 });
    const buffer = pool.take(8);
    pool.giveBack(buffer.subarray(3, 5));
    expect(pool.take(8)).toBe(buffer);
  });

  it("does not give one buffer to two that ask, even if it is given back twice", () => {
    const pool = createBufferPool({ bufferBytes: 8, maxFree: 4 });
    const buffer = pool.take(8);
    pool.giveBack(buffer);
    pool.giveBack(buffer);
    expect(pool.take(8)).not.toBe(pool.take(8));
  });

  it("does not take in memory that is not its own", () => {
    const pool = createBufferPool({ bufferBytes: 8, maxFree: 2 });
    const foreign = Buffer.allocUnsafeSlow(8);
    pool.giveBack(foreign);
    expect(pool.take(8).buffer).not.toBe(foreign.buffer);
  });

  it("gives a larger buffer to who needs more, and never a smaller one that waits", () => {
    const pool = createBufferPool({ bufferBytes: 8, maxFree: 2 });
    const small = pool.take(1);
    expect(small).toHaveLength(8);
    pool.giveBack(small);
    expect(pool.take(100).length).toBeGreaterThanOrEqual(100);
    expect(pool.take(8)).toBe(small);
  });

  it("keeps no more buffers than it may", () => {
    const pool = createBufferPool({ bufferBytes: 8, maxFree: 1 });
    const [first, second] = [pool.take(8), pool.take(8)];
    pool.giveBack(first);
    pool.giveBack(second);
    expect(pool.take(8)).toBe(first);
    expect(pool.take(8)).not.toBe(second);
  });
});
