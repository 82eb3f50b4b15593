// SPDX-License-Identifier: Apache-2.0
/**
 * All tests of parse/ and map/ as one file, for `npm run mutation`: a mutant costs one worker that loads the sources
 * once, instead of one for each of seventeen test files. Properties come last, so that a mutant which a small test
 * kills does not pay for a thousand inputs.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { it } from "vitest";

const TESTS = join(import.meta.dirname, "..");
const ORDER = [
  "unit/parse/*.test.ts",
  "unit/map/*.test.ts",
  "property/{audit-event,log-record}.property.test.ts",
];

for (const pattern of ORDER) {
  const files = globSync(pattern, { cwd: TESTS }).sort();
  if (files.length === 0) throw new Error(`no test is called ${pattern}`);
  for (const file of files) await load(file);
}

/** A mutant that keeps a test file from loading is noticed like one that fails a test. */
async function load(file: string): Promise<void> {
  try {
    await import(join(TESTS, file));
  } catch (error) {
    it(`loads ${file}`, () => {
      throw error;
    });
  }
}
