// SPDX-License-Identifier: Apache-2.0
/**
 * Log records to the bytes of one ExportLogsServiceRequest, and the answer's bytes to what they say.
 *
 * Records are encoded one by one and joined when a batch leaves, so that a batch that fills costs its bytes and not its
 * objects. Protobuf is written by protobuf-records.ts, JSON by otlp-json.ts; neither touches the outside. Equal records
 * give equal bytes. An observed time of [0, 0] means "unset". Grouping is by identity of the `resource` and
 * `instrumentationScope` objects, so callers keep one of each per audited resource.
 */
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { EncodedRecord } from "../model.ts";
import { decodeExportResponse } from "./export-response.ts";
import type { ExportResponse } from "./export-response.ts";
import { joinJsonRecords, toJsonLogRecord } from "./otlp-json.ts";
import { createProtobufRecords } from "./protobuf-records.ts";

/** Values of `OTEL_EXPORTER_OTLP_PROTOCOL` that this program speaks. */
export type OtlpProtocol = "http/protobuf" | "http/json";

/** Sent bare: some receivers compare the header as a string and refuse a `; charset=…`. */
export type OtlpContentType = "application/x-protobuf" | "application/json";

export interface OtlpEncoder {
  readonly contentType: OtlpContentType;
  /** One record, to be joined with others of the same encoder. */
  readonly encodeRecord: (record: ReadableLogRecord) => EncodedRecord;
  /**
   * The uncompressed request of encoded records, in a buffer that `allocate` may give. It uses them up: their memory
   * holds other records afterwards, and to join one again throws INTERNAL.
   */
  readonly join: (
    records: readonly EncodedRecord[],
    allocate?: (bytes: number) => Buffer,
  ) => Uint8Array;
  /** Both in one: the uncompressed request of these records. */
  encode(records: readonly ReadableLogRecord[]): Uint8Array;
  /**
   * What a 2xx body says in either encoding; undefined when it is no ExportLogsServiceResponse.
   * Never throws.
   */
  decodeResponse(body: Uint8Array): ExportResponse | undefined;
}

/** An encoder of the protocol: one serves all batches. */
export function createOtlpEncoder(protocol: OtlpProtocol): OtlpEncoder {
  const isProtobuf = protocol === "http/protobuf";
  const { encodeRecord, join } = isProtobuf ? createProtobufRecords() : jsonRecords;
  return {
    contentType: isProtobuf ? "application/x-protobuf" : "application/json",
    encodeRecord,
    join,
    encode: (records) => join(records.map(encodeRecord)),
    decodeResponse: decodeExportResponse,
  };
}

const jsonRecords: Pick<OtlpEncoder, "encodeRecord" | "join"> = {
  encodeRecord: (record) => {
    const buffer = Buffer.from(toJsonLogRecord(record), "utf8");
    const { hrTime, resource, instrumentationScope: scope } = record;
    return { hrTime, resource, scope, buffer, from: 0, to: buffer.length };
  },
  join: joinJsonRecords,
};
