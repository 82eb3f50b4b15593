// SPDX-License-Identifier: Apache-2.0
/**
 * Notices in the service's answers what is going to be trouble: a clock that goes wrong, a shared access signature that
 * is about to end. It tells each once, when it begins. Nothing depends on it: what we compute of a blob's age, we compute
 * from the service's own dates.
 */
import type { Clock } from "../runtime/clock.ts";
import type { ConnectorEvents } from "../telemetry/events.ts";

export interface ServiceWatch {
  /** Takes the `Date` of an answer, good or bad; undefined when it had none. */
  sawAnswer(serviceDateMs: number | undefined): void;
}

export interface ServiceWatchOptions {
  readonly clock: Pick<Clock, "now">;
  readonly events: Pick<ConnectorEvents, "clockSkewed" | "accessExpires">;
  /** Undefined: access does not end, or does not say when. */
  readonly sasExpiresAtMs: number | undefined;
}

/** The service refuses signatures that are 15 minutes off: a third of it leaves time to act. */
const SKEW_LIMIT_MS = 5 * 60_000;
/** Long enough for a person to be awake in. */
const EXPIRY_NOTICE_MS = 24 * 3_600_000;

export function createServiceWatch(options: ServiceWatchOptions): ServiceWatch {
  const { clock, events, sasExpiresAtMs } = options;
  let isSkewed = false;
  let isExpiryTold = false;
  return {
    sawAnswer: (serviceDateMs) => {
      if (serviceDateMs === undefined) return;
      const skewMs = clock.now() - serviceDateMs;
      // Twice as strict on the way back, so that a clock at the limit does not fill the log.
      const limitMs = isSkewed ? SKEW_LIMIT_MS / 2 : SKEW_LIMIT_MS;
      if (isSkewed !== Math.abs(skewMs) > limitMs) {
        isSkewed = !isSkewed;
        events.clockSkewed({ skewMs, isSkewed });
      }
      if (isExpiryTold || sasExpiresAtMs === undefined) return;
      if (serviceDateMs < sasExpiresAtMs - EXPIRY_NOTICE_MS) return;
      isExpiryTold = true;
      events.accessExpires({ expiresAtMs: sasExpiresAtMs });
    },
  };
}
