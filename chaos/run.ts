// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run chaos`: the real program between a real storage emulator and a real receiver, with everything going wrong that
 * a seed can draw, and then the question whether a record was lost, invented, changed or passed over. Progress and broken
 * promises go to stderr, the figures to stdout. Exit code 1 when a promise was broken. See README.md beside this file.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOptions, USAGE } from "./options.ts";
import type { ChaosOptions } from "./options.ts";
import { createPlan } from "./plan.ts";
import { showProgress, textOf } from "./progress.ts";
import { reportOf, tableOf } from "./report.ts";
import type { ChaosReport } from "./report.ts";
import { startScenario } from "./start.ts";
import { Timeline } from "./timeline.ts";
import { Violations } from "./violations.ts";

try {
  const options = readOptions(process.argv.slice(2));
  if (!(await run(options))) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof TypeError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 1;
}

async function run(options: ChaosOptions): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), "chaos-"));
  const { report, tail } = await follow(options, directory);
  console.log(options.isJson ? JSON.stringify(report) : tableOf(report));
  const isFine = report.violations.length === 0;
  if (!isFine) {
    const { seed, minutes } = options;
    console.error(`last log lines:\n${tail.join("\n")}\n`);
    console.error(`again: npm run chaos -- --minutes ${minutes} --seed ${seed}`);
  }
  if (isFine && !options.keeps) {
    await rm(directory, { recursive: true });
    return true;
  }
  await writeFile(join(directory, "report.json"), JSON.stringify(report, undefined, 2));
  console.error(`log, store, dead letters and report: ${directory}`);
  return isFine;
}

async function follow(
  { minutes, seed }: ChaosOptions,
  directory: string,
): Promise<{ report: ChaosReport; tail: readonly string[] }> {
  const plan = createPlan(seed, minutes);
  const over = new AbortController();
  const timeline = new Timeline(over.signal);
  const violations = new Violations(
    () => timeline.nowMs,
    (violation) => {
      progress.say(textOf(violation));
    },
  );
  const scenario = await startScenario(plan, { directory, violations, timeline });
  const progress = showProgress(process.stderr, plan.forMs, scenario);
  try {
    await scenario.run();
  } finally {
    over.abort();
    progress.end();
    await scenario.close();
  }
  const report = reportOf(scenario, { seed, minutes, plan: plan.checksum });
  return { report, tail: scenario.parts.connector.tail };
}
