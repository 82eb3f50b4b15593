// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { progressLine, reportJson, summaryText } from "../../../src/simulate/simulation-report.ts";
import type { SimulationSummary } from "../../../src/simulate/simulator.ts";

const SUMMARY: SimulationSummary = {
  records: 1_200,
  bytes: 1_500_000,
  blocks: 24,
  blobs: 3,
  elapsedMs: 24_000,
  isComplete: true,
  resources: [
    { name: "ContosoMHSM01", resourceId: "/A", records: 1_000, bytes: 1_250_000, blocks: 12 },
    { name: "ContosoKeyVault01", resourceId: "/B", records: 200, bytes: 250_000, blocks: 12 },
  ],
};
const FACTS = { account: "devstoreaccount1", container: "logs", seed: "7" };

describe("report of a simulation", () => {
  it("tells amount, time and rate on one line", () => {
    expect(progressLine(SUMMARY)).toBe("1,200 records (1.4 MiB) in 24.0 s, 50.0 records/s");
    expect(progressLine({ ...SUMMARY, elapsedMs: 0 })).toContain("1,200,000 records/s");
  });

  it("closes with a table that adds up and with what repeats the run", () => {
    expect(summaryText(SUMMARY, FACTS)).toBe(
      "resource           records      bytes  appends\n" +
        "ContosoMHSM01        1,000  1,250,000       12\n" +
        "ContosoKeyVault01      200    250,000       12\n" +
        "total                1,200  1,500,000       24\n" +
        "1,200 records (1.4 MiB) in 24.0 s, 50.0 records/s, to 3 blobs of container logs, " +
        "account devstoreaccount1; seed 7\n",
    );
    expect(summaryText({ ...SUMMARY, isComplete: false }, FACTS)).toContain(
      "\nstopped early: 1,200",
    );
  });

  it("writes one JSON object a line", () => {
    expect(JSON.parse(reportJson("progress", SUMMARY, FACTS))).toEqual({
      kind: "progress",
      records: 1_200,
      bytes: 1_500_000,
      appends: 24,
      blobs: 3,
      elapsedMs: 24_000,
    });
    const line = reportJson("summary", SUMMARY, FACTS);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(JSON.parse(line)).toMatchObject({
      kind: "summary",
      isComplete: true,
      seed: "7",
      resources: [{ name: "ContosoMHSM01", appends: 12 }, { records: 200 }],
    });
  });
});
