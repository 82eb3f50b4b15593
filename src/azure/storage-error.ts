// SPDX-License-Identifier: Apache-2.0
/**
 * Translates what the Azure SDK throws into a ConnectorError with a sentence that says what was tried and what to do.
 * Matched by shape, not by class, so that @azure/identity need not be loaded. Messages of the service are not repeated:
 * they can hold signed URLs.
 */
import { ConnectorError, cancelled } from "../errors.ts";

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

/** `what` is the thing tried, as in "reading x"; it goes into the message. */
export function toStorageError(reason: unknown, signal: AbortSignal, what: string): ConnectorError {
  if (reason instanceof ConnectorError) return reason;
  if (signal.aborted) return cancelled(signal);
  const fault = asFault(reason);
  const status = fault.statusCode;
  if (isCredentialFault(fault)) return denied(what, fault, reason, CREDENTIAL_ADVICE);
  if (status === 401 || status === 403) return denied(what, fault, reason, deniedAdvice(fault));
  if (status === 404) {
    const message = `${what} failed: ${codeOf(fault) ?? "not found"}. ${NOT_FOUND_ADVICE}`;
    return new ConnectorError("STORAGE_NOT_FOUND", message, { cause: reason, isRetryable: true });
  }
  return unavailable(what, fault, reason);
}

const CREDENTIAL_ADVICE =
  "No credential could get a token. Sign in with `az login`, set the AZURE_* variables of a service " +
  "principal or workload identity, or give the managed identity's client id.";

const NOT_FOUND_ADVICE =
  "Check the container's name. The service creates it with the first event, which may come up to 90 " +
  "minutes after the diagnostic setting was made.";

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

function unavailable(what: string, fault: ServiceFault, cause: unknown): ConnectorError {
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
    retryAfterMs: retryAfterMs(fault),
  });
}

function retryAfterMs(fault: ServiceFault): number | undefined {
  const value = fault.response?.headers?.get("retry-after");
  const seconds = Number(value ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : undefined;
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
