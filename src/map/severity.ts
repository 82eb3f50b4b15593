// SPDX-License-Identifier: Apache-2.0
/**
 * Severity of an AuditEvent (pure). The source's own level wins where there is one (Azure
 * Attestation has it, Key Vault and Managed HSM do not). Otherwise a refused call is a warning and
 * a fault of the service an error; where no status tells whose fault it was, an error.
 *
 * In `security` mode an act that an auditor wants to see (operation-kind.ts) is at least a warning
 * when it succeeded: a receiver that alerts on severity then needs no list of names.
 */
import { SeverityNumber } from "@opentelemetry/api";
import { isFailure, type Outcome, type OutcomeFields } from "./outcome.ts";

export interface Severity {
  readonly number: SeverityNumber;
  readonly text: string;
}

/** `outcome`: how it ended. `security`: sensitive acts that went through are warnings, too. */
export type SeverityMode = "outcome" | "security";

const DEBUG: Severity = { number: SeverityNumber.DEBUG, text: "DEBUG" };
const INFO: Severity = { number: SeverityNumber.INFO, text: "INFO" };
const WARN: Severity = { number: SeverityNumber.WARN, text: "WARN" };
const ERROR: Severity = { number: SeverityNumber.ERROR, text: "ERROR" };
const FATAL: Severity = { number: SeverityNumber.FATAL, text: "FATAL" };

/**
 * The levels of Azure Monitor's common schema, the spellings beside it that services use, and the
 * numbers of Event Tracing for Windows.
 */
const BY_LEVEL = new Map<string, Severity>([
  ["verbose", DEBUG],
  ["debug", DEBUG],
  ["informational", INFO],
  ["information", INFO],
  ["info", INFO],
  ["warning", WARN],
  ["warn", WARN],
  ["error", ERROR],
  ["critical", FATAL],
  ["fatal", FATAL],
  ["1", FATAL],
  ["2", ERROR],
  ["3", WARN],
  ["4", INFO],
  ["5", DEBUG],
]);

/** Severity of an event; INFO when nothing in it says that it failed. */
export function severityOf(
  { level, status }: OutcomeFields,
  outcome: Outcome | undefined,
): Severity {
  const byLevel = level === undefined ? undefined : BY_LEVEL.get(level.trim().toLowerCase());
  if (byLevel !== undefined) return byLevel;
  if (!isFailure(outcome)) return INFO;
  if (outcome === "denied") return WARN;
  return status !== undefined && status >= 400 && status < 500 ? WARN : ERROR;
}

/** Raises what is less than a warning to one. */
export function atLeastWarning(severity: Severity): Severity {
  return severity.number < WARN.number ? WARN : severity;
}
