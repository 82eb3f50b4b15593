// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { backoffDelayMs } from "../../../src/runtime/backoff.ts";

const options = { initialMs: 1000, maxMs: 60_000 };
const lowest = (): number => 0;
const highest = (): number => 0.999_999_999;

describe("backoffDelayMs", () => {
  it("doubles the ceiling with each failure up to the maximum", () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => backoffDelayMs(n, highest, options));
    expect(ceilings).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  it("never waits less than half the ceiling, so nobody comes back at once", () => {
    expect(backoffDelayMs(1, lowest, options)).toBe(500);
    expect(backoffDelayMs(100, lowest, options)).toBe(30_000);
  });

  it("spreads the waits between the two", () => {
    expect(backoffDelayMs(1, () => 0.5, options)).toBe(750);
  });

  it("stays at the maximum after years of failures", () => {
    expect(backoffDelayMs(1_000_000, highest, options)).toBe(60_000);
  });

  it("never passes a maximum below the first wait", () => {
    expect(backoffDelayMs(1, highest, { initialMs: 1000, maxMs: 200 })).toBe(200);
  });

  it("takes a count below one for the first failure", () => {
    expect(backoffDelayMs(0, highest, options)).toBe(1000);
  });
});
