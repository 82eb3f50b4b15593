// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  OTHER_FIELDS_PREFIX,
  RECORD_ATTRIBUTES,
  RESOURCE_ATTRIBUTES,
} from "../../src/map/attributes.ts";
import { createLogRecordMapper, type Mapped } from "../../src/map/log-record.ts";
import { recordIdPrefix } from "../../src/map/record-id.ts";
import type { AuditEvent } from "../../src/model.ts";
import { anyText, anyUrl } from "../support/any-values.ts";
import { fixtureRecords, HSM_ORIGIN } from "../support/record-origins.ts";

const TABLE = new Set([...RECORD_ATTRIBUTES, ...RESOURCE_ATTRIBUTES].map((rule) => rule.attribute));
const OPTIONS = { scopeVersion: "1.0.0", bodyMode: "original", resourceDefaults: {} } as const;
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
  fc.constantFrom(...["managed-hsm", "key-vault", "other-services"].flatMap(fixtureEvents)),
);

function fixtureEvents(name: string): AuditEvent[] {
  return fixtureRecords(name).map((bytes) => JSON.parse(bytes.toString()) as AuditEvent);
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

describe("toLogRecord, for any JSON object", () => {
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
        expect(mapOnce(source, 7).logRecord.resource).toBe(first.logRecord.resource);
      }),
      { numRuns: 300 },
    );
  });
});

function isPlain(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  return typeof value === "boolean" || Number.isFinite(value);
}

function plainOf({ logRecord, uid }: Mapped): unknown {
  const { resource, attributes, ...rest } = logRecord;
  return { ...rest, attributes, resource: resource.attributes, uid };
}
