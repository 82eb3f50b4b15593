// SPDX-License-Identifier: Apache-2.0
/**
 * The one error class of the connector. Expected outcomes are values (unions); an error means that something which
 * must not happen did. Codes are closed and stable: they appear in runbooks.
 */

export type ErrorCode =
  /** A setting is missing, unknown or wrong. Exit code 2. */
  | "CONFIG_INVALID"
  /** Storage answered that we may not: a role, key or token is missing or expired. */
  | "STORAGE_DENIED"
  /** The container or the account does not exist. */
  | "STORAGE_NOT_FOUND"
  /** Storage did not answer, or answered that it cannot now. */
  | "STORAGE_UNAVAILABLE"
  /** The checkpoint store cannot be opened, read or written. */
  | "CHECKPOINT_UNAVAILABLE"
  /** Another process writes this checkpoint store. */
  | "CHECKPOINT_LOCKED"
  /** The checkpoint store was written by a version we do not know. */
  | "CHECKPOINT_UNKNOWN_FORMAT"
  /** The dead-letter store cannot be written. */
  | "DEAD_LETTER_UNAVAILABLE"
  /** The receiver refuses everything, or does not answer. */
  | "RECEIVER_FAULT"
  /** Neither storage nor the receiver moved for as long as we were told to wait. */
  | "NO_PROGRESS"
  /** The work was cancelled by its signal. */
  | "CANCELLED"
  /** A bug: an invariant does not hold. */
  | "INTERNAL";

export interface ConnectorErrorOptions {
  readonly cause?: unknown;
  /** True when the same call may succeed later without anybody changing anything. */
  readonly isRetryable?: boolean;
  /** How long the other side asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** An error with a stable code; the message begins with it because many tools show only the message. */
export class ConnectorError extends Error {
  readonly code: ErrorCode;
  readonly isRetryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: ConnectorErrorOptions = {}) {
    super(
      `${code}: ${message}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = "ConnectorError";
    this.code = code;
    this.isRetryable = options.isRetryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Wraps anything thrown; a ConnectorError comes back as it is. */
  static from(reason: unknown, code: ErrorCode = "INTERNAL"): ConnectorError {
    if (reason instanceof ConnectorError) return reason;
    const message = reason instanceof Error ? reason.message : String(reason);
    return new ConnectorError(code, message, { cause: reason });
  }
}

/** The error that a cancelled wait or call rejects with. */
export function cancelled(signal: AbortSignal): ConnectorError {
  return new ConnectorError("CANCELLED", "the work was cancelled", { cause: signal.reason });
}

export function isCancelled(reason: unknown): boolean {
  return reason instanceof ConnectorError && reason.code === "CANCELLED";
}

/** Proves to the compiler that a union was handled whole. */
export function unreachable(value: never): never {
  throw new ConnectorError("INTERNAL", `unexpected value ${JSON.stringify(value)}`);
}
