// SPDX-License-Identifier: Apache-2.0
/** The mapping table as Markdown (pure): names linked to where they are defined, types, sources in words. */
import type { RECORD_ATTRIBUTES } from "../../src/map/attributes.ts";
import { mappedFields } from "./mapped-event.ts";
import { code, table } from "./markdown.ts";

const REGISTRY = "https://opentelemetry.io/docs/specs/semconv/registry/attributes";
const CONTRIB_FOLDER =
  "https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main" +
  "/extension/encoding/azureencodingextension/internal/unmarshaler/logs";
/** Where collector-contrib describes its Azure names. */
export const CONTRIB = `${CONTRIB_FOLDER}/README.md`;
/** Names of claims stand in its code alone. */
const CONTRIB_IDENTITY = `${CONTRIB_FOLDER}/category_identity.go`;

type AttributeRule = (typeof RECORD_ATTRIBUTES)[number];

const CLAIM = "claim.";
const HEADS = ["attribute", "type", "from", "status", "example"];

/** What stands in the column "from" where no field of the record is the source. */
const WITHOUT_SOURCES: Readonly<Record<string, string>> = {
  position: "the place of the record",
  constant: "always the same",
  configuration: "the configuration",
};

/** What is added to the sources where more happens to them than a change of type. */
const REMARKS: Readonly<Record<string, string>> = {
  "unreadable time": "where it cannot be read as a time",
  failure: "where the operation failed",
};

/** An id that states all that an id can. */
const RESOURCE_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v";

interface Group {
  readonly title: string;
  readonly names: RegExp;
}

/** The record's attributes by what they are about; the first group that fits takes a name. */
const GROUPS: readonly Group[] = [
  {
    title: "Operation and result",
    names:
      /^(http\.|error\.|azure\.(time|category|level|operation|result|correlation_id)|azure\.keyvault\.(operation|outcome))/,
  },
  { title: "Caller", names: /^(client\.|user\.|user_agent\.|azure\.identity\.)/ },
  { title: "Request and object", names: /^(url\.|server\.|azure\.keyvault\.object\.)/ },
  { title: "Key Vault and Managed HSM", names: /^(azure\.keyvault\.|tls\.)/ },
  { title: "Place of the record", names: /^log\./ },
  { title: "Others", names: /^/ },
];

/** One table of all rules. */
export function attributeTable(rules: readonly AttributeRule[]): string {
  return table(HEADS, rules.map(attributeRow));
}

/** A table a group, each below a heading. */
export function groupedAttributeTables(rules: readonly AttributeRule[]): string {
  const groupOf = (name: string): Group | undefined => GROUPS.find(({ names }) => names.test(name));
  return GROUPS.map((group) => {
    const own = rules.filter((rule) => groupOf(rule.attribute) === group);
    return own.length === 0 ? "" : `### ${group.title}\n\n${attributeTable(own)}`;
  })
    .filter((text) => text !== "")
    .join("\n\n");
}

function attributeRow(rule: AttributeRule): string[] {
  const { attribute, status, example } = rule;
  return [linked(attribute, status), typeOf(rule), sourcesOf(rule), status, code(example)];
}

/** The name, linked to where it is defined. */
function linked(attribute: string, status: AttributeRule["status"]): string {
  switch (status) {
    case "stable":
    case "development": {
      const page = (attribute.split(".")[0] ?? "").replaceAll("_", "-");
      return `[${code(attribute)}](${REGISTRY}/${page}/#${attribute.replaceAll(/[._]/g, "-")})`;
    }
    case "contrib":
      return `[${code(attribute)}](${attribute.startsWith("azure.identity.") ? CONTRIB_IDENTITY : CONTRIB})`;
    case "own":
      return code(attribute);
  }
}

/** The type that a rule declares, else the one that follows from how it takes its value. */
function typeOf(rule: AttributeRule): string {
  const declared = declaredType(rule);
  if (declared !== undefined) return declared;
  if (rule.how === "integer" || rule.how === "port") return "int";
  return rule.how === "flag" ? "boolean" : "string";
}

function declaredType(rule: object): string | undefined {
  return "type" in rule && typeof rule.type === "string" ? rule.type : undefined;
}

/** Attributes of the Resource that the resource id gives, where no source of theirs does. */
function fallbackOf({ attribute, how }: AttributeRule): string | undefined {
  const isFact = how === "resource field" && attribute !== "cloud.resource_id";
  if (!isFact) return undefined;
  const known = mappedFields({ resourceId: RESOURCE_ID }).resource.attributes;
  return attribute in known ? "else the resource id" : undefined;
}

function sourcesOf(rule: AttributeRule): string {
  const { sources, how } = rule;
  if (sources.length === 0) return WITHOUT_SOURCES[how] ?? how;
  const words = sources.map(sourceInWords).join(", ");
  const remark = REMARKS[how] ?? fallbackOf(rule);
  return remark === undefined ? words : `${words}; ${remark}`;
}

/** `claim.oid` as "claim `oid`", most other sources as their names. */
export function sourceInWords(source: string): string {
  if (source === "identity") return "`identity` as a plain name";
  return source.startsWith(CLAIM) ? `claim ${code(source.slice(CLAIM.length))}` : code(source);
}
