// SPDX-License-Identifier: Apache-2.0
/**
 * The page docs/mapping.md: tables from the mapping table, examples from the mapper, words from here. A section is a
 * line in SECTIONS and a function that gives its text.
 */
import { RECORD_ATTRIBUTES, RESOURCE_ATTRIBUTES } from "../../src/map/attributes.ts";
import { attributeTable, groupedAttributeTables } from "./attribute-tables.ts";
import { beforeAndAfter } from "./before-and-after.ts";
import { duplicates, otherFields, redaction } from "./field-sections.ts";
import { anchorOf } from "./markdown.ts";
import { overrides, sensitiveOperations } from "./option-sections.ts";
import { operations } from "./operation-section.ts";
import { howToRead, severity, times, topLevelFields } from "./record-sections.ts";

interface Section {
  readonly heading: string;
  /** Undefined leaves the section out. */
  readonly text: () => string | undefined;
}

const SECTIONS: readonly Section[] = [
  { heading: "How to read this page", text: howToRead },
  { heading: "The log record", text: topLevelFields },
  { heading: "Times", text: times },
  { heading: "Severity", text: severity },
  { heading: "Severity by security", text: sensitiveOperations },
  { heading: "Resource", text: resource },
  { heading: "Attributes of the record", text: recordAttributes },
  { heading: "Operations", text: operations },
  { heading: "Fields without a rule", text: otherFields },
  { heading: "Placeholders, duplicates, wrong types", text: duplicates },
  { heading: "Credentials", text: redaction },
  { heading: "Names of your own", text: overrides },
  { heading: "Example: a backup of a Managed HSM", text: example("managed-hsm.jsonl:1") },
  {
    heading: "Example: a secret read by a managed identity",
    text: example("key-vault.jsonl:9"),
  },
  { heading: "Example: a signature refused", text: example("managed-hsm.jsonl:6") },
];

const TITLE = `# From an AuditEvent to a log record

What each attribute of a delivered log record means, and which field of the audit event it comes from. Tables, bounds and
examples are taken from the running mapper.

<!-- Written by \`npm run docs\` from the mapping table and the mapper itself. Do not edit: change the source. -->`;

/** The whole page, with a final line end. */
export function mappingPage(): string {
  const sections = SECTIONS.flatMap(({ heading, text }) => {
    const content = text();
    return content === undefined ? [] : [{ heading, content }];
  });
  const contents = sections.map(({ heading }) => `- [${heading}](#${anchorOf(heading)})`);
  const parts = sections.map(({ heading, content }) => `## ${heading}\n\n${content}`);
  return `${[TITLE, contents.join("\n"), ...parts].join("\n\n")}\n`;
}

function resource(): string {
  return `The Resource is what logged the event: one HSM, vault or attestation provider. It holds little, because some backends
copy it to every line. A fact that the event does not state is read out of its resource id. An event without a resource id is
placed by the folder of its blob.

${attributeTable(RESOURCE_ATTRIBUTES)}

The value of \`service.name\` is \`azure-managed-hsm\`, \`azure-key-vault\`, \`azure-attestation\`, or \`azure-resource\` for
anything else.`;
}

function recordAttributes(): string {
  return `${groupedAttributeTables(RECORD_ATTRIBUTES)}

The object is looked up in \`properties.id\`, where Key Vault names it, and else in the path of the request. Nothing is guessed:
in a request path only 32 hex digits are a version, because verbs stand in the same place (\`/keys/payroll/sign\`), and
collections, certificate issuers and \`POST /keys/restore\` name no object.`;
}

function example(label: string): () => string {
  return () => beforeAndAfter(label);
}
