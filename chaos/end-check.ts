// SPDX-License-Identifier: Apache-2.0
/**
 * The end of a run: the connector is stopped in good order, has saved all, finds nothing more when it is asked once, and
 * its own `verify` agrees.
 */
import type { ScenarioParts } from "./scenario.ts";
import type { Violations } from "./violations.ts";

const COMMAND_WITHIN_MS = 180_000;

/** `isQuiet`: every record has its fate. Otherwise there is nothing more to ask. */
export async function checkEnd(scenario: ScenarioParts, isQuiet: boolean): Promise<void> {
  const { connector, cursors, truth, violations } = scenario;
  const { code } = await connector.stop();
  if (!isQuiet) return;
  if (code !== 0) violations.add("ended", `the last stop ended with ${String(code)}, 0 was due`);
  await cursors.look();
  for (const blob of truth.blobs) {
    if (blob.isGone || cursors.isBehindAll(blob)) continue;
    violations.add("unread", `${blob.name}: the last cursor does not stand behind all records`);
  }
  await checkOnce(scenario);
  await checkVerify(scenario);
}

async function checkOnce({ connector, violations }: ScenarioParts): Promise<void> {
  const { code, stdout } = await connector.runBeside(["once", "--json"], COMMAND_WITHIN_MS);
  const result = lastJson(stdout);
  if (code === 0 && result["recordsRead"] === 0) return;
  violations.add("unread", `once after the end: code ${String(code)}, ${stdout}`);
}

async function checkVerify({ connector, violations }: ScenarioParts): Promise<void> {
  const { code, stdout } = await connector.runBeside(["verify", "--json"], COMMAND_WITHIN_MS);
  const summary = lastJson(stdout);
  if (code === 0 && summary["ok"] === true) return;
  for (const line of stdout.split("\n")) reportDifference(line, violations);
  violations.add("verify", `code ${String(code)}: ${JSON.stringify(summary)}`);
}

function reportDifference(line: string, violations: Violations): void {
  if (line.includes('"kind":"blob"') && line.includes('"ok":false')) violations.add("verify", line);
  if (line.includes('"kind":"fault"')) violations.add("verify", line);
}

function lastJson(stdout: string): Record<string, unknown> {
  try {
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Record<string, unknown>;
  } catch {
    return {};
  }
}
