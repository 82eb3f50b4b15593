// SPDX-License-Identifier: Apache-2.0
/**
 * `dead-letters replay`: sends chosen letters once more, with the uid that they have, and marks those that the receiver
 * took. A letter that fails again stays, and why is said in codes only: its content is for `show`.
 */
import type { Config } from "../config/config.ts";
import { openSender } from "../connector.ts";
import { openArchive } from "../dead-letter-store.ts";
import { replayLetters } from "../replay.ts";
import type { ReplayEnd, ReplayParts } from "../replay.ts";
import { createLogEvents } from "../telemetry/log-events.ts";
import { EXIT } from "./command.ts";
import type { Command, CommandContext, ExitCode } from "./command.ts";
import { configure, createProgramLog } from "./configure.ts";
import type { PlaceReport } from "./dead-letters-place.ts";
import { readReplayWish } from "./replay-tally.ts";
import type { ReplayTally } from "./replay-tally.ts";

/** Exit code 0 when every chosen letter got through, 1 when some stayed or it gave up, 3 when a signal cut it short. */
export const replay: Command = async (context) => {
  const loaded = await configure(context, { storage: false });
  if (loaded === undefined) return EXIT.badConfig;
  const { config } = loaded;
  const tally = readReplayWish(context);
  await using opened = new AsyncDisposableStack();
  const archive = await openArchive(config.deadLetter.place, context.clock);
  opened.defer(() => archive.close());
  const events = createLogEvents(createProgramLog(context, config), context.clock);
  const sender = openSender(config, { clock: context.clock, events });
  opened.defer(() => sender.close());
  const signals = context.takeSignals();
  const parts = { archive, ...sender, clock: context.clock, settings: settingsOf(config) };
  try {
    const end = await replayLetters(parts, tally, signals);
    await tally.clearProgress();
    if (end.kind === "done") tally.isComplete = true;
    // Who stops it does not wait for a count.
    if (end.kind === "gave-up") await tally.countRest(archive, signals.stop);
    await report(context, tally, { end, place: await tally.witness.report(archive) });
    return exitCodeOf(tally, end);
  } catch (reason) {
    await tally.clearProgress();
    // What was marked before the failure stays marked: it is said before the failure is.
    await context.stderr.write(tally.text({ place: archive.name, exists: true }));
    throw reason;
  }
};

function settingsOf(config: Config): ReplayParts["settings"] {
  return { ...config, batchMaxBytes: config.batch.maxBytes };
}

function exitCodeOf(tally: ReplayTally, end: ReplayEnd): ExitCode {
  if (end.kind === "gave-up") return EXIT.fault;
  if (end.kind === "stopped") return EXIT.graceExceeded;
  return tally.stayed + tally.missing.length === 0 ? EXIT.ok : EXIT.fault;
}

async function report(
  { stdout, flags }: CommandContext,
  tally: ReplayTally,
  { end, place }: { end: ReplayEnd; place: PlaceReport },
): Promise<void> {
  if (flags["json"] === true) {
    await stdout.write(`${JSON.stringify({ end: end.kind, ...place, ...tally.counts() })}\n`);
    return;
  }
  await stdout.write(tally.text(place));
  if (end.kind === "gave-up") await stdout.write(`gave up: ${end.error.message}\n`);
  if (end.kind === "stopped") await stdout.write("stopped: what is not decided stays open\n");
}
