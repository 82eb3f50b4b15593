// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run docs` writes the pages that come from the program. `npm run docs:check` writes nothing and ends with 1 when a
 * page in the tree is another one than the program would write.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { mappingPage } from "./mapping-page.ts";

const PAGE = new URL("../mapping.md", import.meta.url);
const NAME = "docs/mapping.md";

const page = mappingPage();
if (process.argv.includes("--check")) check(page);
else {
  writeFileSync(PAGE, page);
  process.stdout.write(`${NAME} written\n`);
}

function check(expected: string): void {
  const kept = keptPage();
  if (kept === expected) return;
  process.stderr.write(`${NAME} is not what the program says; run \`npm run docs\`.\n`);
  process.stderr.write(firstDifference(kept.split("\n"), expected.split("\n")));
  process.exitCode = 1;
}

function keptPage(): string {
  try {
    return readFileSync(PAGE, "utf8");
  } catch {
    // A page that is not there differs like any other.
    return "";
  }
}

function firstDifference(kept: readonly string[], expected: readonly string[]): string {
  const at = expected.findIndex((line, index) => line !== kept[index]);
  const index = at < 0 ? expected.length : at;
  const line = (lines: readonly string[]): string => lines[index] ?? "(the page ends)";
  return `first difference, line ${index + 1}:\n- ${line(kept)}\n+ ${line(expected)}\n`;
}
