// SPDX-License-Identifier: Apache-2.0
/**
 * Delivers a request by sending the same bytes until the receiver has acknowledged them, however
 * long that takes.
 *
 * The life of one request: wait at the gate → one attempt → delivered or partial: done, never sent
 * again. Retryable or receiver fault: tell it, and back to the gate. The gate (receiver-gate.ts,
 * which holds the state machine) is shared by all requests, so a receiver in trouble sees one probe
 * at a time and not one back-off a batch. Nothing is ever given up or dropped here; only its signal
 * ends a request early, in every wait, with CANCELLED.
 */
import type { ConnectorEvents } from "../telemetry/events.ts";
import type { Clock } from "../runtime/clock.ts";
import type {
  AttemptOutcome,
  EncodedRequest,
  Exporter,
  ExportOutcome,
  ExportTransport,
} from "./exporter.ts";
import { ReceiverGate } from "./receiver-gate.ts";
import type { AttemptFailure, GateState } from "./receiver-gate.ts";

const SECOND_MS = 1000;

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
   * away, busy or throttling. `fault`: it or our configuration needs a person's attention.
   */
  state(): GateState;
}

/** `close` closes the transport; abort the exports that are under way before. */
export function createRetryingExporter(options: RetryingExporterOptions): RetryingExporter {
  const { clock, random, maxBackoffMs = 60 * SECOND_MS, faultProbeMs = 60 * SECOND_MS } = options;
  const gate = new ReceiverGate({
    clock,
    random,
    backoff: { initialMs: SECOND_MS, maxMs: maxBackoffMs },
    faultProbe: { initialMs: 5 * SECOND_MS, maxMs: faultProbeMs },
  });
  const requests = new RequestLoop(options, gate);
  return {
    export: (request, signal) => requests.deliver(request, signal),
    close: () => options.transport.close(),
    state: () => gate.state,
  };
}

class RequestLoop {
  readonly #options: RetryingExporterOptions;
  readonly #gate: ReceiverGate;
  #lastTicket = 0;
  /** The fault that was told last and has not ended. */
  #fault: { readonly reason: string; readonly toldAtMs: number } | undefined;

  constructor(options: RetryingExporterOptions, gate: ReceiverGate) {
    this.#options = options;
    this.#gate = gate;
  }

  async deliver(request: EncodedRequest, signal: AbortSignal): Promise<ExportOutcome> {
    const ticket = ++this.#lastTicket;
    for (let attempt = 1; ; attempt++) {
      await this.#gate.enter(ticket, signal);
      const outcome = await this.#attempt(ticket, request, signal);
      if (outcome.kind === "delivered" || outcome.kind === "partial") {
        this.#tellSuccess(this.#gate.succeeded(ticket));
        return outcome;
      }
      this.#tellFailure(outcome, this.#gate.failed(ticket, outcome), attempt);
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

  #tellSuccess(hasOpened: boolean): void {
    if (!hasOpened || this.#fault === undefined) return;
    this.#fault = undefined;
    this.#options.events.receiverRecovered();
  }

  #tellFailure(failure: AttemptFailure, waitMs: number, attempt: number): void {
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
