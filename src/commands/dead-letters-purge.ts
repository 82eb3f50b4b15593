// SPDX-License-Identifier: Apache-2.0
/**
 * `dead-letters purge`: removes letters for good. It counts first, asks, and writes into the operations log before it
 * removes anything; what it removes is exactly what it counted. Open letters are evidence that exists nowhere else once
 * their blobs are gone, so it is said loudly how many of them there are.
 */
import { userInfo } from "node:os";
import { openArchive } from "../dead-letter-store.ts";
import type { DeadLetterArchive } from "../dead-letter/dead-letter-archive.ts";
import { ConnectorError } from "../errors.ts";
import { EXIT } from "./command.ts";
import type { Command, CommandContext, Input } from "./command.ts";
import { configure } from "./configure.ts";
import { hasState, isMeant, readLetterFilter } from "./dead-letters-flags.ts";
import type { LetterFilter } from "./dead-letters-flags.ts";
import { countsText, letters, UnreadableLines } from "./dead-letters-view.ts";

interface Choice {
  /** By uid, when the newest letter was kept. */
  readonly chosen: Map<string, number>;
  readonly reasons: Map<string, number>;
  readonly unreadable: UnreadableLines;
  open: number;
  bytes: number;
}

export const purge: Command = async (context) => {
  const loaded = await configure(context, { storage: false });
  if (loaded === undefined) return EXIT.badConfig;
  const filter = readLetterFilter(context.flags, "replayed");
  if (!context.stdin.isTty && context.flags["yes"] !== true) {
    throw new ConnectorError("CONFIG_INVALID", "nobody is there to be asked: give --yes to remove");
  }
  const archive = await openArchive(loaded.config.deadLetter.place, context.clock);
  try {
    const choice = await choose(archive, filter, context.clock.now());
    await context.stdout.write(describe(choice, filter, archive.name));
    if (choice.chosen.size === 0) return EXIT.ok;
    if (!(await isAgreed(context))) {
      await context.stdout.write("nothing was removed\n");
      return EXIT.fault;
    }
    await log(archive, context, { act: "purge", ...filter, ...facts(choice) });
    const result = await archive.purge(choice.chosen);
    await log(archive, context, { act: "purged", ...result });
    await context.stdout.write(`removed ${letters(result.letters)}, ${result.bytes} bytes\n`);
    return EXIT.ok;
  } finally {
    await archive.close();
  }
};

async function choose(
  archive: DeadLetterArchive,
  filter: LetterFilter,
  nowMs: number,
): Promise<Choice> {
  const unreadable = new UnreadableLines();
  const choice: Choice = { chosen: new Map(), reasons: new Map(), unreadable, open: 0, bytes: 0 };
  for await (const item of archive.entries()) {
    if (item.kind === "unreadable") {
      unreadable.add(item);
      continue;
    }
    if (!hasState(filter.state, item) || !isMeant(filter, item, nowMs)) continue;
    const { uid, reason } = item.deadLetter;
    choice.chosen.set(uid, item.keptAtMs);
    choice.reasons.set(reason, (choice.reasons.get(reason) ?? 0) + 1);
    choice.bytes += item.storedBytes;
    if (item.state.kind === "open") choice.open++;
  }
  return choice;
}

function describe(
  { chosen, reasons, open, bytes, unreadable }: Choice,
  { state }: LetterFilter,
  place: string,
): string {
  const of = state === "all" ? "" : state;
  const what = `${letters(chosen.size, of)} in ${place}`;
  if (chosen.size === 0) return `${what}: nothing to remove\n${unreadable.text()}`;
  const lost =
    open === 0
      ? ""
      : `${open} of them ${open === 1 ? "is" : "are"} OPEN: nobody is known to have the record. ` +
        "This destroys evidence that may exist nowhere else.\n";
  return `${what}: ${countsText(reasons)}, about ${bytes} bytes\n${lost}${unreadable.text()}`;
}

async function isAgreed({ flags, stdin, stderr }: CommandContext): Promise<boolean> {
  if (flags["yes"] === true) return true;
  await stderr.write("remove them for good? [y/N] ");
  return /^y(es)?$/i.test((await firstLine(stdin)).trim());
}

async function firstLine(stdin: Input): Promise<string> {
  let text = "";
  for await (const chunk of stdin) {
    text += Buffer.from(chunk).toString("utf8");
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0] ?? "";
}

function facts({ chosen, open, bytes }: Choice): Record<string, unknown> {
  let [firstUid] = chosen.keys();
  let lastUid = firstUid;
  for (const uid of chosen.keys()) {
    if (firstUid === undefined || uid < firstUid) firstUid = uid;
    if (lastUid === undefined || uid > lastUid) lastUid = uid;
  }
  return { letters: chosen.size, open, bytes, firstUid, lastUid };
}

async function log(
  archive: DeadLetterArchive,
  { clock, env }: CommandContext,
  operation: Readonly<Record<string, unknown>>,
): Promise<void> {
  const time = new Date(clock.now()).toISOString();
  await archive.logOperation({ version: 1, time, user: userName(env), ...operation });
}

/** A container's user may have a number and no name. */
function userName(env: CommandContext["env"]): string {
  try {
    return userInfo().username;
  } catch {
    return env["USER"] ?? env["LOGNAME"] ?? "unknown";
  }
}
