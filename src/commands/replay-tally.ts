// SPDX-License-Identifier: Apache-2.0
/**
 * Which letters a replay is to send, and what became of them: every chosen letter is in one of four counts. A replay that
 * ends early has not read the letters behind; they are counted afterwards, or it is said that they are not.
 */
import type { DeadLetterArchive, StoredLetter } from "../dead-letter/dead-letter-archive.ts";
import { ConnectorError } from "../errors.ts";
import type { LetterFate } from "../replay-sender.ts";
import type { ReplayWish } from "../replay.ts";
import type { CommandContext } from "./command.ts";
import { isMeant, readLetterFilter, readUids } from "./dead-letters-flags.ts";
import type { LetterFilter } from "./dead-letters-flags.ts";
import { PlaceWitness, remarksText } from "./dead-letters-place.ts";
import type { PlaceReport } from "./dead-letters-place.ts";
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
  /** Whether every letter of the place was read. */
  isComplete = false;
  readonly witness: PlaceWitness;
  readonly #context: CommandContext;
  readonly #filter: LetterFilter;
  readonly #uids: ReadonlySet<string>;
  readonly #found = new Set<string>();
  readonly #isJson: boolean;
  #chosen = 0;
  #notReached = 0;
  /** The letter that was asked for last. */
  #lastUid: string | undefined;
  #likelyRepeats = 0;
  #alreadyReplayed = 0;
  #leftOut = 0;
  #unreadable = 0;

  constructor(context: CommandContext, filter: LetterFilter, uids: readonly string[]) {
    this.#context = context;
    this.#filter = filter;
    this.witness = new PlaceWitness(filter);
    this.#uids = new Set(uids);
    this.#isJson = context.flags["json"] === true;
  }

  /** uids that were asked for and that no letter has. None is known before every letter was read. */
  get missing(): string[] {
    if (!this.isComplete) return [];
    return [...this.#uids].filter((uid) => !this.#found.has(uid));
  }

  readonly isChosen = (letter: StoredLetter): boolean => {
    this.witness.note(letter);
    this.#lastUid = letter.deadLetter.uid;
    const isChosen = this.#uids.size > 0 ? this.#isNamed(letter) : this.#isFiltered(letter);
    if (isChosen) this.#chosen++;
    return isChosen;
  };

  /**
   * Reads on behind the letter that was asked for last, and counts what was not reached. When it is stopped, when that
   * letter is gone, or when nothing can be read any more, the counts stay what they are: at least so many.
   */
  async countRest(archive: Pick<DeadLetterArchive, "entries">, stop: AbortSignal): Promise<void> {
    const last = this.#lastUid;
    let isBehind = last === undefined;
    let unreadable = 0;
    try {
      for await (const item of archive.entries()) {
        if (stop.aborted) return;
        if (item.kind === "unreadable") unreadable++;
        else if (!isBehind) isBehind = item.deadLetter.uid === last;
        else if (this.isChosen(item)) this.#notReached++;
      }
    } catch (reason) {
      // How the replay ended is what matters; a count that fails is not to hide it.
      if (reason instanceof ConnectorError) return;
      throw reason;
    }
    this.isComplete = isBehind;
    this.#unreadable = unreadable;
  }

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
      notReached: this.isComplete ? this.#notReached : null,
      alreadyReplayed: this.#alreadyReplayed,
      uncertainLeftOut: this.#leftOut,
      missing: this.missing,
      unreadableLines: this.#unreadable,
    };
  }

  text(place: PlaceReport): string {
    const repeats = this.#likelyRepeats > 0 ? ` (${this.#likelyRepeats} likely a repeat)` : "";
    const undecided = this.#undecided > 0 ? `, ${this.#undecided} not decided` : "";
    const behind = this.#notReached > 0 ? `, ${this.#notReached} not reached` : "";
    const fates =
      this.#chosen === 0
        ? "nothing to send"
        : `${this.replayed} replayed${repeats}, ${this.stayed} stayed${undecided}${behind}`;
    const known = this.isComplete ? "" : "at least ";
    const lines = [`${known}${letters(this.#chosen)} in ${place.place}: ${fates}`];
    if (!this.isComplete) lines.push("letters behind the last of them were not read or counted");
    if (this.#alreadyReplayed > 0) lines.push(`${this.#alreadyReplayed} replayed before, not sent`);
    if (this.#leftOut > 0) {
      const what = letters(this.#leftOut, "uncertain");
      lines.push(
        `${what} left out: the receiver may already have them; --uncertain sends them too, one by one`,
      );
    }
    for (const uid of this.missing) lines.push(`no letter ${uid}`);
    if (this.#unreadable > 0) lines.push(`${this.#unreadable} lines cannot be read (see list)`);
    return `${lines.join("\n")}\n${this.isComplete ? remarksText(place) : ""}`;
  }

  async clearProgress(): Promise<void> {
    if (this.#isLive) await this.#context.stderr.write("\r\u001b[2K");
  }

  get #undecided(): number {
    return this.#chosen - this.#notReached - this.replayed - this.stayed;
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
