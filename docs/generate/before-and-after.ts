// SPDX-License-Identifier: Apache-2.0
/** Events of the fixtures beside what the mapper makes of them, each attribute with the field that it came from. */
import {
  OTHER_FIELDS_PREFIX,
  RECORD_ATTRIBUTES,
  RESOURCE_ATTRIBUTES,
} from "../../src/map/attributes.ts";
import { createLogRecordMapper } from "../../src/map/log-record.ts";
import type { AuditEvent, PairedLogRecord } from "../../src/model.ts";
import { placesOf, unfolded, without } from "../../test/support/event-sources.ts";
import { fixtureEvent, type FixtureEvent } from "../../test/support/fixture-events.ts";
import { sourceInWords } from "./attribute-tables.ts";
import { asText, isoTime, mappedFields, PAGE_OPTIONS } from "./mapped-event.ts";
import { code, shortened, table } from "./markdown.ts";

const RULES = [...RECORD_ATTRIBUTES, ...RESOURCE_ATTRIBUTES];
const MAX_CHARS = 100;

const mapper = createLogRecordMapper(PAGE_OPTIONS);

/** The event, and the record's fields, Resource and attributes. */
export function beforeAndAfter(label: string): string {
  const fixture = fixtureEvent(label);
  const record = mapped(fixture, unfolded(fixture.text));
  const rows = (attributes: object): string[][] =>
    Object.entries(attributes).map(([name, value]) => [
      code(name),
      code(shortened(asText(value), MAX_CHARS)),
      originOf(fixture, name),
    ]);
  return [
    `In the blob, on one line (here with line ends):`,
    `\`\`\`json\n${JSON.stringify(JSON.parse(fixture.text), undefined, 2)}\n\`\`\``,
    `Timestamp ${code(isoTime(record))}, severity ${code(record.severityText ?? "")}, event name ` +
      `${code(record.eventName ?? "")}. The text itself is the body.`,
    table(["resource attribute", "value", "from"], rows(record.resource.attributes)),
    table(["record attribute", "value", "from"], rows(record.attributes)),
  ].join("\n\n");
}

/** The first field of the rule that gives the value without the others, or why there is none. */
function originOf(fixture: FixtureEvent, attribute: string): string {
  if (attribute.startsWith(`${OTHER_FIELDS_PREFIX}.`)) return "the field of that name";
  const rule = RULES.find((each) => each.attribute === attribute);
  const { text } = fixture;
  const value = valueIn(unfolded(text), attribute);
  const gives = (source: string): boolean => {
    if (without(text, placesOf(source)) === undefined) return false;
    // A plain name as identity is a source of its own; taking it out would take the claims with it.
    const isOther = (each: string): boolean => each !== source && each !== "identity";
    const others = rule?.sources.filter(isOther).flatMap(placesOf) ?? [];
    return valueIn(without(text, others) ?? unfolded(text), attribute) === value;
  };
  const source = rule?.sources.find(gives);
  if (source !== undefined) return sourceInWords(source);
  if (rule?.how === "position") return "the place of the record";
  if (rule?.how === "constant") return "always the same";
  if (RESOURCE_ATTRIBUTES.some((each) => each.attribute === attribute)) return "the resource id";
  throw new Error(`nothing in the event gives ${attribute}`);
}

/** An attribute of an event that comes from nowhere, so that the event alone gives it. */
function valueIn(event: AuditEvent, attribute: string): unknown {
  const { attributes, resource } = mappedFields(event);
  return attributes[attribute] ?? resource.attributes[attribute];
}

function mapped({ text, offset, origin }: FixtureEvent, event: AuditEvent): PairedLogRecord {
  return mapper.toLogRecord(event, text, offset, origin).logRecord;
}
