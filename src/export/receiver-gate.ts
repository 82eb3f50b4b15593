// SPDX-License-Identifier: Apache-2.0
/**
 * The one back-off state of an endpoint, shared by all requests for it. It keeps time; it sends
 * nothing.
 *
 * States
 * - `open`: every request is let through at once.
 * - `backing-off`: the newest failure may pass by itself. Nobody is let through until `#untilMs`;
 *   then ONE request is, the oldest that waits: the probe. The others go on waiting.
 * - `fault`: as backing-off, after an answer that somebody has to look into; waits are longer. Once
 *   entered it lasts until a probe succeeds, even if later probes fail in a milder way.
 *
 * Transitions
 * - open to closed (backing-off or fault): an attempt failed. It is the first failure of a row.
 * - closed to closed: the probe failed. The row grows by one, the wait with it; a failure of another
 *   kind begins a new row. Or a straggler failed, an attempt that was under way when the gate
 *   closed: it adds nothing to the row, for one outage hits all of them at once; but a Retry-After
 *   that it brings counts, the longest wins, and a fault turns backing-off into fault.
 * - closed to open: the probe succeeded, or at least was answered; all who wait are let through. A straggler's success opens
 *   nothing: it began before the failure and proves nothing about the time after.
 *
 * A probe that ends without an outcome (its request was cancelled) hands on to the next oldest,
 * without a new wait. The timer runs only while somebody waits, so an unused gate holds nothing.
 */
import { cancelled, ConnectorError } from "../errors.ts";
import { backoffDelayMs } from "../runtime/backoff.ts";
import type { Clock } from "../runtime/clock.ts";
import type { AttemptOutcome } from "./exporter.ts";
import { MAX_RETRY_AFTER_MS } from "../runtime/retry-after.ts";

export type GateState = "open" | "backing-off" | "fault";

/** An outcome that is not the last word on a request. */
export type AttemptFailure = Extract<AttemptOutcome, { kind: "retryable" | "receiver-fault" }>;

export interface ReceiverGateOptions {
  readonly clock: Clock;
  /** Numbers in [0, 1), for the jitter. */
  readonly random: () => number;
  /** First and longest wait after retryable failures. */
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
  /** First and longest wait between probes of a receiver at fault. */
  readonly faultProbe: { readonly initialMs: number; readonly maxMs: number };
}

interface Waiter {
  readonly ticket: number;
  readonly admit: () => void;
}

/** Requests are known by their ticket: smaller is older. A ticket is in one place at a time. */
export class ReceiverGate {
  readonly #options: ReceiverGateOptions;
  /** Oldest first. */
  readonly #waiting: Waiter[] = [];
  #state: GateState = "open";
  #untilMs = 0;
  #failures = 0;
  #failureKind: AttemptFailure["kind"] | undefined;
  #probe: number | undefined;
  #timer: AbortController | undefined;

  constructor(options: ReceiverGateOptions) {
    this.#options = options;
  }

  get state(): GateState {
    return this.#state;
  }

  /**
   * Resolves when the ticket may send; then exactly one of succeeded, failed or abandoned must
   * follow.
   */
  async enter(ticket: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelled(signal);
    if (this.#state === "open") return;
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#remove(waiter);
        reject(cancelled(signal));
      };
      const waiter: Waiter = {
        ticket,
        admit: () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#insert(waiter);
      this.#schedule();
    });
  }

  /** The receiver took the request: a probe opens the gate, and the next failure begins a new row. */
  succeeded(ticket: number): void {
    this.answered(ticket);
    // The next failure is another kind than none.
    if (this.#state === "open") this.#failureKind = undefined;
  }

  /** The receiver answered, and did not take it: a probe opens the gate, and the row goes on where it was. */
  answered(ticket: number): void {
    if (this.#probe !== ticket) return;
    if (this.#state === "open") throw new ConnectorError("INTERNAL", "a probe at an open gate");
    this.#state = "open";
    this.#probe = undefined;
    for (const waiter of this.#waiting.splice(0)) waiter.admit();
  }

  /** Closes the gate, or keeps it closed; gives the wait until the next probe in milliseconds. */
  failed(ticket: number, failure: AttemptFailure): number {
    const isProbe = this.#probe === ticket;
    if (isProbe) this.#probe = undefined;
    const isFault = failure.kind === "receiver-fault";
    const isStraggler = !isProbe && this.#state !== "open";
    const isWorse = isFault && this.#state === "backing-off";
    if (!isStraggler || isWorse) {
      this.#failures = failure.kind === this.#failureKind ? this.#failures + 1 : 1;
      this.#failureKind = failure.kind;
      this.#extend(retryAfterOf(failure) ?? this.#backoffMs(failure.kind));
    } else {
      this.#extend(retryAfterOf(failure) ?? 0);
    }
    if (this.#state !== "fault") this.#state = isFault ? "fault" : "backing-off";
    const waitMs = this.#remainingMs();
    // The ticket need not come back, and those that wait must not wait for it.
    this.#schedule();
    return waitMs;
  }

  /** The ticket's attempt ended without an outcome. */
  abandoned(ticket: number): void {
    if (this.#probe !== ticket) return;
    this.#probe = undefined;
    this.#schedule();
  }

  #backoffMs(kind: AttemptFailure["kind"]): number {
    const { random, backoff, faultProbe } = this.#options;
    return backoffDelayMs(this.#failures, random, kind === "retryable" ? backoff : faultProbe);
  }

  #extend(waitMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, this.#options.clock.monotonicNow() + waitMs);
  }

  #remainingMs(): number {
    const nowMs = this.#options.clock.monotonicNow();
    // Whole: the clock's own fractions help nobody in a log.
    return Math.ceil(Math.max(0, this.#untilMs - nowMs));
  }

  /** Sees to it that somebody will become the probe, when there is somebody and none is out. */
  #schedule(): void {
    if (this.#state === "open" || this.#probe !== undefined || this.#timer !== undefined) return;
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    const remainingMs = this.#remainingMs();
    if (remainingMs > 0) {
      this.#startTimer(remainingMs);
      return;
    }
    this.#waiting.shift();
    this.#probe = oldest.ticket;
    oldest.admit();
  }

  #startTimer(waitMs: number): void {
    const timer = new AbortController();
    this.#timer = timer;
    void this.#options.clock.sleep(waitMs, timer.signal).then(
      () => {
        this.#timer = undefined;
        // The wait may have grown meanwhile; scheduling looks at the clock again.
        this.#schedule();
      },
      () => undefined, // Cancelled by #remove, which has forgotten this timer already.
    );
  }

  #insert(waiter: Waiter): void {
    const at = this.#waiting.findIndex((other) => other.ticket > waiter.ticket);
    this.#waiting.splice(at === -1 ? this.#waiting.length : at, 0, waiter);
  }

  #remove(waiter: Waiter): void {
    this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
    if (this.#waiting.length > 0) return;
    this.#timer?.abort();
    this.#timer = undefined;
  }
}

/** Undefined also for 0: "at once" from a receiver that just refused would be a hot loop. */
function retryAfterOf(failure: AttemptFailure): number | undefined {
  if (failure.kind !== "retryable" || failure.retryAfterMs === undefined) return undefined;
  const waitMs = Math.min(failure.retryAfterMs, MAX_RETRY_AFTER_MS);
  return waitMs > 0 ? waitMs : undefined;
}
