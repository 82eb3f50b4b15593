// SPDX-License-Identifier: Apache-2.0
/** What the demo shows of a delivered log record, read from its OTLP attributes: proof that the mapping arrived. Pure. */
import type { DecodedAttributes, DecodedLogRecord, DecodedValue } from "../export/decoded-logs.ts";

export interface DemoRecord {
  /** `log.record.uid`; undefined when the record has none, which would be a fault of ours. */
  readonly uid: string | undefined;
  /** Event time, epoch milliseconds. */
  readonly timeMs: number;
  readonly resource: string;
  readonly operation: string;
  readonly status: number | undefined;
  readonly durationMs: number | undefined;
  /** The best name there is: a user's, an application's, else an id. */
  readonly who: string | undefined;
  readonly from: string | undefined;
  /** `key payments-signing-007` */
  readonly object: string | undefined;
  readonly isFailure: boolean;
  /** An act that an auditor wants to see among a thousand signatures. */
  readonly isSensitive: boolean;
}

/** SeverityNumber of WARN: denied calls and worse. */
const FIRST_WARNING = 13;

const SENSITIVE_OPERATION =
  /^(Key|Secret|Certificate)(Delete|Purge|Backup|Restore|Recover|Release|Export)$|^BackupCreate$|^Vault(Put|Patch|Delete)$/;

/** Managed HSM operation names are partly unknown, so these acts are known by their path. */
const SENSITIVE_PATH =
  /\/securitydomain\/|^\/restore$|^\/keys\/[^/]+\/restore$|\/providers\/Microsoft\.Authorization\/role/i;

/** The polls of a running job share its path. */
const POLL_PATH = /\/pending$/;

export function toDemoRecord(
  resourceAttributes: DecodedAttributes,
  record: DecodedLogRecord,
): DemoRecord {
  const { attributes } = record;
  const operation = text(attributes, "azure.operation.name") ?? record.eventName;
  const path = text(attributes, "url.path") ?? "";
  return {
    uid: text(attributes, "log.record.uid"),
    timeMs: Number(record.timeUnixNano / 1_000_000n),
    resource:
      text(resourceAttributes, "azure.resource.name") ??
      text(resourceAttributes, "service.instance.id") ??
      "?",
    operation,
    status: number(attributes["http.response.status_code"]),
    durationMs: number(attributes["azure.operation.duration"]),
    who: who(attributes),
    from: text(attributes, "client.address"),
    object: objectOf(attributes),
    isFailure: record.severityNumber >= FIRST_WARNING,
    isSensitive:
      !POLL_PATH.test(path) && (SENSITIVE_OPERATION.test(operation) || SENSITIVE_PATH.test(path)),
  };
}

function who(attributes: DecodedAttributes): string | undefined {
  const application = text(attributes, "azure.identity.application.id");
  return (
    text(attributes, "user.name") ??
    text(attributes, "user.full_name") ??
    text(attributes, "azure.identity.application.name") ??
    (application === undefined ? text(attributes, "user.id") : `app ${application}`)
  );
}

function objectOf(attributes: DecodedAttributes): string | undefined {
  const name = text(attributes, "azure.keyvault.object.name");
  if (name === undefined) return undefined;
  const type = text(attributes, "azure.keyvault.object.type");
  return type === undefined ? name : `${type} ${name}`;
}

function text(attributes: DecodedAttributes, key: string): string | undefined {
  const value = attributes[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function number(value: DecodedValue): number | undefined {
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}
