// SPDX-License-Identifier: Apache-2.0
/** `dead-letters list`: what is kept and why, without a word of its content. */
import { openArchive } from "../dead-letter-store.ts";
import { EXIT } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";
import { configure } from "./configure.ts";
import { hasState, isMeant, readLetterFilter } from "./dead-letters-flags.ts";
import type { LetterFilter } from "./dead-letters-flags.ts";
import {
  countsText,
  letters,
  listedFields,
  plainRow,
  tableHead,
  tableRow,
  UnreadableLines,
} from "./dead-letters-view.ts";
import type { DeadLetterArchive } from "../dead-letter/dead-letter-archive.ts";

/** A write a row would take most of the time of a long list. */
const WRITE_CHARS = 64 * 1024;

export const list: Command = async (context) => {
  const loaded = await configure(context, { storage: false });
  if (loaded === undefined) return EXIT.badConfig;
  const filter = readLetterFilter(context.flags, "open");
  const archive = await openArchive(loaded.config.deadLetter.place, context.clock);
  try {
    await listAll(archive, filter, context);
    return EXIT.ok;
  } finally {
    await archive.close();
  }
};

async function listAll(
  archive: DeadLetterArchive,
  filter: LetterFilter,
  { stdout, stderr, flags, clock }: CommandContext,
): Promise<void> {
  const isJson = flags["json"] === true;
  const isTable = stdout.isTty && !isJson;
  const unreadable = new UnreadableLines();
  const counts = new Map<string, number>();
  let rows = "";
  let shown = 0;
  let hidden = 0;
  for await (const item of archive.entries()) {
    if (stdout.closed.aborted) return;
    if (item.kind === "unreadable") unreadable.add(item);
    else if (!isMeant(filter, item, clock.now())) continue;
    else if (!hasState(filter.state, item)) hidden++;
    else {
      if (isTable && shown === 0) rows += `${stdout.colors.bold(tableHead())}\n`;
      const row = isTable ? tableRow(item) : plainRow(item);
      rows += isJson ? `${JSON.stringify(listedFields(item))}\n` : row;
      counts.set(item.deadLetter.reason, (counts.get(item.deadLetter.reason) ?? 0) + 1);
      shown++;
    }
    if (rows.length < WRITE_CHARS) continue;
    await stdout.write(rows);
    rows = "";
  }
  await stdout.write(rows);
  const of = filter.state === "all" ? "" : filter.state;
  const reasons = shown === 0 ? "" : `: ${countsText(counts)}`;
  const others =
    hidden === 0 ? "" : `; ${hidden} in another state not shown (--state all shows them)`;
  // In a pipe the rows stand alone.
  const summary = `${letters(shown, of)}${reasons}${others}\n${unreadable.text()}`;
  await (isTable ? stdout : stderr).write(summary);
}
