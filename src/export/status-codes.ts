// SPDX-License-Identifier: Apache-2.0
/**
 * What an HTTP status means for a batch, and what of the answer may be said in our own log (pure).
 *
 * The retryable set is OTLP's own table. What OTLP calls permanent is never a reason to throw a
 * batch away here, because the source is durable (a documented deviation): a refusal that may be
 * about some of the records is looked into (pieces.ts), everything else is a receiver fault.
 * Redirects are faults too: following one would carry audit records and credentials to a host that
 * nobody configured.
 */

export type StatusClass = "ack-candidate" | "retryable" | "refusal" | "receiver-fault";

/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** What a receiver, or what stands before it, answers to a request that it cannot take as it is. */
const REFUSALS: ReadonlySet<number> = new Set([400, 408, 413, 422, 500]);

/**
 * A fault of address or credentials: the answer speaks of the request line and headers, not of the
 * records.
 */
const QUOTABLE: ReadonlySet<number> = new Set([401, 403, 404, 405, 415]);

/**
 * Class of a final status. A 2xx is only a candidate: its body must decode too (see
 * export-response.ts).
 */
export function classifyStatus(status: number): StatusClass {
  if (status >= 200 && status <= 299) return "ack-candidate";
  if (RETRYABLE.has(status)) return "retryable";
  return REFUSALS.has(status) ? "refusal" : "receiver-fault";
}

/**
 * True when the receiver's own text may stand in our log; elsewhere it counts as event content
 * (promise D10).
 */
export function isQuotable(status: number): boolean {
  return isRedirect(status) || QUOTABLE.has(status);
}

function isRedirect(status: number): boolean {
  return status >= 300 && status <= 399;
}

/**
 * Status and class, with the receiver's words when there are some to be shown: `HTTP 401 (refused):
 * bad token`.
 */
export function describeStatus(status: number, quote?: string): string {
  const line = `HTTP ${status} (${statusWord(status)})`;
  return quote === undefined ? line : `${line}: ${quote}`;
}

function statusWord(status: number): string {
  if (status === 429) return "throttled";
  if (RETRYABLE.has(status)) return "unavailable";
  if (isRedirect(status)) return "redirect";
  if (QUOTABLE.has(status)) return "refused";
  return status < 500 ? "client error" : "server error";
}
