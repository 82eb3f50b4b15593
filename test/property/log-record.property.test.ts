// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createOtlpEncoder } from "../../src/export/otlp-encoder.ts";
import {
  OTHER_FIELDS_PREFIX,
  RECORD_ATTRIBUTES,
  RESOURCE_ATTRIBUTES,
} from "../../src/map/attributes.ts";
import {
  createLogRecordMapper,
  type LogRecordMapper,
  type Mapped,
} from "../../src/map/log-record.ts";
import { OPERATION_ACTIONS, OPERATION_FAMILIES } from "../../src/map/operation-kind.ts";
import { OUTCOMES } from "../../src/map/outcome.ts";
import type { MappingOverrides } from "../../src/map/overrides.ts";
import { recordIdPrefix } from "../../src/map/record-id.ts";
import type { AuditEvent } from "../../src/model.ts";
import { anyText, anyUrl } from "../support/any-values.ts";
import { fixtureEvents, fixtureNames } from "../support/fixture-events.ts";
import { HSM_ORIGIN } from "../support/record-origins.ts";

const TABLE = new Set([...RECORD_ATTRIBUTES, ...RESOURCE_ATTRIBUTES].map((rule) => rule.attribute));
const OPTIONS = { scopeVersion: "1.0.0", bodyMode: "original", resourceDefaults: {} } as const;
const encoder = createOtlpEncoder("http/protobuf");
const PREFIX = recordIdPrefix(HSM_ORIGIN.blob);

/**
 * Values that a field may have in any service's idea of the format, lone surrogates and huge
 * numbers included.
 */
const anyValue = fc.oneof(
  fc.jsonValue(),
  anyText,
  fc.constantFrom(
    "",
    "-",
    "(unknown)",
    "\ud800",
    "x".repeat(5000),
    "::1",
    "[::1]:7",
    "{",
    '{"claim":{"oid":"x"}}',
  ),
  anyUrl,
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.integer(),
  fc.constantFrom(1e308, Number.MAX_SAFE_INTEGER + 1, -0, Infinity, 401, 503),
);
const sources = RECORD_ATTRIBUTES.concat(RESOURCE_ATTRIBUTES).flatMap((rule) => rule.sources);
const topNames = [...new Set(sources.filter((source) => !source.includes(".")))];
const propertyNames = [...new Set(sources)]
  .filter((source) => source.startsWith("properties."))
  .map((source) => source.slice("properties.".length));
const claimNames = [...new Set(sources)]
  .filter((source) => source.startsWith("claim."))
  .map((source) => source.slice("claim.".length));

const fieldsOf = (names: string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), anyValue, { maxKeys: 12 });
const anyIdentity = fc.oneof(
  anyValue,
  fieldsOf(claimNames),
  fieldsOf(claimNames).map((claim) => ({ claim })),
  fieldsOf(claimNames).map((claim) => JSON.stringify({ claim })),
);
const auditEventLike = fc
  .tuple(fieldsOf(topNames), fc.oneof(anyValue, fieldsOf(propertyNames)), anyIdentity)
  .map(([top, properties, identity]) => ({ ...top, properties, identity }));
const anyObject = fc.oneof(
  auditEventLike,
  fc.dictionary(fc.string(), fc.jsonValue()),
  fc.constantFrom(...fixtureNames().flatMap(eventsOf)),
);

function eventsOf(name: string): AuditEvent[] {
  return fixtureEvents(name).map(({ event }) => event);
}

function textAndEvent(source: object): { text: string; event: AuditEvent } {
  const text = JSON.stringify(source);
  return { text, event: JSON.parse(text) as AuditEvent };
}

/** Every mapping goes through one mapper, so that traces of an earlier record would show. */
const shared = createLogRecordMapper(OPTIONS);
function mapOnce(source: object, offset = 0): Mapped {
  const { text, event } = textAndEvent(source);
  return shared.toLogRecord(event, text, offset, HSM_ORIGIN);
}

const OVERRIDES: MappingOverrides = {
  rename: {
    "user.id": "user.name",
    "user.name": "user.id",
    "azure.operation.name": "operation",
    "azure.properties.a": "a",
    "cloud.region": "region",
  },
  drop: ["client.address", "azure.keyvault.outcome", "azure.tenant.id", "azure.properties.b"],
  add: { "client.address": "hidden", team: "payments" },
};
const overridden = createLogRecordMapper({ ...OPTIONS, overrides: OVERRIDES });
const TARGETS = new Set([...Object.values(OVERRIDES.rename), ...Object.keys(OVERRIDES.add)]);
const CLOSED: readonly (readonly [string, readonly string[]])[] = [
  ["azure.keyvault.operation.family", OPERATION_FAMILIES],
  ["azure.keyvault.operation.action", OPERATION_ACTIONS],
  ["azure.keyvault.outcome", OUTCOMES],
];

function mapBy(mapper: LogRecordMapper, source: object): Mapped["logRecord"] {
  const { text, event } = textAndEvent(source);
  return mapper.toLogRecord(event, text, 7, HSM_ORIGIN).logRecord;
}

function expectSound(pairs: readonly unknown[], isKnown: (name: string) => boolean): void {
  const names = pairs.filter((_, index) => index % 2 === 0);
  expect(new Set(names).size).toBe(names.length);
  for (const [index, value] of pairs.entries()) {
    expect(value).not.toBe("");
    expect(isPlain(value)).toBe(true);
    if (index % 2 === 0) expect(isKnown(String(value))).toBe(true);
  }
}

const isOfTable = (name: string): boolean =>
  TABLE.has(name) || name.startsWith(OTHER_FIELDS_PREFIX);

describe("toLogRecord, for any JSON object", () => {
  it("writes each name once, and no attribute without a value, with and without overrides", () => {
    fc.assert(
      fc.property(anyObject, (source) => {
        const { text } = textAndEvent(source);
        const plain = mapBy(shared, source);
        expectSound(plain.attributePairs, isOfTable);
        const changed = mapBy(overridden, source);
        expectSound(changed.attributePairs, (name) => isOfTable(name) || TARGETS.has(name));
        expect(changed.body).toBe(text);
        expect(changed.severityNumber).toBe(plain.severityNumber);
        expect(changed.hrTime).toEqual(plain.hrTime);
        expect(changed.attributes["operation"]).toBe(plain.attributes["azure.operation.name"]);
        expect(changed.attributes["user.id"]).toBe(plain.attributes["user.name"]);
        expect(changed.attributes).toMatchObject({ "client.address": "hidden", team: "payments" });
        const gone = ["azure.operation.name", "azure.keyvault.outcome", "azure.properties.b"];
        for (const name of gone) expect(changed.attributes).not.toHaveProperty([name]);
        expect(changed.resource.attributes).not.toHaveProperty(["cloud.region"]);
        for (const value of Object.values(changed.resource.attributes)) expect(value).not.toBe("");
      }),
      { numRuns: 500 },
    );
  });

  it("takes family, action and outcome from their closed sets, the outcome agreeing with error.type", () => {
    const words = fc.constantFrom("Key", "Secret", "Get", "Set", "Restore", "Backup", "Role", "_");
    const names = fc.array(words, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));
    const segments = fc.constantFrom("keys", "restore", "backup", "pending", "x", "", "create");
    const paths = fc
      .array(segments, { maxLength: 5 })
      .map((parts) => `https://h/${parts.join("/")}`);
    fc.assert(
      fc.property(
        anyObject,
        names,
        paths,
        fc.nat(600),
        (source, operationName, requestUri, status) => {
          const named = { ...source, operationName, requestUri, httpStatusCode: status };
          for (const { attributes } of [mapBy(shared, source), mapBy(shared, named)]) {
            for (const [name, words] of CLOSED) {
              const value = attributes[name];
              if (value !== undefined) expect(words).toContain(value);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("maps it to scalars under names of the table, with the text as body", () => {
    fc.assert(
      fc.property(anyObject, fc.nat(), (source, offset) => {
        const { text, event } = textAndEvent(source);
        const { logRecord, uid } = shared.toLogRecord(event, text, offset, HSM_ORIGIN);
        expect(logRecord.body).toBe(text);
        expect(uid).toBe(PREFIX + offset.toString(16).padStart(16, "0"));
        expect(logRecord.attributes["log.record.uid"]).toBe(uid);
        const all = [logRecord.attributes, logRecord.resource.attributes].flatMap(Object.entries);
        for (const [name, value] of all as [string, unknown][]) {
          expect(TABLE.has(name) || name.startsWith(OTHER_FIELDS_PREFIX)).toBe(true);
          expect(isPlain(value)).toBe(true);
        }
        expect(logRecord.hrTime.every((part) => Number.isSafeInteger(part) && part >= 0)).toBe(
          true,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("gives an equal record for the same record, whatever was mapped in between", () => {
    fc.assert(
      fc.property(anyObject, anyObject, (source, between) => {
        const first = mapOnce(source, 7);
        mapOnce(between);
        const { text, event } = textAndEvent(source);
        const fresh = createLogRecordMapper(OPTIONS).toLogRecord(event, text, 7, HSM_ORIGIN);
        expect(plainOf(mapOnce(source, 7))).toStrictEqual(plainOf(first));
        expect(plainOf(fresh)).toStrictEqual(plainOf(first));
        expect(bytesOf(fresh)).toEqual(bytesOf(mapOnce(source, 7)));
        expect(mapOnce(source, 7).logRecord.resource).toBe(first.logRecord.resource);
      }),
      { numRuns: 300 },
    );
  });
});

function bytesOf({ logRecord }: Mapped): Uint8Array {
  return encoder.encode([logRecord]);
}

function isPlain(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  return typeof value === "boolean" || Number.isFinite(value);
}

function plainOf({ logRecord, uid }: Mapped): unknown {
  const { resource, attributes, ...rest } = logRecord;
  return { ...rest, attributes, resource: resource.attributes, uid };
}
