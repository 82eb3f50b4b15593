// SPDX-License-Identifier: Apache-2.0
/**
 * `dead-letters purge`: removes letters for good. It counts first, asks, and writes into the operations log before it
 * removes anything; what it removes is exactly what it counted. Open letters are evidence that exists nowhere else once
 * their blobs are gone, so it is said loudly how many of them there are.
 */
import { userInfo } from "node:os";
import { openArchive } from "../dead-letter-store.ts";
import type { DeadLetterArchive, PurgeResult } from "../dead-letter/dead-letter-archive.ts";
import { ConnectorError } from "../errors.ts";
import { visibleText } from "../telemetry/visible-text.ts";
import { EXIT } from "./command.ts";
import type { Command, CommandContext, ExitCode, Input } from "./command.ts";
import { configure } from "./configure.ts";
import { hasState, isMeant, readLetterFilter, resourceOf } from "./dead-letters-flags.ts";
import type { LetterFilter } from "./dead-letters-flags.ts";
import { PlaceWitness, remarksText } from "./dead-letters-place.ts";
import type { PlaceReport } from "./dead-letters-place.ts";
import { countsText, letters, UnreadableLines } from "./dead-letters-view.ts";

const SHOWN_NAMES = 5;

/** How it ended, for a program. */
type PurgeEnd = "nothing-chosen" | "declined" | "purged";

interface Choice {
  /** By uid, when the newest letter was kept. */
  readonly chosen: Map<string, number>;
  readonly reasons: Map<string, number>;
  readonly resources: Set<string>;
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
    return await purgeChosen(archive, filter, context);
  } finally {
    await archive.close();
  }
};

async function purgeChosen(
  archive: DeadLetterArchive,
  filter: LetterFilter,
  context: CommandContext,
): Promise<ExitCode> {
  const { stdout, stderr, clock, flags } = context;
  const isJson = flags["json"] === true;
  const witness = new PlaceWitness(filter);
  const choice = await choose(archive, filter, clock.now(), witness);
  const place = await witness.report(archive);
  // Who is asked has to know of what; an object on stdout stands alone.
  await (isJson ? stderr : stdout).write(describe(choice, filter, place));
  const end = async (how: PurgeEnd, text: string, result?: PurgeResult): Promise<void> => {
    await stdout.write(isJson ? toJson(choice, { end: how, ...place }, result) : text);
  };
  if (choice.chosen.size === 0) {
    await end("nothing-chosen", "");
    return EXIT.ok;
  }
  if (!(await isAgreed(context))) {
    await end("declined", "nothing was removed\n");
    return EXIT.fault;
  }
  const { reason, resource, state, olderThanMs } = filter;
  const wish = { reason, resource, state, olderThanMs };
  await log(archive, context, { act: "purge", ...wish, ...facts(choice) });
  const result = await archive.purge(choice.chosen);
  await log(archive, context, { act: "purged", ...result });
  await end("purged", removedText(result), result);
  return EXIT.ok;
}

async function choose(
  archive: DeadLetterArchive,
  filter: LetterFilter,
  nowMs: number,
  witness: PlaceWitness,
): Promise<Choice> {
  const choice: Choice = {
    chosen: new Map(),
    reasons: new Map(),
    resources: new Set(),
    unreadable: new UnreadableLines(),
    open: 0,
    bytes: 0,
  };
  for await (const item of archive.entries()) {
    witness.note(item);
    if (item.kind === "unreadable") {
      choice.unreadable.add(item);
      continue;
    }
    if (!hasState(filter.state, item) || !isMeant(filter, item, nowMs)) continue;
    const { uid, reason, blob } = item.deadLetter;
    choice.chosen.set(uid, item.keptAtMs);
    choice.reasons.set(reason, (choice.reasons.get(reason) ?? 0) + 1);
    choice.resources.add(resourceOf(blob.name) ?? blob.name);
    choice.bytes += item.storedBytes;
    if (item.state.kind === "open") choice.open++;
  }
  return choice;
}

function describe(
  { chosen, reasons, resources, open, bytes, unreadable }: Choice,
  { state, resource }: LetterFilter,
  place: PlaceReport,
): string {
  const what = `${letters(chosen.size, state === "all" ? "" : state)} in ${place.place}`;
  if (chosen.size === 0) {
    return `${what}: nothing to remove\n${remarksText(place)}${unreadable.text()}`;
  }
  // A name's beginning may select more resources than the one that was thought of.
  const of = resource === undefined ? "" : `of ${namesText(resources)}\n`;
  const lost =
    open === 0
      ? ""
      : `${open} of them ${open === 1 ? "is" : "are"} OPEN: nobody is known to have the record. ` +
        "This destroys evidence that may exist nowhere else.\n";
  return `${what}: ${countsText(reasons)}, ${bytes} bytes\n${of}${lost}${unreadable.text()}`;
}

function namesText(names: ReadonlySet<string>): string {
  const shown = [...names].slice(0, SHOWN_NAMES).map(visibleText).join(", ");
  const more = names.size - SHOWN_NAMES;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** The letters' part is the measure that was announced, and older copies of the same letters. */
function removedText({ letters: count, bytes, markBytes }: PurgeResult): string {
  const marks = markBytes === 0 ? "" : `, and ${markBytes} bytes of their marks`;
  return `removed ${letters(count)}: ${bytes - markBytes} bytes, older copies included${marks}\n`;
}

function toJson(
  { chosen, reasons, resources, open, bytes, unreadable }: Choice,
  end: PlaceReport & { readonly end: PurgeEnd },
  result: PurgeResult | undefined,
): string {
  const summary = {
    ...end,
    letters: chosen.size,
    open,
    reasons: Object.fromEntries(reasons),
    resources: [...resources],
    bytes,
    removed: result ?? null,
    unreadableLines: unreadable.count,
  };
  return `${JSON.stringify(summary)}\n`;
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
