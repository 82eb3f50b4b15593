// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { readSimulateFlags } from "../../../src/commands/simulate-flags.ts";

const NOW = Date.UTC(2026, 0, 15, 10, 30);
const HOUR = 3_600_000;

function problemsOf(flags: Record<string, string | boolean>): string {
  try {
    readSimulateFlags(flags, NOW);
  } catch (error) {
    return String(error);
  }
  return "";
}

describe("flags of simulate", () => {
  it("mean a live run until stopped when nothing is said", () => {
    expect(readSimulateFlags({}, NOW)).toEqual({
      hsms: 2,
      vaults: 1,
      seed: String(NOW),
      plan: { kind: "live", ratePerSecond: 50, durationMs: undefined, count: undefined },
      tornTailShare: 0,
    });
  });

  it("set rate, duration, count, seed and resources", () => {
    const flags = { hsms: "3", vaults: "0", rate: "200", duration: "60s", count: "9", seed: "7" };
    expect(readSimulateFlags({ ...flags, torn: true }, NOW)).toMatchObject({
      hsms: 3,
      vaults: 0,
      seed: "7",
      plan: { kind: "live", ratePerSecond: 200, durationMs: 60_000, count: 9 },
      tornTailShare: 0.3,
    });
  });

  it("write history from a time or so long ago, to a time or now", () => {
    expect(readSimulateFlags({ from: "6h", count: "100" }, NOW).plan).toEqual({
      kind: "history",
      fromMs: NOW - 6 * HOUR,
      toMs: NOW,
      count: 100,
    });
    const day = readSimulateFlags({ from: "2026-01-10T00:00Z", to: "2026-01-11" }, NOW).plan;
    expect(day).toMatchObject({ fromMs: Date.UTC(2026, 0, 10), toMs: Date.UTC(2026, 0, 11) });
  });

  it("name every wrong value at once", () => {
    const problems = problemsOf({ rate: "fast", duration: "60", hsms: "-1" });
    expect(problems).toContain("CONFIG_INVALID");
    for (const flag of ["--rate", "--duration", "--hsms"]) expect(problems).toContain(flag);
    expect(problems).toContain("60s");
  });

  it("refuse what contradicts itself", () => {
    expect(problemsOf({ hsms: "0", vaults: "0" })).toContain("both 0");
    expect(problemsOf({ to: "1h" })).toContain("--to needs --from");
    expect(problemsOf({ from: "1h", to: "2h" })).toContain("--from must be before --to");
    expect(problemsOf({ from: "1h", rate: "5" })).toContain("--rate");
    expect(problemsOf({ from: "1h", duration: "5s" })).toContain("--duration");
    expect(problemsOf({ from: "beginning" })).toContain("must be times");
  });
});
