// SPDX-License-Identifier: Apache-2.0
/**
 * Golden records: every fixture event as it leaves for the receiver, in test/fixtures/otlp/<name>.json: one
 * ExportLogsServiceRequest an event, by the real parser, mapper and OTLP/JSON encoder. A missing golden file fails.
 * After a change that is meant, write them anew with `npm run regenerate` (UPDATE_GOLDEN=1) and read the difference.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createOtlpEncoder } from "../../../src/export/otlp-encoder.ts";
import {
  OTHER_FIELDS_PREFIX,
  RECORD_ATTRIBUTES,
  RESOURCE_ATTRIBUTES,
} from "../../../src/map/attributes.ts";
import {
  createLogRecordMapper,
  type LogRecordMapper,
  type LogRecordMapperOptions,
} from "../../../src/map/log-record.ts";
import type { AuditEvent, RecordOrigin } from "../../../src/model.ts";
import { placesOf, unfolded, without, type SourcePlace } from "../../support/event-sources.ts";
import {
  fixtureEvent,
  fixtureEvents,
  fixtureNames,
  type FixtureEvent,
} from "../../support/fixture-events.ts";
import { readableJson } from "../../support/readable-json.ts";

const GOLDEN = new URL("../../fixtures/otlp/", import.meta.url);
const OPTIONS: LogRecordMapperOptions = {
  scopeVersion: "1.2.3",
  bodyMode: "original",
  resourceDefaults: { serviceNamespace: "payments", deploymentEnvironmentName: "production" },
};
/** In place of a body that is exactly the record's own text. */
const OWN_TEXT = "<the record's own text>";
const SUMMARIES = "body-summary";
const SUMMARISED = [
  "managed-hsm.jsonl:1",
  "managed-hsm.jsonl:6",
  "key-vault.jsonl:5",
  "key-vault.jsonl:9",
  "notifications.jsonl:1",
  "attestation.jsonl:1",
  "other-services.jsonl:3",
];
const MIN_EVENTS = 75;

interface KeyValue {
  readonly key: string;
}
interface Request {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[];
  }[];
}
interface LogRecord {
  readonly attributes: readonly KeyValue[];
  body: { stringValue: string };
}
interface Golden {
  readonly event: string;
  readonly request: Request;
}

const encoder = createOtlpEncoder("http/json");

function goldenOf(fixture: FixtureEvent, mapper: LogRecordMapper): Golden {
  const { label, event, text, offset, origin } = fixture;
  const { logRecord } = mapper.toLogRecord(event, text, offset, origin);
  const bytes = encoder.encode([logRecord]);
  const request = JSON.parse(Buffer.from(bytes).toString("utf8")) as Request;
  const record = recordOf(request);
  if (record.body.stringValue === text) record.body = { stringValue: OWN_TEXT };
  return { event: label, request };
}

function goldensOf(name: string): Golden[] {
  const mapper = createLogRecordMapper(OPTIONS);
  return fixtureEvents(name).map((fixture) => goldenOf(fixture, mapper));
}

function summaries(): Golden[] {
  const mapper = createLogRecordMapper({ ...OPTIONS, bodyMode: "summary" });
  return SUMMARISED.map((label) => goldenOf(fixtureEvent(label), mapper));
}

function recordOf({ resourceLogs }: Request): LogRecord {
  return resourceLogs[0]!.scopeLogs[0]!.logRecords[0]!;
}

function expectGolden(name: string, goldens: readonly Golden[]): void {
  const file = new URL(`${name}.json`, GOLDEN);
  const text = `${readableJson(goldens)}\n`;
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  expect(existsSync(file), `${name}.json is missing`).toBe(true);
  const kept = readFileSync(file, "utf8");
  expect(goldens).toEqual(JSON.parse(kept));
  expect(kept).toBe(text);
}

describe("golden records", () => {
  it.each(fixtureNames())("of %s are as they were, with the records' own texts", (name) => {
    const goldens = goldensOf(name);
    for (const { event, request } of goldens) {
      expect(recordOf(request).body.stringValue, event).toBe(OWN_TEXT);
    }
    expectGolden(name, goldens);
  });

  it("of a few events are as they were with a summary as body", () => {
    expectGolden(SUMMARIES, summaries());
  });

  it("stand for enough events, and none for events that are gone", () => {
    const events = fixtureNames().flatMap((name) => fixtureEvents(name));
    expect(events.length).toBeGreaterThanOrEqual(MIN_EVENTS);
    const expected = [...fixtureNames(), SUMMARIES].map((name) => `${name}.json`);
    expect(readdirSync(GOLDEN).sort()).toEqual(expected.sort());
  });

  it("show every attribute of the mapping table, and no other", () => {
    const requests = fixtureNames().flatMap((name) => goldensOf(name).map((each) => each.request));
    const ofRecords = requests.flatMap((each) => recordOf(each).attributes);
    const ofResources = requests.flatMap((each) => each.resourceLogs[0]!.resource.attributes);
    expect(namesIn(ofRecords)).toEqual(namesOf(RECORD_ATTRIBUTES));
    expect(namesIn(ofResources)).toEqual(namesOf(RESOURCE_ATTRIBUTES));
  });

  it("name no attribute twice", () => {
    for (const { event, request } of fixtureNames().flatMap(goldensOf)) {
      const names = recordOf(request).attributes.map(({ key }) => key);
      expect(new Set(names).size, event).toBe(names.length);
    }
  });
});

function namesIn(attributes: readonly KeyValue[]): string[] {
  const names = new Set(attributes.map(({ key }) => key));
  return [...names].filter((name) => !name.startsWith(OTHER_FIELDS_PREFIX)).sort();
}

function namesOf(rules: typeof RECORD_ATTRIBUTES): string[] {
  return rules.map((rule) => rule.attribute).sort();
}

/** Records from a place that says nothing, so that every fact comes from the event itself. */
const NOWHERE: RecordOrigin = {
  resource: {
    prefix: "",
    resourceId: "",
    subscriptionId: undefined,
    resourceGroup: undefined,
    provider: undefined,
    type: undefined,
    name: "",
  },
  blob: { account: "a", container: "c", name: "b", createdAtMs: 1000 },
  hourMs: undefined,
  observedAtMs: undefined,
};

describe("fixture events", () => {
  const mapper = createLogRecordMapper(OPTIONS);
  const texts = fixtureNames().flatMap((name) => fixtureEvents(name).map(({ text }) => text));
  const valueIn = (event: AuditEvent, attribute: string): unknown => {
    const { logRecord } = mapper.toLogRecord(event, "", 0, NOWHERE);
    return logRecord.attributes[attribute] ?? logRecord.resource.attributes[attribute];
  };
  /** True when an event's attribute is another one without what stands at the place. */
  const dependsOn = (attribute: string, place: SourcePlace): boolean =>
    texts.some((text) => {
      const rest = without(text, [place]);
      return rest !== undefined && valueIn(rest, attribute) !== valueIn(unfolded(text), attribute);
    });

  it("exercise every source of every row, in every spelling of a claim", () => {
    const unexercised = [...RECORD_ATTRIBUTES, ...RESOURCE_ATTRIBUTES].flatMap(
      ({ attribute, sources }) =>
        sources
          .flatMap(placesOf)
          .filter((place) => !dependsOn(attribute, place))
          .map((place) => `${attribute} ← ${place.label}`),
    );
    expect(unexercised).toEqual([]);
  });
});
