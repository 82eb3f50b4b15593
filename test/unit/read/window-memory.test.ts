// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createWindowMemory } from "../../../src/read/window-memory.ts";

const MIB = 1024 * 1024;

describe("createWindowMemory", () => {
  it.each([4 * MIB, MIB, 256 * 1024, 100_000])(
    "uses the memory of a window of %d bytes again, with and without the overlapping byte",
    (bytes) => {
      const { allocate, release } = createWindowMemory(4 * MIB);
      const window = allocate(bytes);
      release(window.subarray(1));
      expect(allocate(bytes + 1).buffer).toBe(window.buffer);
    },
  );

  it("holds a window in memory of less than twice its size", () => {
    const { allocate, release } = createWindowMemory(4 * MIB);
    release(allocate(4 * MIB));
    for (let bytes = 70_000; bytes < 4 * MIB; bytes += 99_999) {
      const { byteLength } = allocate(bytes).buffer;
      expect(byteLength).toBeGreaterThanOrEqual(bytes);
      expect(byteLength).toBeLessThan(2 * bytes);
    }
  });

  it("keeps the bytes of two full windows in each size, however many come back", () => {
    const { allocate, release } = createWindowMemory(MIB);
    const windows = Array.from({ length: 20 }, () => allocate(MIB / 4));
    for (const window of windows) release(window);
    const again = Array.from({ length: 20 }, () => allocate(MIB / 4));
    const known = new Set(windows.map(({ buffer }) => buffer));
    expect(again.filter(({ buffer }) => known.has(buffer))).toHaveLength(8);
  });

  it("gives the few bytes of a poll memory of their own size, which is not shared", () => {
    const { allocate, release } = createWindowMemory(4 * MIB);
    const small = allocate(250);
    expect(small.buffer.byteLength).toBe(250);
    release(small);
    expect(allocate(250).buffer).not.toBe(small.buffer);
  });
});
