// SPDX-License-Identifier: Apache-2.0
/** Log records of every kind that the exporter may meet, for encoders and receivers. */
import { SeverityNumber } from "@opentelemetry/api";
import type { AnyValue, Attributes } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";

const SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0";

const hsm = resourceFromAttributes(
  { "service.name": "azure-managed-hsm", "service.instance.id": "contosomhsm" },
  { schemaUrl: SCHEMA_URL },
);
const vault = resourceFromAttributes({ "service.name": "azure-key-vault", count: 2, ok: true });
const scope = { name: "hsm-audit-otel", version: "0.1.0", schemaUrl: SCHEMA_URL };
const bareScope = { name: "other" };
const richScope = { name: "rich", attributes: { team: "hsm" }, droppedAttributesCount: 2 };

/** A record with the given differences from a plain one. */
export function sampleRecord(changes: Partial<ReadableLogRecord> = {}): ReadableLogRecord {
  return {
    hrTime: [1_598_903_559, 763_000_000],
    hrTimeObserved: [1_598_903_600, 5],
    severityNumber: SeverityNumber.INFO,
    severityText: "INFO",
    eventName: "azure.resource.log",
    body: '{"operationName":"BackupCreate"}',
    resource: hsm,
    instrumentationScope: scope,
    attributes: { "azure.operation.name": "BackupCreate" },
    droppedAttributesCount: 0,
    ...changes,
  };
}

/** Records with their uid as attribute, as the map stage makes them. */
export function recordsWithUids(count: number, prefix = "uid"): ReadableLogRecord[] {
  return Array.from({ length: count }, (_, index) =>
    sampleRecord({ attributes: { "log.record.uid": `${prefix}-${index}`, index } }),
  );
}

const nested: AnyValue = {
  list: ["a", 1, true, 0.5, ["deep", {}], new Uint8Array([1, 2])],
  map: { empty: "", none: undefined, inner: { n: -1 } },
};

/** One of each kind, over two resources and three scopes, out of order. */
export const variedRecords: readonly ReadableLogRecord[] = [
  sampleRecord(),
  sampleRecord({ resource: vault, body: 'ünïcödé 😀 \u0000 \u2028 "quoted" \\ \ufeff' }),
  sampleRecord({
    attributes: {
      zero: 0,
      negative: -42,
      big: Number.MAX_SAFE_INTEGER,
      small: Number.MIN_SAFE_INTEGER,
      "2^32": 2 ** 32,
      double: 0.1,
      yes: true,
      no: false,
      empty: "",
    },
  }),
  sampleRecord({ attributes: { strings: ["a", "", "ß"], numbers: [1, -2, 3.5], none: [] } }),
  sampleRecord({ attributes: nested as Attributes, body: nested }),
  sampleRecord({ hrTime: [1_700_000_000, 999_999_999], hrTimeObserved: [0, 0] }),
  sampleRecord({
    hrTime: [4_102_444_800, 1],
    severityNumber: SeverityNumber.ERROR,
    severityText: "ERROR",
  }),
  sampleRecord({ instrumentationScope: bareScope, resource: vault, droppedAttributesCount: 3 }),
  sampleRecord({ instrumentationScope: richScope, attributes: {}, body: "" }),
  sampleRecord({ body: new Uint8Array([0, 255, 16]), attributes: { Schlüssel: "ключ" } }),
  {
    hrTime: [0, 0],
    hrTimeObserved: [0, 0],
    resource: vault,
    instrumentationScope: bareScope,
    attributes: {},
    droppedAttributesCount: 0,
  },
  sampleRecord({
    spanContext: {
      traceId: "0102030405060708090a0b0c0d0e0f10",
      spanId: "0102030405060708",
      traceFlags: 1,
    },
  }),
];
