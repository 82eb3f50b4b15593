// SPDX-License-Identifier: Apache-2.0
/** Sections about the log record as a whole: how to read the page, the record's own fields, times, severity. */
import { OTHER_FIELDS_PREFIX, RECORD_ATTRIBUTES } from "../../src/map/attributes.ts";
import { EVENT_NAME } from "../../src/map/mapped-log-record.ts";
import { SCHEMA_URL } from "../../src/map/resource.ts";
import { CONTRIB } from "./attribute-tables.ts";
import { asText, HOUR, isoTime, mappedText } from "./mapped-event.ts";
import { code, table } from "./markdown.ts";

const SEMCONV = "https://opentelemetry.io/docs/specs/semconv";

export function howToRead(): string {
  return `Every record of an hour blob, a line of JSON Lines or an object of a document, becomes one OpenTelemetry log record. The fields that the tables below name become
attributes of those names. All other fields become \`${OTHER_FIELDS_PREFIX}.*\`. The text itself is the body of the log record,
byte for byte, so nothing is lost, whatever the mapping does not know, cuts or misreads.

**Shapes.** Managed HSM and Key Vault log the same facts in different places. Managed HSM has \`clientInfo\`,
\`requestUri\` and \`httpStatusCode\` at the top of the event, \`durationMs\` as a number and \`identity\` as a text that holds
JSON. Key Vault has the first three below \`properties\`, the duration as a text and \`identity\` as an object. Other services
that write into the same container, such as Azure Attestation, differ again. Every shape is read, whichever service it comes
from.

**from** lists the fields that a value is taken from. \`durationMs\` stands at the top of the event, \`properties.id\` below
\`properties\`, and a claim in the caller's \`identity\`. Of several, the first one that says something wins.

**Claims** have up to four spellings, and each is found: the short name (\`oid\`), the URL
(\`http://schemas.microsoft.com/identity/claims/objectidentifier\`), the URL with underscores
(\`http_schemas_microsoft_com_identity_claims_objectidentifier\`), and the same cut in two, as Managed HSM writes it
(\`http_schemas_microsoft_com_identity\` → \`claims\` → \`objectidentifier\`). The tables name one of them. A token holds
personal data, so only the claims that the tables name are taken. All others stay in the body alone.

**status** says whose name it is, in order of preference:

| status | the name is |
| --- | --- |
| stable, development | part of the [semantic conventions](${SEMCONV}/) of OpenTelemetry, version ${SCHEMA_URL.slice(SCHEMA_URL.lastIndexOf("/") + 1)}; the status is how settled they say it is |
| contrib | the one that the [Azure encoding of collector-contrib](${CONTRIB}) uses |
| own | this program's; semantic conventions and collector-contrib have none |

An attribute that is in no table is never sent. An attribute whose fields say nothing is left out, not sent empty.`;
}

export function topLevelFields(): string {
  const rows = [
    ["Timestamp", "the event's time, see below"],
    [
      "ObservedTimestamp",
      "when the bytes were read from storage; unset with `observedTimestamp: omit`, so that a repeated record has the same bytes",
    ],
    [
      "EventName",
      `${code(EVENT_NAME)}, always: the [one name](${SEMCONV}/azure/azure-events/) that the semantic conventions register for ` +
        "these logs. The operation is an attribute, `azure.operation.name`",
    ],
    ["SeverityNumber, SeverityText", "see [Severity](#severity)"],
    ["Body", "the record's own text; with `body: summary` one readable line instead"],
    ["Attributes", "see [Attributes of the record](#attributes-of-the-record)"],
    ["DroppedAttributesCount", "how many fields stand in the body alone, because of the bounds"],
    [
      "TraceId, SpanId, TraceFlags",
      "unset: Key Vault and Managed HSM have no trace context. `azure.correlation_id` is whatever the client chose to send",
    ],
    ["Resource", "see [Resource](#resource)"],
    ["InstrumentationScope", "name and version of this program"],
    ["Schema URL", `${code(SCHEMA_URL)}, on resource and scope`],
  ];
  return `${table(["field", "value"], rows)}

**The record's id** is the attribute \`log.record.uid\`, 32 hex digits. The first 16 come from the SHA-256 of account,
container, blob name and the blob's creation time; the last 16 are the byte at which the record begins. It is the record's
position, so a repeat has the same id for ever, and two equal lines have two. Drop duplicates by it, and by nothing else.`;
}

const TIMES = [
  "2020-08-31T19:52:39.763Z",
  "2026-03-14T09:26:53.5897932Z",
  "2026-03-14T09:26:53.5897932+05:30",
  "2026-03-14T09:26:53",
  "2026-03-14 09:26:53Z",
  "1/9/2007 9:41:00 AM",
  "2026-02-30T00:00:00Z",
  "soon",
];

export function times(): string {
  const rows = TIMES.map((time) => {
    const record = mappedText(JSON.stringify({ time }));
    const original = record.attributes["azure.time.original"];
    return [
      code(time),
      code(isoTime(record)),
      original === undefined ? "" : code(asText(original)),
    ];
  });
  return `Times keep all their digits, down to the nanosecond. A time without a zone is UTC. A time that cannot be read is kept as
\`azure.time.original\`, and the record gets the hour in the blob's path instead; a blob whose path has no hour gives its
creation time. The clock is never used: a record that is read again has the same time.

${table(["written", `Timestamp (hour in the path: ${HOUR})`, "`azure.time.original`"], rows)}`;
}

const OUTCOME = "azure.keyvault.outcome";
const ATTRIBUTES: ReadonlySet<string> = new Set(RECORD_ATTRIBUTES.map((rule) => rule.attribute));

const OUTCOMES = [
  '{"operationName":"KeySign","resultType":"Success","httpStatusCode":200}',
  '{"operationName":"BackupCreate","resultType":"Success","httpStatusCode":202}',
  '{"operationName":"KeySign","resultType":"Success","httpStatusCode":403}',
  '{"operationName":"KeyGet","resultType":"Success","httpStatusCode":404}',
  '{"operationName":"KeySign","resultType":"Success","httpStatusCode":429}',
  '{"operationName":"KeyUnwrap","resultType":"Success","httpStatusCode":500}',
  '{"operationName":"Authentication","resultType":"Success","httpStatusCode":401}',
  '{"operationName":"StorageAccountAutoSyncKey","resultType":"Success"}',
  '{"operationName":"Job","resultType":"Failed","resultSignature":"BadKey"}',
  '{"operationName":"AttestSgxEnclave","level":"Warning","resultType":"Succeeded"}',
  '{"operationName":"Job","Level":2}',
];

export function severity(): string {
  const names = [OUTCOME, "error.type"].filter((name) => ATTRIBUTES.has(name));
  const rows = OUTCOMES.map((text) => {
    const { severityNumber, severityText, attributes } = mappedText(text);
    const values = names.map((name) => code(asText(attributes[name] ?? "")));
    return [code(text), `${severityText ?? ""} (${severityNumber ?? 0})`, ...values];
  });
  return `Key Vault and Managed HSM do not say how grave an event is, so the severity says how the operation ended. A refused call
is a warning, a fault of the service an error, everything else is information. Where the source has a level of its own
(Azure Attestation does), that level wins, and \`azure.level\` keeps it as it was written.

What counts as failed: the HTTP status first, \`resultType\` second, \`resultSignature\` third. \`resultType\` is \`Success\` on
many a refused call, so build no rule on it alone. A failed operation has \`error.type\`: the status, else the signature, else
the result type, else \`_OTHER\`. An \`Authentication\` event with status 401 has not failed: every client sends its first request
without a token, to be told where to get one.

\`azure.keyvault.outcome\` says the same in one word, on records of Key Vault and Managed HSM: \`success\`; \`denied\` for a
refusal (401, 403); \`failure\` for any other error; \`accepted\` for a 202, which says only that a job has begun: how it ends is
never an event of its own, but may be read in the polls of its state.

${table(["event", "severity", ...names.map(code)], rows)}`;
}
