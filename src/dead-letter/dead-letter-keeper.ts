// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps dead letters however long it takes: a full or broken store blocks, loudly, until it takes them, because passing
 * a record that is neither delivered nor kept would be a loss (promise D6 names this as one of two things that block).
 */
import { cancelled, ConnectorError } from "../errors.ts";
import type { DeadLetter } from "../model.ts";
import type { Clock } from "../runtime/clock.ts";
import { backoffDelayMs } from "../runtime/backoff.ts";
import type { ConnectorEvents } from "../telemetry/events.ts";
import type { DeadLetterSink } from "./dead-letter-sink.ts";

/** A full disk rarely mends itself within a second. */
const BACKOFF = { initialMs: 1_000, maxMs: 30_000 };

export interface DeadLetterKeeper {
  /** Resolves when all entries are durable; rejects with CANCELLED only. */
  keep(entries: readonly DeadLetter[], signal: AbortSignal): Promise<void>;
}

export interface DeadLetterKeeperOptions {
  readonly sink: DeadLetterSink;
  readonly clock: Clock;
  readonly events: ConnectorEvents;
  readonly random: () => number;
}

export function createDeadLetterKeeper(options: DeadLetterKeeperOptions): DeadLetterKeeper {
  const { sink, clock, events, random } = options;
  return {
    keep: async (entries, signal) => {
      for (let attempt = 1; ; attempt++) {
        try {
          await unlessAborted(sink.write(entries), signal);
          break;
        } catch (reason) {
          if (signal.aborted) throw cancelled(signal);
          const error = ConnectorError.from(reason, "DEAD_LETTER_UNAVAILABLE");
          const waitMs = Math.max(
            backoffDelayMs(attempt, random, BACKOFF),
            error.retryAfterMs ?? 0,
          );
          events.deadLetterFailed({ error, waitMs });
          await clock.sleep(waitMs, signal);
        }
      }
      for (const { reason, uid, blob, range } of entries) {
        events.deadLettered({ reason, uid, blob, offset: range.start });
      }
    },
  };
}

/** A write over a network may hang for a minute: a stop does not wait for it. What it still writes is a repeat. */
async function unlessAborted(write: Promise<void>, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => {
      reject(cancelled(signal));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true, signal: done.signal });
  });
  try {
    await Promise.race([write, aborted]);
  } finally {
    done.abort();
  }
}
