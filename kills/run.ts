// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run kills`: kills the program with SIGKILL many times at many moments, and proves that nothing is lost. Progress goes
 * to stderr, the figures to stdout. Exit code 1 when a promise was broken. What is checked: README.md beside this file.
 */
import { startEmbeddedEmulator } from "../src/simulate/embedded-emulator.ts";
import { KillCampaign } from "./kill-campaign.ts";
import type { KillFigures } from "./kill-campaign.ts";
import { readOptions, USAGE } from "./options.ts";
import type { KillOptions } from "./options.ts";

try {
  await run(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof TypeError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 1;
}

async function run({ kills, seed, isJson }: KillOptions): Promise<void> {
  const begin = performance.now();
  const azurite = await startEmbeddedEmulator();
  const campaign = await KillCampaign.create(seed, { azurite });
  try {
    await campaign.kill(kills, (done) => {
      if (done % 10 === 0) console.error(`${done} of ${kills} kills`);
    });
    const figures = await campaign.finish();
    const seconds = Math.round((performance.now() - begin) / 1_000);
    console.log(
      isJson ? JSON.stringify({ seed, seconds, ...figures }) : sentences(figures, seconds),
    );
  } finally {
    await campaign.close();
    await azurite.close();
  }
}

function sentences(figures: KillFigures, seconds: number): string {
  const { kills, records, deadLetters, repeats, cursorsChecked, lost } = figures;
  const moments = Object.entries(kills).map(([moment, count]) => `${count} ${moment}`);
  const total = Object.values(kills).reduce((sum, count) => sum + count, 0);
  return [
    `kills: ${total} in ${seconds} s (${moments.join(", ")})`,
    `  ${records} records, ${deadLetters} of them dead letters; ${repeats} repeats, all equal; ${lost} lost`,
    `  ${cursorsChecked} cursors read after the kills, none ahead of what was acknowledged, none gone back`,
  ].join("\n");
}
