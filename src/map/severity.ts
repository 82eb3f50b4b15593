// SPDX-License-Identifier: Apache-2.0
/**
 * Severity and `error.type` of an AuditEvent (pure). The source's own level wins where there is one
 * (Azure Attestation has it, Key Vault and Managed HSM do not). Otherwise a refused call is a
 * warning and a fault of the service an error; outcome is taken from the HTTP status first,
 * resultType second, resultSignature third.
 *
 * The 401 of an `Authentication` event is neither: every SDK sends its first request without a
 * token to learn the challenge ("This is normal when using Key Vault SDK", Azure Key Vault
 * monitoring reference).
 */
import { SeverityNumber } from "@opentelemetry/api";

export interface Severity {
  readonly number: SeverityNumber;
  readonly text: string;
}

/** The fields of an event that say how it went; undefined where absent. */
export interface OutcomeFields {
  readonly level: string | undefined;
  readonly operationName: string | undefined;
  readonly status: number | undefined;
  readonly resultType: string | undefined;
  readonly resultSignature: string | undefined;
}

const DEBUG: Severity = { number: SeverityNumber.DEBUG, text: "DEBUG" };
const INFO: Severity = { number: SeverityNumber.INFO, text: "INFO" };
const WARN: Severity = { number: SeverityNumber.WARN, text: "WARN" };
const ERROR: Severity = { number: SeverityNumber.ERROR, text: "ERROR" };
const FATAL: Severity = { number: SeverityNumber.FATAL, text: "FATAL" };

/** The levels of Azure Monitor's common schema, and the spellings beside it that services use. */
const BY_LEVEL = new Map<string, Severity>([
  ["verbose", DEBUG],
  ["informational", INFO],
  ["information", INFO],
  ["warning", WARN],
  ["error", ERROR],
  ["critical", FATAL],
]);

/**
 * Results that are no failure. `In Progress` is in the common schema; signatures are HTTP phrases.
 */
const GOOD_RESULTS = new Set(["success", "succeeded", "ok", "started", "accepted", "in progress"]);
const GOOD_SIGNATURES = new Set(["ok", "accepted", "created", "no content"]);

/** Severity of an event; INFO when nothing in it says that it failed. */
export function severityOf(fields: OutcomeFields): Severity {
  const byLevel = fields.level === undefined ? undefined : BY_LEVEL.get(fields.level.toLowerCase());
  if (byLevel !== undefined) return byLevel;
  if (!hasFailed(fields)) return INFO;
  const status = fields.status ?? 0;
  return status >= 400 && status < 500 ? WARN : ERROR;
}

/**
 * `error.type` of a failed event: the HTTP status when that is the failure, else resultSignature,
 * else resultType, else `_OTHER`. Undefined when the event did not fail.
 */
export function errorTypeOf(fields: OutcomeFields): string | undefined {
  if (!hasFailed(fields)) return undefined;
  if (fields.status !== undefined && fields.status >= 400) return String(fields.status);
  const { resultSignature, resultType } = fields;
  if (resultSignature !== undefined && !isIn(GOOD_SIGNATURES, resultSignature)) {
    return resultSignature;
  }
  return resultType !== undefined && !isIn(GOOD_RESULTS, resultType) ? resultType : "_OTHER";
}

function hasFailed(fields: OutcomeFields): boolean {
  const { status, resultType, resultSignature } = fields;
  if (status !== undefined && status >= 400) {
    return !(status === 401 && fields.operationName === "Authentication");
  }
  if (resultType !== undefined) return !isIn(GOOD_RESULTS, resultType);
  if (status !== undefined || resultSignature === undefined) return false;
  return !isIn(GOOD_SIGNATURES, resultSignature);
}

function isIn(names: ReadonlySet<string>, name: string): boolean {
  return names.has(name) || names.has(name.toLowerCase());
}
