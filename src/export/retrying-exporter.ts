// SPDX-License-Identifier: Apache-2.0
/**
 * Delivers a request by sending the same bytes until the receiver has taken or refused them, however
 * long that takes.
 *
 * The life of one request: wait at the gate → one attempt → delivered, partial or refused: done.
 * Retryable or receiver fault: tell it, and back to the gate. The gate (receiver-gate.ts, which
 * holds the state machine) is shared by all requests, so a receiver in trouble sees one probe at a
 * time and not one back-off a batch. Nothing is ever given up or dropped here; only its signal ends
 * a request early, in every wait, with CANCELLED.
 *
 * What to do about a refusal is the sender's business. But a receiver that refuses one request after
 * the other, whoever sends them, is at fault itself: then the gate closes, and every further request
 * is a probe, until one is taken.
 */
import type { ConnectorEvents } from "../telemetry/events.ts";
import type { Clock } from "../runtime/clock.ts";
import type {
  AttemptOutcome,
  EncodedRequest,
  Exporter,
  ExportOutcome,
  ExportTransport,
  Moment,
  Refused,
} from "./exporter.ts";
import { ReceiverGate } from "./receiver-gate.ts";
import type { AttemptFailure, GateState } from "./receiver-gate.ts";

const SECOND_MS = 1000;

/**
 * So many refusals in a row, from whomever, are the receiver's fault and not that of records. Cutting a batch of 2,000
 * down to one bad record takes 12; a few bad ones that stand together take a few more.
 */
const MAX_REFUSALS_IN_A_ROW = 16;

/** A fault that stays as it is is told again after this, so that it also stands in today's log. */
const FAULT_REMINDER_MS = 15 * 60 * SECOND_MS;

export interface RetryingExporterOptions {
  readonly transport: ExportTransport;
  readonly clock: Clock;
  readonly events: Pick<ConnectorEvents, "exportRetried" | "receiverFaulted" | "receiverRecovered">;
  /** Numbers in [0, 1), for the jitter. */
  readonly random: () => number;
  /**
   * Longest wait after retryable failures; default 60 s. The first is 1 s. A longer Retry-After is
   * obeyed up to 1 h.
   */
  readonly maxBackoffMs?: number | undefined;
  /** Longest wait between the probes of a receiver at fault; default 60 s. The first is 5 s. */
  readonly faultProbeMs?: number | undefined;
}

/** An exporter that also tells how the receiver is doing. */
export interface RetryingExporter extends Exporter {
  /**
   * `open`: the last word of the receiver was good, or there was none yet. `backing-off`: it is
   * away, busy or throttling. `refusing`: it takes nothing of what it is sent, which may be its fault
   * or that of the records; only another record can tell. `fault`: it or our configuration needs a
   * person's attention.
   */
  state(): GateState | "refusing";
}

/** `close` closes the transport; abort the exports that are under way before. */
export function createRetryingExporter(options: RetryingExporterOptions): RetryingExporter {
  return new GatedExporter(options);
}

class GatedExporter implements RetryingExporter {
  readonly #options: RetryingExporterOptions;
  readonly #gate: ReceiverGate;
  #lastTicket = 0;
  /** Counts attempts and refusals: what was later has the greater number. */
  #now: Moment = 0;
  /** When the newest of the attempts began from which records were taken. */
  #lastAccepted: Moment = 0;
  #refusalsInARow = 0;
  /** The gate is closed, and all that it was closed for is refusals. */
  #isRefusing = false;
  /** Requests that were never refused and have no outcome yet. */
  #underWay = 0;
  /** The fault that was told last and has not ended. */
  #fault: { readonly reason: string; readonly toldAtMs: number } | undefined;

  constructor(options: RetryingExporterOptions) {
    const { clock, random, maxBackoffMs = 60 * SECOND_MS, faultProbeMs = 60 * SECOND_MS } = options;
    this.#options = options;
    this.#gate = new ReceiverGate({
      clock,
      random,
      backoff: { initialMs: SECOND_MS, maxMs: maxBackoffMs },
      faultProbe: { initialMs: 5 * SECOND_MS, maxMs: faultProbeMs },
    });
  }

  state(): GateState | "refusing" {
    const { state } = this.#gate;
    return state === "fault" && this.#isRefusing ? "refusing" : state;
  }

  get isHolding(): boolean {
    return this.#gate.state === "fault";
  }

  acceptedSince(moment: Moment): boolean {
    return this.#lastAccepted > moment;
  }

  hold(since: Moment, reason: string): void {
    // What is under way may be the evidence.
    if (this.acceptedSince(since) || this.#underWay > 0 || this.isHolding) return;
    this.#isRefusing = true;
    this.#fail(NO_TICKET, { kind: "receiver-fault", status: undefined, reason }, 1);
  }

  async close(): Promise<void> {
    await this.#options.transport.close();
  }

  async export(
    request: EncodedRequest,
    signal: AbortSignal,
    isTrial = false,
  ): Promise<ExportOutcome> {
    // A request that was refused comes again with a new ticket, behind all that wait, and a trial
    // behind all that were never refused: only what is new can be evidence, and a probe that is
    // refused must not keep the others from probing.
    const ticket = ++this.#lastTicket + (isTrial ? TRIAL : 0);
    // Trials are no evidence that anybody would wait for.
    if (!isTrial) this.#underWay++;
    try {
      return await this.#untilDecided(ticket, request, signal);
    } finally {
      if (!isTrial) this.#underWay--;
    }
  }

  async #untilDecided(
    ticket: number,
    request: EncodedRequest,
    signal: AbortSignal,
  ): Promise<ExportOutcome> {
    for (let attempts = 1; ; attempts++) {
      await this.#gate.enter(ticket, signal);
      const beganAt = ++this.#now;
      const acceptedBefore = this.#lastAccepted;
      const outcome = await this.#attempt(ticket, request, signal);
      switch (outcome.kind) {
        case "delivered":
        case "partial":
          this.#accept(ticket, beganAt, isTaken(outcome, request.recordCount));
          return { ...outcome, attempts };
        case "refused":
          this.#refuse(ticket, outcome, attempts);
          return { ...outcome, at: ++this.#now, acceptedBefore, attempts };
        case "receiver-fault":
          this.#isRefusing = false;
          this.#fail(ticket, outcome, attempts);
          break;
        case "retryable":
          this.#fail(ticket, outcome, attempts);
      }
    }
  }

  async #attempt(
    ticket: number,
    request: EncodedRequest,
    signal: AbortSignal,
  ): Promise<AttemptOutcome> {
    try {
      return await this.#options.transport.send(request, signal);
    } catch (reason) {
      // Cancelled, or a bug in the transport: either way the others must not wait for this probe
      // for ever.
      this.#gate.abandoned(ticket);
      throw reason;
    }
  }

  /** `isTaken`: records of the request are with the receiver. Otherwise it only answered. */
  #accept(ticket: number, beganAt: Moment, isTaken: boolean): void {
    if (isTaken) this.#lastAccepted = Math.max(this.#lastAccepted, beganAt);
    this.#refusalsInARow = 0;
    this.#gate.succeeded(ticket);
    if (this.#gate.state !== "open" || this.#fault === undefined) return;
    this.#fault = undefined;
    this.#options.events.receiverRecovered();
  }

  #refuse(ticket: number, { status, reason }: Refused, attempts: number): void {
    // What was refused before and is again says nothing new of the receiver.
    if (ticket < TRIAL) this.#refusalsInARow++;
    const isRow = this.#refusalsInARow >= MAX_REFUSALS_IN_A_ROW;
    if (!isRow && this.state() !== "refusing") {
      // It was away or at fault, and answers again: what it thinks of these records is another matter.
      this.#gate.answered(ticket);
      return;
    }
    this.#isRefusing = true;
    this.#fail(ticket, { kind: "receiver-fault", status, reason }, attempts);
  }

  #fail(ticket: number, failure: AttemptFailure, attempt: number): void {
    const waitMs = this.#gate.failed(ticket, failure);
    const { events, clock } = this.#options;
    const { reason } = failure;
    if (failure.kind === "retryable") {
      events.exportRetried({ reason, waitMs, attempt });
      return;
    }
    const nowMs = clock.monotonicNow();
    const isTold =
      this.#fault?.reason === reason && nowMs - this.#fault.toldAtMs < FAULT_REMINDER_MS;
    if (isTold) return;
    this.#fault = { reason, toldAtMs: nowMs };
    events.receiverFaulted({ reason, waitMs });
  }
}

/** Of no request. */
const NO_TICKET = -1;
/** Added to the tickets of trials. */
const TRIAL = 2 ** 50;

/** A batch whose records were all rejected is no evidence that any would be taken. */
function isTaken(
  outcome: Extract<AttemptOutcome, { kind: "delivered" | "partial" }>,
  recordCount: number,
): boolean {
  if (outcome.kind === "delivered") return true;
  return outcome.rejectedCount !== undefined && outcome.rejectedCount < recordCount;
}
