// SPDX-License-Identifier: Apache-2.0
// Speed is no test: this only holds that the bench runs, loses nothing and prints what scripts can read.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const RUN = fileURLToPath(new URL("../../bench/run.ts", import.meta.url));

it("the bench delivers every record it wrote and prints one JSON object", async () => {
  const args = [RUN, "--quick", "--json", "--records", "2000", "--only", "end-to-end"];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const report = JSON.parse(stdout) as Record<string, unknown>;
  const figure = expect.any(Number) as number;
  expect(report).toMatchObject({
    machine: { cores: figure, node: process.version },
    records: 2000,
    deliveries: [
      {
        inFlight: 4,
        receiverDelayMs: 0,
        recordsPerSecond: figure,
        cpuMicrosPerRecord: figure,
        peakRssMb: figure,
        repeats: 0,
      },
    ],
  });
  expect(report["bars"]).toContainEqual(expect.objectContaining({ name: "records/s" }));
});
