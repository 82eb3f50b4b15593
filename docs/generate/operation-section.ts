// SPDX-License-Identifier: Apache-2.0
/** What kind the operations of the fixtures are: the mapper's own answer, by family and action. */
import { classify } from "../../src/map/classification.ts";
import { createLogRecordMapper } from "../../src/map/log-record.ts";
import { fixtureEvents, fixtureNames } from "../../test/support/fixture-events.ts";
import { asText, PAGE_OPTIONS } from "./mapped-event.ts";
import { code, table } from "./markdown.ts";

const FAMILY = "azure.keyvault.operation.family";
const ACTION = "azure.keyvault.operation.action";
const FILES = /^(managed-hsm|key-vault|notifications)/;

/** A table of families and actions; undefined while the mapping names none. */
export function operations(): string | undefined {
  const mapper = createLogRecordMapper(PAGE_OPTIONS);
  const kinds = new Map<string, Set<string>>();
  const files = fixtureNames().filter((name) => FILES.test(name));
  for (const { event, text, offset, origin } of files.flatMap(fixtureEvents)) {
    const { attributes } = mapper.toLogRecord(event, text, offset, origin).logRecord;
    const family = attributes[FAMILY];
    if (family === undefined) continue;
    const kind = JSON.stringify([asText(family), asText(attributes[ACTION] ?? "")]);
    const seen = kinds.get(kind) ?? new Set<string>();
    kinds.set(kind, seen.add(labelOf(attributes)));
  }
  if (kinds.size === 0) return undefined;
  const rows = [...kinds].sort().map(([kind, seen]) => {
    const [family = "", action = ""] = JSON.parse(kind) as string[];
    return [code(family), code(action), [...seen].sort().map(code).join(", ")];
  });
  return `\`${FAMILY}\` says what an operation is about, \`${ACTION}\` what it does.
Both are closed sets of words, so that a rule written once holds for names that the vendor adds later. The name of the
operation decides; where it says nothing, the path of the request does. An action that neither tells is left out.

${table(["family", "action", "for example"], rows)}`;
}

function labelOf(attributes: Readonly<Record<string, unknown>>): string {
  const name = asText(attributes["azure.operation.name"] ?? "");
  // Names that nobody has documented, and whose path says what they are, stand for no name at all.
  if (classify(name, undefined, undefined).family === attributes[FAMILY]) return name;
  const path = asText(attributes["url.path"] ?? "").replaceAll(/[0-9a-f]{32}|[0-9a-f-]{36}/g, "…");
  const status = attributes["http.response.status_code"];
  return status === undefined ? path : `${path} ${asText(status)}`;
}
