// SPDX-License-Identifier: Apache-2.0
/** `dead-letters list`: what is kept and why, without a word of its content. */
import { openArchive } from "../dead-letter-store.ts";
import type {
  DeadLetterArchive,
  StoredLetter,
  UnreadableLine,
} from "../dead-letter/dead-letter-archive.ts";
import { EXIT } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";
import { configure } from "./configure.ts";
import { hasState, isMeant, readLetterFilter } from "./dead-letters-flags.ts";
import type { LetterFilter } from "./dead-letters-flags.ts";
import { PlaceWitness, remarksText } from "./dead-letters-place.ts";
import type { PlaceReport } from "./dead-letters-place.ts";
import {
  countsText,
  letters,
  listedFields,
  plainRow,
  tableHead,
  tableRow,
  UnreadableLines,
} from "./dead-letters-view.ts";

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
  const tally = new ListTally(filter);
  let rows = "";
  for await (const item of archive.entries()) {
    if (stdout.closed.aborted) return;
    if (!tally.takes(item, clock.now())) continue;
    if (isTable && tally.shown === 1) rows += `${stdout.colors.bold(tableHead())}\n`;
    const row = isTable ? tableRow(item) : plainRow(item);
    rows += isJson ? `${JSON.stringify(listedFields(item))}\n` : row;
    if (rows.length < WRITE_CHARS) continue;
    await stdout.write(rows);
    rows = "";
  }
  await stdout.write(rows);
  const report = await tally.witness.report(archive);
  // In a pipe the rows stand alone.
  await (isTable ? stdout : stderr).write(isJson ? tally.json(report) : tally.text(report));
}

class ListTally {
  readonly witness: PlaceWitness;
  shown = 0;
  readonly #filter: LetterFilter;
  readonly #unreadable = new UnreadableLines();
  readonly #reasons = new Map<string, number>();
  #hidden = 0;

  constructor(filter: LetterFilter) {
    this.#filter = filter;
    this.witness = new PlaceWitness(filter);
  }

  /** Whether it is to be shown. Counts everything. */
  takes(item: StoredLetter | UnreadableLine, nowMs: number): item is StoredLetter {
    this.witness.note(item);
    if (item.kind === "unreadable") {
      this.#unreadable.add(item);
      return false;
    }
    if (!isMeant(this.#filter, item, nowMs)) return false;
    if (!hasState(this.#filter.state, item)) {
      this.#hidden++;
      return false;
    }
    const { reason } = item.deadLetter;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    this.shown++;
    return true;
  }

  text(report: PlaceReport): string {
    const { state } = this.#filter;
    const reasons = this.shown === 0 ? "" : `: ${countsText(this.#reasons)}`;
    const others =
      this.#hidden === 0
        ? ""
        : `; ${this.#hidden} in another state not shown (--state all shows them)`;
    const head = `${letters(this.shown, state === "all" ? "" : state)} in ${report.place}`;
    return `${head}${reasons}${others}\n${remarksText(report)}${this.#unreadable.text()}`;
  }

  json(report: PlaceReport): string {
    const summary = {
      ...report,
      letters: this.shown,
      reasons: Object.fromEntries(this.#reasons),
      inAnotherState: this.#hidden,
      unreadableLines: this.#unreadable.count,
    };
    return `${JSON.stringify(summary)}\n`;
  }
}
