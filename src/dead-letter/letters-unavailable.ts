// SPDX-License-Identifier: Apache-2.0
/** The one error of a place of dead letters that cannot be used. */
import { ConnectorError } from "../errors.ts";

/** Names the place and the problem. A ConnectorError of storage keeps its advice and loses its code. */
export function deadLettersUnavailable(place: string, reason: unknown): ConnectorError {
  const isOurs = reason instanceof ConnectorError;
  if (isOurs && !reason.code.startsWith("STORAGE_")) return reason;
  const text = reason instanceof Error ? reason.message : String(reason);
  const problem = isOurs ? text.slice(`${reason.code}: `.length) : text;
  // Room may be made, mounts come back and roles are assigned while we run.
  return new ConnectorError("DEAD_LETTER_UNAVAILABLE", `dead letters in ${place}: ${problem}`, {
    cause: reason,
    isRetryable: true,
    ...(isOurs && { retryAfterMs: reason.retryAfterMs }),
  });
}
