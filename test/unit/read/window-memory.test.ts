// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createWindowMemory } from "../../../src/read/window-memory.ts";

describe("createWindowMemory", () => {
  it("uses the memory of a full window again, with and without the overlapping byte", () => {
    const { allocate, release } = createWindowMemory(1000);
    const window = allocate(1000);
    release(window.subarray(1));
    expect(allocate(1001).buffer).toBe(window.buffer);
  });

  it("gives small windows memory of their own size, which is not shared", () => {
    const { allocate, release } = createWindowMemory(1000);
    const small = allocate(250);
    expect(small.buffer.byteLength).toBe(250);
    release(small);
    expect(allocate(250).buffer).not.toBe(small.buffer);
  });
});
