// SPDX-License-Identifier: Apache-2.0
/**
 * Replays dead letters: reads them one after the other, maps and sends those that are chosen, and marks durably what
 * the receiver took before it is told. What is not taken stays as it is. A crash between the receiver's answer and the
 * mark costs a repeat with the same uid.
 *
 * It ends early when the receiver decides nothing for a while or the receiver is at fault (like `once`), and in two phases on
 * signals: on the first nothing new is sent, and what is in flight may finish within the grace.
 */
import type { DeadLetterArchive, StoredLetter } from "./dead-letter/dead-letter-archive.ts";
import { ConnectorError, isCancelled } from "./errors.ts";
import type { EncodedRequest, Exporter } from "./export/exporter.ts";
import type { ReceiverState, StopSignals } from "./lifecycle-parts.ts";
import type { EncodedRecord } from "./model.ts";
import { rebuildRecord } from "./replay-record.ts";
import { Portion } from "./replay-portion.ts";
import { sendLetters } from "./replay-sender.ts";
import type { LetterFate, ReplayLetter, Sent } from "./replay-sender.ts";
import type { Clock } from "./runtime/clock.ts";
import type { Understand } from "./understanding.ts";
import { watchProgress } from "./watchdog.ts";

export interface ReplayParts {
  readonly archive: DeadLetterArchive;
  readonly understand: Understand;
  readonly encode: (records: readonly EncodedRecord[]) => Promise<EncodedRequest>;
  /** One that remembers nothing of how the receiver was. */
  readonly newExporter: () => Exporter & { state(): ReceiverState };
  readonly clock: Clock;
  readonly settings: ReplaySettings;
}

export interface ReplaySettings {
  readonly giveUpAfterMs: number;
  readonly shutdownGraceMs: number;
  readonly maxInFlight: number;
  readonly batchMaxBytes: number;
  readonly observedTimestamp: "read" | "omit";
}

export interface ReplayWish {
  /** Asked for every letter, replayed ones too. */
  readonly isChosen: (letter: StoredLetter) => boolean;
  /** Told once a chosen letter, when its fate holds. */
  readonly onFate: (letter: StoredLetter, fate: LetterFate) => Promise<void>;
  readonly onUnreadable: () => void;
}

export type ReplayEnd =
  /** Every chosen letter has its fate. */
  | { readonly kind: "done" }
  /** A signal; what was not decided stays. */
  | { readonly kind: "stopped" }
  | { readonly kind: "gave-up"; readonly error: ConnectorError };

/** Throws DEAD_LETTER_UNAVAILABLE when letters cannot be read or marked. */
export async function replayLetters(
  parts: ReplayParts,
  wish: ReplayWish,
  signals: StopSignals,
): Promise<ReplayEnd> {
  return await new Replay(parts, wish, signals).run();
}

class Replay {
  readonly #parts: ReplayParts;
  readonly #wish: ReplayWish;
  readonly #stop: AbortSignal;
  /** Ends what is in flight. */
  readonly #abandon = new AbortController();
  readonly #done = new AbortController();
  #exporter: ReturnType<ReplayParts["newExporter"]> | undefined;
  #isSending = false;
  #activity = 0;
  #error: ConnectorError | undefined;
  #wasCut = false;

  constructor(parts: ReplayParts, wish: ReplayWish, { stop, abandon }: StopSignals) {
    this.#parts = parts;
    this.#wish = wish;
    this.#stop = AbortSignal.any([stop, abandon, this.#abandon.signal]);
    const onAbandon = (): void => {
      this.#abandon.abort();
    };
    if (abandon.aborted) onAbandon();
    else abandon.addEventListener("abort", onAbandon, { once: true, signal: this.#done.signal });
  }

  async run(): Promise<ReplayEnd> {
    const watching = [this.#watch(), this.#keepGrace()];
    try {
      await this.#replayAll();
    } finally {
      this.#done.abort();
      await Promise.all(watching);
    }
    if (this.#error !== undefined) return { kind: "gave-up", error: this.#error };
    return { kind: this.#wasCut ? "stopped" : "done" };
  }

  async #replayAll(): Promise<void> {
    let portion = new Portion(this.#parts.settings.batchMaxBytes);
    for await (const item of this.#parts.archive.entries()) {
      if (this.#stop.aborted) break;
      if (item.kind === "unreadable") this.#wish.onUnreadable();
      else if (this.#wish.isChosen(item)) await this.#prepare(item, portion);
      if (!portion.isFull) continue;
      await this.#send(portion.letters);
      portion = new Portion(this.#parts.settings.batchMaxBytes);
    }
    this.#wasCut ||= this.#stop.aborted;
    if (!this.#stop.aborted) await this.#send(portion.letters);
  }

  async #prepare(stored: StoredLetter, portion: Portion): Promise<void> {
    const { understand, clock, settings } = this.#parts;
    const observedAtMs = settings.observedTimestamp === "omit" ? undefined : clock.now();
    const rebuild = (): ReturnType<typeof rebuildRecord> =>
      rebuildRecord(stored.deadLetter, understand, observedAtMs);
    const rebuilt = rebuild();
    if (rebuilt.kind === "no-record") {
      await this.#wish.onFate(stored, { kind: "stayed", why: rebuilt.why });
      return;
    }
    portion.add(rebuilt.record.approxBytes, {
      stored,
      rebuild: () => {
        const again = rebuild();
        if (again.kind === "record") return again.record;
        throw new ConnectorError("INTERNAL", "a letter is mapped one time and not the next");
      },
    });
  }

  async #send(letters: readonly ReplayLetter[]): Promise<void> {
    if (letters.length === 0) return;
    const { encode, newExporter, settings } = this.#parts;
    this.#exporter = newExporter();
    this.#isSending = true;
    const sent = await sendLetters(
      {
        exporter: this.#exporter,
        encode,
        maxInFlight: settings.maxInFlight,
        signal: this.#abandon.signal,
        onAnswer: () => this.#activity++,
      },
      letters,
    );
    this.#isSending = false;
    await this.#mark(sent);
    for (const { stored, fate } of sent) {
      if (fate === undefined) this.#wasCut = true;
      else await this.#wish.onFate(stored, fate);
    }
  }

  async #mark(sent: readonly Sent[]): Promise<void> {
    const { archive, clock } = this.#parts;
    const marks = sent.flatMap(({ stored: { deadLetter, keptAtMs }, fate }) =>
      fate?.kind === "replayed"
        ? [
            {
              uid: deadLetter.uid,
              letterKeptAtMs: keptAtMs,
              replayedAtMs: clock.now(),
              isLikelyRepeat: fate.isLikelyRepeat,
            },
          ]
        : [],
    );
    try {
      await archive.mark(marks);
    } catch (reason) {
      const { code, message } = ConnectorError.from(reason, "DEAD_LETTER_UNAVAILABLE");
      const text =
        `letters that got through (${marks.length}) could not be marked; they stay open, ` +
        `and the next replay repeats them: ${message.slice(`${code}: `.length)}`;
      throw new ConnectorError(code, text, { cause: reason });
    }
  }

  /** Gives up when nothing gets through. */
  async #watch(): Promise<void> {
    const { clock, settings } = this.#parts;
    const { giveUpAfterMs } = settings;
    // While the store is read, nobody waits for the receiver.
    const activity = (): number => (this.#isSending ? this.#activity : ++this.#activity);
    const fault = (): ConnectorError | undefined => this.#receiverFault();
    // A letter that is refused again stays; that is no doubt about the receiver.
    const doubt = (): undefined => undefined;
    const options = { clock, giveUpAfterMs, activity, fault, doubt };
    try {
      this.#error = await watchProgress(options, this.#done.signal);
      this.#abandon.abort();
    } catch (reason) {
      if (!isCancelled(reason)) throw reason;
    }
  }

  #receiverFault(): ConnectorError | undefined {
    if (this.#exporter?.state() !== "fault") return undefined;
    return new ConnectorError("RECEIVER_FAULT", "the receiver refuses what it is sent");
  }

  /** After the first signal, what is in flight has the grace to finish. */
  async #keepGrace(): Promise<void> {
    const { clock, settings } = this.#parts;
    if (!(await isAbortedFirst(this.#stop, this.#done.signal))) return;
    try {
      await clock.sleep(settings.shutdownGraceMs, this.#done.signal);
      this.#abandon.abort();
    } catch (reason) {
      if (!isCancelled(reason)) throw reason;
    }
  }
}

async function isAbortedFirst(one: AbortSignal, other: AbortSignal): Promise<boolean> {
  if (!one.aborted && !other.aborted) {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        resolve();
      };
      one.addEventListener("abort", done, { once: true, signal: other });
      other.addEventListener("abort", done, { once: true });
    });
  }
  return one.aborted && !other.aborted;
}
