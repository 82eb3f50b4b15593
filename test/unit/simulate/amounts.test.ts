// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import {
  formatBytes,
  formatColumns,
  formatCount,
  formatDuration,
} from "../../../src/simulate/amounts.ts";
import { createLagStatistics } from "../../../src/simulate/lag-statistics.ts";

describe("amounts", () => {
  it("separates thousands", () => {
    expect([0, 999, 1_000, 12_345_678].map(formatCount)).toEqual([
      "0",
      "999",
      "1,000",
      "12,345,678",
    ]);
  });

  it("names sizes in the unit that fits", () => {
    expect([0, 1_023, 1_024, 5_242_880, 3 * 1024 ** 4].map(formatBytes)).toEqual([
      "0 B",
      "1023 B",
      "1.0 KiB",
      "5.0 MiB",
      "3.0 TiB",
    ]);
  });

  it("names durations without ever saying 60 seconds or 60 minutes", () => {
    const durations = [0, 999, 1_000, 59_949, 59_951, 60_000, 3_599_400, 3_599_600, 7_620_000];
    expect(durations.map(formatDuration)).toEqual([
      "0 ms",
      "999 ms",
      "1.0 s",
      "59.9 s",
      "1 min 00 s",
      "1 min 00 s",
      "59 min 59 s",
      "1 h 00 min",
      "2 h 07 min",
    ]);
  });

  it("lines up columns, numbers to the right", () => {
    expect(
      formatColumns([
        ["name", "n"],
        ["a", "10"],
        ["longer", "1"],
      ]),
    ).toBe("name     n\na       10\nlonger   1\n");
  });
});

describe("lag statistics", () => {
  it("knows nothing before the first delay", () => {
    expect(createLagStatistics().quantile(0.5)).toBeUndefined();
    expect(createLagStatistics().maxMs).toBeUndefined();
  });

  it("gives quantiles to about a tenth, and the exact maximum", () => {
    const lags = createLagStatistics();
    for (let ms = 1; ms <= 1_000; ms++) lags.add(ms);
    expect(lags.quantile(0.5)! / 500).toBeGreaterThan(0.99);
    expect(lags.quantile(0.5)! / 500).toBeLessThan(1.12);
    expect(lags.quantile(0.99)! / 990).toBeGreaterThan(0.99);
    expect(lags.quantile(1)).toBe(1_000);
    expect(lags.maxMs).toBe(1_000);
  });

  it("takes clocks that disagree and delays of days", () => {
    const lags = createLagStatistics();
    lags.add(-500);
    expect(lags.quantile(0.5)).toBe(0);
    lags.add(5e8);
    expect(lags.maxMs).toBe(5e8);
    expect(lags.quantile(1)).toBeGreaterThan(5e6);
  });
});
