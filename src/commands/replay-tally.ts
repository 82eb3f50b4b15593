// SPDX-License-Identifier: Apache-2.0
/** Which letters a replay is to send, and what became of them: every chosen letter is in one of three counts. */
import type { StoredLetter } from "../dead-letter/dead-letter-archive.ts";
import { ConnectorError } from "../errors.ts";
import type { LetterFate } from "../replay-sender.ts";
import type { ReplayWish } from "../replay.ts";
import type { CommandContext } from "./command.ts";
import { isMeant, readLetterFilter, readUids } from "./dead-letters-flags.ts";
import type { LetterFilter } from "./dead-letters-flags.ts";
import { letters } from "./dead-letters-view.ts";

/** Reads what is wished. Throws CONFIG_INVALID when that is nothing, or contradicts itself. */
export function readReplayWish(context: CommandContext): ReplayTally {
  const { flags, args } = context;
  const filter = readLetterFilter(flags, "open");
  const uids = readUids(args);
  const filters = ["reason", "resource", "all"].filter((name) => flags[name] !== undefined);
  if (uids.length === 0 && filters.length === 0) {
    throw invalid("which letters? Give uids, --reason, --resource, or --all");
  }
  if (uids.length > 0 && filters.length > 0) {
    throw invalid(`uids and --${filters.join(", --")} are two ways to choose: give one`);
  }
  if (filter.reason === "partial-success" && flags["uncertain"] === undefined) {
    throw invalid(
      "--reason partial-success needs --uncertain: the receiver may already have these records, " +
        "and a replay is likely a repeat (with the same log.record.uid)",
    );
  }
  return new ReplayTally(context, filter, uids);
}

export class ReplayTally implements ReplayWish {
  replayed = 0;
  stayed = 0;
  readonly #context: CommandContext;
  readonly #filter: LetterFilter;
  readonly #uids: ReadonlySet<string>;
  readonly #found = new Set<string>();
  readonly #isJson: boolean;
  #chosen = 0;
  #likelyRepeats = 0;
  #alreadyReplayed = 0;
  #leftOut = 0;
  #unreadable = 0;

  constructor(context: CommandContext, filter: LetterFilter, uids: readonly string[]) {
    this.#context = context;
    this.#filter = filter;
    this.#uids = new Set(uids);
    this.#isJson = context.flags["json"] === true;
  }

  /** uids that were asked for and that no letter has. */
  get missing(): string[] {
    return [...this.#uids].filter((uid) => !this.#found.has(uid));
  }

  readonly isChosen = (letter: StoredLetter): boolean => {
    const isChosen = this.#uids.size > 0 ? this.#isNamed(letter) : this.#isFiltered(letter);
    if (isChosen) this.#chosen++;
    return isChosen;
  };

  readonly onUnreadable = (): void => {
    this.#unreadable++;
  };

  readonly onFate = async ({ deadLetter }: StoredLetter, fate: LetterFate): Promise<void> => {
    const { uid, reason } = deadLetter;
    if (fate.kind === "stayed") this.stayed++;
    else this.replayed++;
    if (fate.kind === "replayed" && fate.isLikelyRepeat) this.#likelyRepeats++;
    const { stdout } = this.#context;
    if (this.#isJson) {
      const { kind, ...more } = fate;
      await stdout.write(`${JSON.stringify({ uid, reason, fate: kind, ...more })}\n`);
    } else if (fate.kind === "stayed") {
      await this.clearProgress();
      await stdout.write(`${uid} ${reason} stays: ${fate.why}\n`);
    }
    await this.#showProgress();
  };

  counts(): Record<string, unknown> {
    return {
      chosen: this.#chosen,
      replayed: this.replayed,
      likelyRepeats: this.#likelyRepeats,
      stayed: this.stayed,
      undecided: this.#undecided,
      alreadyReplayed: this.#alreadyReplayed,
      uncertainLeftOut: this.#leftOut,
      missing: this.missing,
      unreadableLines: this.#unreadable,
    };
  }

  text(): string {
    const repeats = this.#likelyRepeats > 0 ? ` (${this.#likelyRepeats} likely a repeat)` : "";
    const undecided = this.#undecided > 0 ? `, ${this.#undecided} not decided` : "";
    const lines = [
      `${letters(this.#chosen)}: ${this.replayed} replayed${repeats}, ${this.stayed} stayed${undecided}`,
    ];
    if (this.#alreadyReplayed > 0) lines.push(`${this.#alreadyReplayed} replayed before, not sent`);
    if (this.#leftOut > 0) {
      const what = letters(this.#leftOut, "uncertain");
      lines.push(
        `${what} left out: the receiver may already have them; --uncertain sends them too, one by one`,
      );
    }
    for (const uid of this.missing) lines.push(`no letter ${uid}`);
    if (this.#unreadable > 0) lines.push(`${this.#unreadable} lines cannot be read (see list)`);
    return `${lines.join("\n")}\n`;
  }

  async clearProgress(): Promise<void> {
    if (this.#isLive) await this.#context.stderr.write("\r\u001b[2K");
  }

  get #undecided(): number {
    return this.#chosen - this.replayed - this.stayed;
  }

  get #isLive(): boolean {
    return this.#context.stderr.isTty && !this.#isJson;
  }

  async #showProgress(): Promise<void> {
    if (!this.#isLive) return;
    const text = `${this.replayed} replayed, ${this.stayed} stayed …`;
    await this.#context.stderr.write(`\r\u001b[2K${text}`);
  }

  #isNamed({ deadLetter, state }: StoredLetter): boolean {
    if (!this.#uids.has(deadLetter.uid)) return false;
    this.#found.add(deadLetter.uid);
    if (state.kind === "replayed") this.#alreadyReplayed++;
    return state.kind === "open";
  }

  #isFiltered(letter: StoredLetter): boolean {
    const { deadLetter, state } = letter;
    if (!isMeant(this.#filter, letter, 0)) return false;
    if (state.kind === "replayed") return false;
    if (deadLetter.reason !== "partial-success") return true;
    if (this.#context.flags["uncertain"] !== undefined) return true;
    this.#leftOut++;
    return false;
  }
}

function invalid(message: string): ConnectorError {
  return new ConnectorError("CONFIG_INVALID", message);
}
