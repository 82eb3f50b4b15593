// SPDX-License-Identifier: Apache-2.0
/**
 * Delivers one parcel: whole at first, and in pieces where the receiver refuses it, until every record has its fate.
 *
 * - Taken: delivered. Taken in part, without a word which: uncertain, and kept as dead letters (promise D1).
 * - Refused: cut in two, in order, down to single records. A single record that is refused is a suspect, not yet a
 *   culprit: perhaps the receiver refuses everything. It is condemned, that is kept as a dead letter, on evidence only:
 *   it was refused, the receiver took another record that was sent after that, and it was refused again. After an answer
 *   500 or 408, which a receiver gives while it stumbles, it is tried twice more, some seconds apart.
 * - While everything is held because nothing is taken, one record at a time is asked for, from the middle of what is
 *   left: a row of bad ones shall not hide the good ones behind it.
 * - What is left of a parcel may be nothing but suspects that wait. They wait outside the row of batches, so that younger
 *   ones, which may bring the evidence, can leave; without any, the receiver counts as faulty and is asked slowly.
 *
 * Nothing is told before it holds: a dead letter is durable first. All waits end with the signal, with CANCELLED.
 */
import type { DeadLetterKeeper } from "./dead-letter/dead-letter-keeper.ts";
import type {
  EncodedRequest,
  ExportOutcome,
  ExportRefused,
  Exporter,
  Moment,
} from "./export/exporter.ts";
import { Pieces } from "./export/pieces.ts";
import type { DuePiece, Piece } from "./export/pieces.ts";
import type { Fate } from "./model.ts";
import { asDeadLetters, seamsBetweenResources } from "./parcel.ts";
import type { DeadLetterCause, Original, Parcel, SentParcel } from "./parcel.ts";
import type { Clock } from "./runtime/clock.ts";
import type { ConnectorEvents } from "./telemetry/events.ts";

/** First and longest wait before suspects are tried again; others have that long to show that the receiver is well. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 8_000;

/** Trials that must fail, with evidence before the first of them. */
const TRIALS = 1;
const TRIALS_OF_A_STUMBLE = 3;
/** Answers of a receiver that may be well again in a moment. */
const STUMBLES: ReadonlySet<number> = new Set([408, 500]);

export interface ParcelDeliveryParts {
  readonly exporter: Exporter;
  readonly deadLetters: DeadLetterKeeper;
  /** Maps and encodes originals once more, to the same bytes. */
  readonly requestOf: (originals: readonly Original[]) => Promise<EncodedRequest>;
  readonly clock: Pick<Clock, "sleep">;
  readonly events: Pick<ConnectorEvents, "receiverWarned" | "batchRefused">;
  readonly signal: AbortSignal;
}

export interface ParcelListener {
  /** Told once a record, when its fate holds. */
  onFate(records: Piece, fate: Fate): void;
  /**
   * The parcel was refused, and everything is held because nothing is taken: it may be at fault for that, or the
   * receiver. Only what others send can tell, so they must not stand behind it.
   */
  onDoubt(): void;
}

/** What is left of a parcel when it makes room for younger ones. */
export interface Leftovers {
  /** Resolves when the last suspect has its fate. */
  readonly settled: Promise<void>;
}

/** A single record that was refused, and waits for evidence. */
interface Suspect {
  readonly piece: Piece;
  /** The newest refusal. */
  readonly refusal: ExportRefused;
  /** When it was refused alone for the first time. */
  readonly since: Moment;
  /** Requests with the record in them that were answered. */
  readonly attempts: number;
  /** Refusals since there was evidence. */
  readonly trials: number;
}

/** What may take its time before the turn of a parcel comes: a younger one must not overtake it meanwhile. */
export async function prepareParcel(
  { deadLetters: keeper, signal }: ParcelDeliveryParts,
  { deadLetters, request }: Parcel,
): Promise<EncodedRequest | undefined> {
  if (deadLetters.length > 0) await keeper.keep(deadLetters, signal);
  return await request;
}

/** Resolves when every record has its fate or is a suspect; undefined when there are no suspects. */
export async function deliverParcel(
  parts: ParcelDeliveryParts,
  parcel: Parcel,
  request: EncodedRequest,
  listener: ParcelListener,
): Promise<Leftovers | undefined> {
  const delivery = new ParcelDelivery(parts, parcel, listener);
  await delivery.sendAll(request);
  if (!delivery.hasSuspects) return undefined;
  const settled = delivery.settleSuspects();
  // Whoever waits for it reports the rejection; until then it must not count as unhandled.
  settled.catch(() => undefined);
  return { settled };
}

class ParcelDelivery {
  readonly #parts: ParcelDeliveryParts;
  readonly #parcel: SentParcel;
  readonly #listener: ParcelListener;
  readonly #pieces: Pieces;
  /** In the order of the batch. */
  #suspects: Suspect[] = [];

  constructor(parts: ParcelDeliveryParts, parcel: Parcel, listener: ParcelListener) {
    this.#parts = parts;
    // Without its request: what waits for evidence does so without the compressed batch.
    this.#parcel = { resourceKeys: parcel.resourceKeys, originals: parcel.originals };
    this.#listener = listener;
    this.#pieces = new Pieces(parcel.originals.length, seamsBetweenResources(parcel));
  }

  get hasSuspects(): boolean {
    return this.#suspects.length > 0;
  }

  async sendAll(whole: EncodedRequest): Promise<void> {
    const { exporter } = this.#parts;
    const next = (): DuePiece | undefined =>
      exporter.isHolding ? this.#pieces.sample() : this.#pieces.next();
    let request: EncodedRequest | undefined = whole;
    // The first piece is the whole, held or not: its request is there.
    for (let piece = this.#pieces.next(); piece !== undefined; piece = next()) {
      const outcome = await this.#send(piece, request);
      request = undefined;
      if (outcome.kind !== "refused") await this.#conclude(piece, outcome, piece.attempts);
      else this.#lookInto(piece, outcome);
      await this.#tryAgain(({ since, trials }) => trials === 0 && exporter.acceptedSince(since));
    }
  }

  /** Asks for each suspect again and again, until it is taken or there is evidence against it. */
  async settleSuspects(): Promise<void> {
    const { clock, exporter, signal } = this.#parts;
    for (let waitMs = FIRST_WAIT_MS; this.hasSuspects; waitMs *= 2) {
      await clock.sleep(Math.min(waitMs, LONGEST_WAIT_MS), signal);
      await this.#tryAgain(({ refusal, since }) => {
        if (!exporter.acceptedSince(since)) exporter.hold(refusal.at, refusal.reason);
        return true;
      });
    }
  }

  async #send(piece: Piece, request?: EncodedRequest, isTrial = false): Promise<ExportOutcome> {
    const { exporter, requestOf, signal } = this.#parts;
    const { originals } = this.#parcel;
    return await exporter.export(
      request ?? (await requestOf(originals.slice(piece.from, piece.to))),
      signal,
      isTrial,
    );
  }

  #lookInto(piece: DuePiece, refusal: ExportRefused): void {
    const { from, to } = piece;
    const attempts = piece.attempts + refusal.attempts;
    const first = this.#parcel.originals[from];
    const alone =
      first === undefined || to - from > 1
        ? undefined
        : { blob: first.origin.blob, offset: first.raw.offset };
    this.#parts.events.batchRefused({ reason: refusal.reason, records: to - from, alone });
    if (to - from > 1) this.#pieces.cut(piece, attempts);
    else this.#suspects.push({ piece, refusal, since: refusal.at, attempts, trials: 0 });
    if (this.#parts.exporter.isHolding) this.#listener.onDoubt();
  }

  /** Sends the suspects once more that `isDue` picks; the others stay as they are. */
  async #tryAgain(isDue: (suspect: Suspect) => boolean): Promise<void> {
    const suspects = this.#suspects;
    const stay: Suspect[] = [];
    for (const suspect of suspects) {
      const left = isDue(suspect) ? await this.#sendSuspect(suspect) : suspect;
      if (left !== undefined) stay.push(left);
    }
    this.#suspects = stay;
  }

  async #sendSuspect(suspect: Suspect): Promise<Suspect | undefined> {
    const { piece, since } = suspect;
    const outcome = await this.#send(piece, undefined, true);
    if (outcome.kind !== "refused") {
      await this.#conclude(piece, outcome, suspect.attempts);
      return undefined;
    }
    // The receiver was known to take others after it had refused this one, and still refuses it.
    const trials = outcome.acceptedBefore > since ? suspect.trials + 1 : 0;
    const attempts = suspect.attempts + outcome.attempts;
    const now = { piece, refusal: outcome, since, attempts, trials };
    if (trials < (STUMBLES.has(outcome.status) ? TRIALS_OF_A_STUMBLE : TRIALS)) return now;
    await this.#condemn(now);
    return undefined;
  }

  async #condemn({ piece, refusal, attempts }: Suspect): Promise<void> {
    const { status, message, isTooLarge } = refusal;
    const what = isTooLarge ? "is too large for the receiver" : "is refused by the receiver";
    await this.#keep(piece, {
      reason: isTooLarge ? "too-large" : "refused",
      detail: `the record ${what} (HTTP ${status}), which takes others`,
      receiver: { status, message, attempts },
    });
    this.#listener.onFate(piece, "deadLettered");
  }

  async #conclude(
    piece: Piece,
    outcome: Exclude<ExportOutcome, { kind: "refused" }>,
    attemptsBefore: number,
  ): Promise<void> {
    if (outcome.kind === "delivered") {
      const { warning } = outcome;
      if (warning !== undefined) {
        this.#parts.events.receiverWarned({ hasMessage: warning !== "" });
      }
      this.#listener.onFate(piece, "delivered");
      return;
    }
    const { status, rejectedCount, message } = outcome;
    await this.#keep(piece, {
      reason: "partial-success",
      detail: `the receiver rejected ${rejectedCount ?? "some"} of ${piece.to - piece.from} records`,
      receiver: { status, message, attempts: attemptsBefore + outcome.attempts },
    });
    this.#listener.onFate(piece, "uncertain");
  }

  async #keep(piece: Piece, why: DeadLetterCause): Promise<void> {
    const { deadLetters, signal } = this.#parts;
    await deadLetters.keep(asDeadLetters(this.#parcel, piece, why), signal);
  }
}
