// SPDX-License-Identifier: Apache-2.0
/**
 * What went wrong when no usable answer came (pure): the one place that reads undici's and Node's
 * network errors. The result names a code and host:port, never a message of theirs: messages may
 * quote a URL with credentials.
 */
import type { AttemptOutcome } from "./exporter.ts";
import { classifyStatus } from "./status-codes.ts";

/**
 * undici says a proxy's refusal of CONNECT only in words: `Proxy response (407) !== 200 when HTTP
 * Tunneling`.
 */
const PROXY_REFUSAL = /Proxy response \((\d{3})\)|Proxy Authentication Required \((407)\)/;

/** Deeper chains do not occur; a cycle must not hang us. */
const MAX_CAUSES = 5;

/**
 * The outcome of an attempt that ended in `error`. `target` is host:port, with the proxy's when
 * there is one.
 */
export function networkOutcome(error: unknown, target: string): AttemptOutcome {
  const proxyStatus = findProxyStatus(error);
  if (proxyStatus !== undefined && classifyStatus(proxyStatus) !== "retryable") {
    const reason = `the proxy answered HTTP ${proxyStatus} (${target})`;
    return { kind: "receiver-fault", status: proxyStatus, reason };
  }
  const code = proxyStatus === undefined ? errorCode(error) : `proxy answered HTTP ${proxyStatus}`;
  return { kind: "retryable", reason: `${code} (${target})`, retryAfterMs: undefined };
}

function findProxyStatus(error: unknown): number | undefined {
  for (const cause of causes(error)) {
    const match = PROXY_REFUSAL.exec(cause.message);
    if (match !== null) return Number(match[1] ?? match[2]);
  }
  return undefined;
}

/** The most telling code: undici wraps the socket's own error, so the innermost one wins. */
function errorCode(error: unknown): string {
  let code = "network error";
  for (const cause of causes(error)) {
    if ("code" in cause && typeof cause.code === "string") code = cause.code;
  }
  return code;
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  let cause = error;
  while (cause instanceof Error && chain.length < MAX_CAUSES) {
    chain.push(cause);
    cause = cause.cause;
  }
  return chain;
}
