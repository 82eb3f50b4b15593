// SPDX-License-Identifier: Apache-2.0
/**
 * Translates what the Azure SDK throws into a ConnectorError with a sentence that says what was tried and what to do.
 * Matched by shape, not by class, so that @azure/identity need not be loaded. Messages of the service are not repeated:
 * they can hold signed URLs.
 */
import { ConnectorError, cancelled } from "../errors.ts";
import { parseRetryAfterMs } from "../runtime/retry-after.ts";

interface ServiceFault {
  readonly name?: string;
  readonly code?: string;
  readonly statusCode?: number;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

/** True for an answer of that status (and, where given, that service error code). */
export function isStatus(reason: unknown, status: number, code?: string): boolean {
  const fault = asFault(reason);
  return fault.statusCode === status && (code === undefined || codeOf(fault) === code);
}

/** What is known here, to say more than the service does. */
export interface AccessFacts {
  /** This machine's clock, epoch ms. */
  readonly nowMs: number;
  readonly sasExpiresAtMs: number | undefined;
}

/** `what` is the thing tried, as in "reading x"; it goes into the message. */
export function toStorageError(
  reason: unknown,
  signal: AbortSignal,
  what: string,
  facts?: AccessFacts,
): ConnectorError {
  if (reason instanceof ConnectorError) return reason;
  if (signal.aborted) return cancelled(signal);
  const fault = asFault(reason);
  const status = fault.statusCode;
  if (isCredentialFault(fault)) return denied(what, fault, reason, CREDENTIAL_ADVICE);
  if (status === 401 || status === 403) {
    return denied(what, fault, reason, measuredAdvice(fault, facts) ?? deniedAdvice(fault));
  }
  if (status === 404) {
    const message = `${what} failed: ${codeOf(fault) ?? "not found"}. ${NOT_FOUND_ADVICE}`;
    return new ConnectorError("STORAGE_NOT_FOUND", message, { cause: reason, isRetryable: true });
  }
  return unavailable(what, fault, reason, facts);
}

/** The service's own clock when it refused, epoch ms; undefined where it did not say. */
export function serviceDateMs(reason: unknown): number | undefined {
  const dateMs = Date.parse(asFault(reason).response?.headers?.get("date") ?? "");
  return Number.isNaN(dateMs) ? undefined : dateMs;
}

const CREDENTIAL_ADVICE =
  "No credential could get a token. Sign in with `az login`, set the AZURE_* variables of a service " +
  "principal or workload identity, or give the managed identity's client id.";

const NOT_FOUND_ADVICE =
  "Check the container's name. The service creates it with the first event, which may come up to 90 " +
  "minutes after the diagnostic setting was made.";

/** The service refuses signatures that are further off than this. */
const ALLOWED_SKEW_MS = 15 * 60_000;
const MINUTE_MS = 60_000;

/** The one reason that can be known from here; undefined when neither an expiry nor a clock explains the refusal. */
function measuredAdvice(fault: ServiceFault, facts: AccessFacts | undefined): string | undefined {
  if (facts === undefined) return undefined;
  const { nowMs, sasExpiresAtMs } = facts;
  const serviceNowMs = serviceDateMs(fault) ?? nowMs;
  if (sasExpiresAtMs !== undefined && serviceNowMs >= sasExpiresAtMs) {
    return `The SAS expired at ${new Date(sasExpiresAtMs).toISOString()}: issue a new one.`;
  }
  const skewMs = nowMs - serviceNowMs;
  if (codeOf(fault) !== "AuthenticationFailed" || Math.abs(skewMs) <= ALLOWED_SKEW_MS) {
    return undefined;
  }
  const minutes = Math.round(Math.abs(skewMs) / MINUTE_MS);
  const direction = skewMs > 0 ? "ahead of" : "behind";
  return (
    `This machine's clock is ${minutes} minutes ${direction} the account's, which allows 15: ` +
    "set the clock."
  );
}

function deniedAdvice(fault: ServiceFault): string {
  switch (codeOf(fault) ?? "") {
    case "AuthorizationPermissionMismatch":
      return (
        "The identity has no read access: assign it the role Storage Blob Data Reader on the " +
        "container (a new assignment takes up to ten minutes)."
      );
    case "AuthorizationFailure":
      return (
        "The account refuses this network or this identity: look at its firewall, private endpoints " +
        "and whether shared keys are allowed."
      );
    case "AuthenticationFailed":
      return (
        "The account key, SAS or token is wrong or expired, or this machine's clock is off by more " +
        "than 15 minutes."
      );
    default:
      return "Look at the role assignments, the SAS and the firewall of the account.";
  }
}

function denied(what: string, fault: ServiceFault, cause: unknown, advice: string): ConnectorError {
  const code = codeOf(fault) ?? fault.name ?? "refused";
  // Roles and firewalls are mended without touching us: it is worth trying again.
  return new ConnectorError("STORAGE_DENIED", `${what} failed: ${code}. ${advice}`, {
    cause,
    isRetryable: true,
  });
}

function unavailable(
  what: string,
  fault: ServiceFault,
  cause: unknown,
  facts: AccessFacts | undefined,
): ConnectorError {
  // The message of an answer without a code is the answer's body: whatever a proxy wrote there.
  const isAnswer = fault.statusCode !== undefined;
  const message = cause instanceof Error && !isAnswer ? cause.message : "no reason given";
  const detail = codeOf(fault) ?? message;
  const advice =
    fault.statusCode === undefined
      ? "The account did not answer: check its name, DNS, the proxy and any private endpoint."
      : `The service answered ${fault.statusCode}; it is tried again.`;
  return new ConnectorError("STORAGE_UNAVAILABLE", `${what} failed: ${detail}. ${advice}`, {
    cause,
    isRetryable: true,
    retryAfterMs: retryAfterMs(fault, facts),
  });
}

/** A date is told by the service's clock, so it is the service's clock that it is compared with. */
function retryAfterMs(fault: ServiceFault, facts: AccessFacts | undefined): number | undefined {
  const nowMs = serviceDateMs(fault) ?? facts?.nowMs ?? NaN;
  return parseRetryAfterMs(fault.response?.headers?.get("retry-after"), nowMs);
}

function codeOf(fault: ServiceFault): string | undefined {
  return fault.response?.headers?.get("x-ms-error-code") ?? fault.code;
}

function isCredentialFault({ name }: ServiceFault): boolean {
  return (
    name === "CredentialUnavailableError" ||
    name === "AuthenticationError" ||
    name === "AggregateAuthenticationError" ||
    name === "AuthenticationRequiredError"
  );
}

function asFault(reason: unknown): ServiceFault {
  return typeof reason === "object" && reason !== null ? reason : {};
}
