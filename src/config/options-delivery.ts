// SPDX-License-Identifier: Apache-2.0
/** Rows of the option table: where the place is kept, and how records are batched, mapped, sent and given up. */
import { option, optional } from "./option.ts";
import { keyValueList, nameList, uniqueKeyValueList } from "./key-value-list.ts";
import { count, duration, oneOf, size, text, yesNo } from "./value-types.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** The durable place of cursors. */
export const CHECKPOINT_OPTIONS = {
  "checkpoint.store": option(
    oneOf(["sqlite"], { blob: "this version keeps checkpoints in sqlite only" }),
    "sqlite",
    {
      doc: "Kind of checkpoint store. sqlite: one file on a local disk, one writing process.",
    },
  ),
  "checkpoint.path": option(text("path", "a file path"), "hsm-audit-otel-data/checkpoint.sqlite", {
    doc: "File of the sqlite store, relative to the working directory. Keep it on a disk that survives a restart, and never on a network file system.",
  }),
  "checkpoint.name": option(
    text("name", "1 to 63 letters, digits, dots, dashes and underscores", NAME),
    "default",
    { doc: "Name of this destination in the store: a second destination is a second name." },
  ),
  "checkpoint.interval": option(duration("10ms", "1m"), "200ms", {
    doc: "How often progress is saved while there is some. A crash repeats what was acknowledged since.",
  }),
  "checkpoint.mustExist": option(yesNo(), "false", {
    doc: "Refuse to begin with an empty store: guards against a volume that was not mounted.",
  }),
} as const;

/** Batches, requests in flight, and when to stop trying. */
export const DELIVERY_OPTIONS = {
  "batch.maxBytes": option(size("64KiB", "60MiB"), "3MiB", {
    doc: "Uncompressed bytes of one request at most. Receivers cap here: an OpenTelemetry collector at 20MiB, Elastic at 4MB.",
  }),
  "batch.maxRecords": option(count(1, 100_000), "2000", {
    doc: "Records of one request at most.",
  }),
  "batch.flushInterval": option(duration("10ms", "1m"), "1s", {
    doc: "How long a record may wait for others before its batch leaves.",
  }),
  maxInFlight: option(count(1, 64), "4", {
    doc: "Requests in flight at once.",
  }),
  maxInFlightPerResource: option(count(1, 64), "4", {
    doc: "Requests of one resource in flight at once; 1 keeps its order strictly.",
  }),
  shutdownGrace: option(duration("0s", "1h"), "20s", {
    doc: "How long a stop waits for requests in flight. Keep it below the time your platform grants.",
  }),
  giveUpAfter: option(duration("1s", "7d"), "5m", {
    doc: "once and dead-letters replay: end with exit code 1 after this long without progress.",
  }),
} as const;

/** What a log record says beside what its AuditEvent says. */
export const MAPPING_OPTIONS = {
  body: option(oneOf(["original", "summary"]), "original", {
    doc: "Body of a log record: the record's original JSON text, or one readable line.",
  }),
  observedTimestamp: option(oneOf(["read", "omit"]), "read", {
    doc: "ObservedTimestamp of a log record: when it was read, or left out, so that a repeated record has equal bytes.",
  }),
  severity: option(oneOf(["outcome", "security"]), "outcome", {
    doc: "Severity of a log record: by how the operation ended; security: besides, sensitive operations that succeeded (purge, delete, security domain, roles, backup, restore of a whole backup, settings) are at least WARN.",
  }),
  "mapping.rename": optional(uniqueKeyValueList(), {
    hasFlag: false,
    doc: "New names of attributes, by their present ones: of log records and of resources, azure.properties.<name> included.",
  }),
  "mapping.drop": optional(nameList(), {
    doc: "Attributes to leave out. The body still holds the whole record; body: summary leaves them out, too.",
  }),
  "mapping.add": optional(uniqueKeyValueList(), {
    hasFlag: false,
    doc: "Attributes with a fixed text for every log record.",
  }),
  resourceAttributes: optional(keyValueList(), {
    env: ["OTEL_RESOURCE_ATTRIBUTES"],
    hasFlag: false,
    doc: "Resource attributes. They describe this process; only service.namespace and deployment.environment.name are copied to the audited resources.",
  }),
} as const;

/** The program's own log. */
export const LOGGING_OPTIONS = {
  "log.level": option(oneOf(["debug", "info", "warn", "error"]), "info", {
    doc: "Least severe line that the program's own log shows.",
  }),
  "log.format": option(oneOf(["auto", "json", "text"]), "auto", {
    doc: "Form of the program's own log on stderr. auto: text on a terminal, JSON elsewhere.",
  }),
} as const;
