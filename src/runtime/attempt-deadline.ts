// SPDX-License-Identifier: Apache-2.0
/**
 * The time limit of one attempt, joined with its caller's signal. Network time is real time, so the
 * timer is a real one and not the Clock's: a test that turns the clock by an hour must not cut a
 * request that is on the wire.
 */
import { cancelled } from "../errors.ts";

/** The limit of one attempt was reached. Its `code` is what a reason shows. */
class AttemptTimeout extends Error {
  readonly code: string;

  constructor(timeoutMs: number) {
    super("timeout");
    this.code = `no complete answer within ${timeoutMs} ms`;
  }
}

export interface Deadline {
  /** Aborts when the time is over or the caller gives up. */
  readonly signal: AbortSignal;
  /** Rejects at the same moment with the same reason; never resolves. */
  readonly passed: Promise<never>;
  /** Stops the timer and leaves the caller's signal. */
  clear(): void;
}

/** Starts the time; `clear` ends it without effect and must be called in every case. */
export function startDeadline(timeoutMs: number, outer: AbortSignal): Deadline {
  const controller = new AbortController();
  const { promise: passed, reject } = Promise.withResolvers<never>();
  // It may reject after the race is decided.
  passed.catch(() => undefined);
  const end = (reason: Error): void => {
    controller.abort(reason);
    reject(reason);
  };
  const onAbort = (): void => {
    end(cancelled(outer));
  };
  const timer = setTimeout(() => {
    end(new AttemptTimeout(timeoutMs));
  }, timeoutMs);
  outer.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    passed,
    clear: () => {
      clearTimeout(timer);
      outer.removeEventListener("abort", onAbort);
    },
  };
}
