// SPDX-License-Identifier: Apache-2.0
/**
 * Log records to the bytes of one ExportLogsServiceRequest, and the answer's bytes to what they say
 * (pure).
 *
 * This is the seam behind which the encoding may be replaced without touching a neighbour: today
 * protobuf is written by otlp-transformer, JSON by otlp-json.ts. Equal records give equal bytes. An
 * observed time of [0, 0] means "unset": protobuf carries an explicit 0, which is the same message;
 * JSON leaves the field out. Grouping is by identity of the `resource` and `instrumentationScope`
 * objects, so callers keep one of each per audited resource.
 */
import { ProtobufLogsSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { ConnectorError } from "../errors.ts";
import { decodeExportResponse } from "./export-response.ts";
import type { ExportResponse } from "./export-response.ts";
import { toOtlpJson } from "./otlp-json.ts";

/** Values of `OTEL_EXPORTER_OTLP_PROTOCOL` that this program speaks. */
export type OtlpProtocol = "http/protobuf" | "http/json";

/** Sent bare: some receivers compare the header as a string and refuse a `; charset=…`. */
export type OtlpContentType = "application/x-protobuf" | "application/json";

export interface OtlpEncoder {
  readonly contentType: OtlpContentType;
  /** The uncompressed request. Throws INTERNAL only. */
  encode(records: readonly ReadableLogRecord[]): Uint8Array;
  /**
   * What a 2xx body says in either encoding; undefined when it is no ExportLogsServiceResponse.
   * Never throws.
   */
  decodeResponse(body: Uint8Array): ExportResponse | undefined;
}

/** An encoder of the protocol. Stateless: one serves all batches. */
export function createOtlpEncoder(protocol: OtlpProtocol): OtlpEncoder {
  return protocol === "http/protobuf" ? protobufEncoder : jsonEncoder;
}

const protobufEncoder: OtlpEncoder = {
  contentType: "application/x-protobuf",
  encode: encodeProtobuf,
  decodeResponse: decodeExportResponse,
};

const jsonEncoder: OtlpEncoder = {
  contentType: "application/json",
  encode: (records) => Buffer.from(toOtlpJson(records), "utf8"),
  decodeResponse: decodeExportResponse,
};

function encodeProtobuf(records: readonly ReadableLogRecord[]): Uint8Array {
  // The serializer's type asks for a mutable array; it only reads.
  const bytes = ProtobufLogsSerializer.serializeRequest(records as ReadableLogRecord[]);
  // Its type allows "nothing"; sending nothing in the place of records would be a silent loss.
  if (bytes === undefined) throw new ConnectorError("INTERNAL", "the serializer gave no bytes");
  return bytes;
}
