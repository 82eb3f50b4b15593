// SPDX-License-Identifier: Apache-2.0
/** A transport whose attempts stay under way until the test answers them, in any order. */
import { cancelled } from "../../src/errors.ts";
import type { AttemptOutcome, EncodedRequest, ExportTransport } from "../../src/export/exporter.ts";

export interface FakeAttempt {
  readonly request: EncodedRequest;
  answer(outcome: AttemptOutcome): void;
  /** Breaks the port's promise, as only a bug would. */
  crash(reason: Error): void;
}

export const delivered: AttemptOutcome = { kind: "delivered", warning: undefined };

export function retryable(retryAfterMs?: number, reason = "HTTP 503"): AttemptOutcome {
  return { kind: "retryable", reason, retryAfterMs };
}

export function faulty(reason = "HTTP 401", status = 401): AttemptOutcome {
  return { kind: "receiver-fault", status, reason };
}

export function refused(status = 400, message = "no"): AttemptOutcome {
  const reason = `HTTP ${status} (client error)`;
  return { kind: "refused", status, isTooLarge: status === 413, reason, message };
}

export class FakeTransport implements ExportTransport {
  /** All attempts so far, answered or not. */
  readonly attempts: FakeAttempt[] = [];
  closeCount = 0;

  async send(request: EncodedRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    if (signal.aborted) throw cancelled(signal);
    const { promise, resolve, reject } = Promise.withResolvers<AttemptOutcome>();
    this.attempts.push({ request, answer: resolve, crash: reject });
    const onAbort = (): void => {
      reject(cancelled(signal));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  close(): Promise<void> {
    this.closeCount++;
    return Promise.resolve();
  }
}
