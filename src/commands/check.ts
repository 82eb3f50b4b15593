// SPDX-License-Identifier: Apache-2.0
/**
 * `check`: walks the way of a record from the configuration to the receiver and says at each step what works and, where
 * it does not, what to do. Delivers nothing, and leaves cursors alone.
 */
import { openAccess } from "../connector.ts";
import { openArchive } from "../dead-letter-store.ts";
import type { CommandContext, Command } from "./command.ts";
import { EXIT } from "./command.ts";
import {
  attempt,
  checkCheckpoint,
  checkConfiguration,
  checkDeadLetters,
  checkListing,
  checkReceiver,
  checkRecord,
} from "./check-steps.ts";
import type { CheckParts, StepResult } from "./check-steps.ts";
import { configure } from "./configure.ts";

type StepName = "configuration" | "checkpoint" | "listing" | "record" | "dead letters" | "receiver";

/** Exit code 0 when every step works, 1 when one does not, 2 for a wrong configuration. */
export const check: Command = async (context) => {
  const loaded = await configure(context, { storage: true });
  if (loaded === undefined) return EXIT.badConfig;
  const { config } = loaded;
  const opened = await openAccess(config, context.clock);
  const deadLetters = await openArchive(config.deadLetter.place, context.clock);
  try {
    const parts: CheckParts = {
      ...opened,
      deadLetters,
      nowMs: context.clock.now(),
      signal: context.stdout.closed,
    };
    return (await walk(context, parts)) ? EXIT.ok : EXIT.fault;
  } finally {
    await deadLetters.close();
    await opened.transport.close();
  }
};

async function walk(context: CommandContext, parts: CheckParts): Promise<boolean> {
  const results: boolean[] = [];
  const tell = async (name: StepName, result: StepResult): Promise<void> => {
    results.push(result.isOk);
    await context.stdout.write(lineOf(context, name, result));
  };
  await tell("configuration", checkConfiguration(parts));
  await tell("checkpoint", await attempt(() => checkCheckpoint(parts)));
  const listing = await attempt(() => checkListing(parts));
  await tell("listing", listing);
  const found = "found" in listing ? listing.found : undefined;
  if (found !== undefined) await tell("record", await attempt(() => checkRecord(parts, found)));
  await tell("dead letters", await attempt(() => checkDeadLetters(parts)));
  await tell("receiver", await attempt(() => checkReceiver(parts)));
  return results.every(Boolean);
}

function lineOf(
  { stdout, flags }: CommandContext,
  name: StepName,
  { isOk, detail, warnings = [] }: StepResult,
): string {
  if (flags["json"] !== undefined) {
    return `${JSON.stringify({ step: name, ok: isOk, detail, warnings })}\n`;
  }
  const mark = isOk ? stdout.colors.green("✓") : stdout.colors.red("✗");
  const notes = warnings.map((warning) => `  ${stdout.colors.yellow("!")} ${warning}\n`);
  return `${mark} ${name}: ${detail}\n${notes.join("")}`;
}
