// SPDX-License-Identifier: Apache-2.0
/**
 * The receiving side of OTLP logs: the bytes of an ExportLogsServiceRequest to plain values (pure),
 * for the demo's receiver and for the tests, which thereby read our requests with other code than
 * wrote them.
 *
 * It is stricter than a receiver has to be: unknown protobuf fields, repeated attribute keys, bad
 * UTF-8, trailing bytes are errors, because here they would be our own encoder's mistakes. Both
 * encodings give equal values for equal messages.
 */
import type { DecodedLogsRequest } from "./decoded-logs.ts";
import { parseJsonObject } from "./export-response.ts";
import { readJsonRequest } from "./otlp-json-reader.ts";
import type { OtlpContentType } from "./otlp-encoder.ts";
import { readProtobufRequest } from "./otlp-protobuf-reader.ts";
import { WireError } from "./protobuf-reader.ts";

export type LogsRequestResult =
  | { readonly kind: "ok"; readonly request: DecodedLogsRequest }
  | { readonly kind: "malformed"; readonly problem: string };

/** The request in an uncompressed body. Never throws for what the bytes are. */
export function decodeLogsRequest(
  body: Uint8Array,
  contentType: OtlpContentType,
): LogsRequestResult {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  try {
    if (contentType === "application/x-protobuf")
      return { kind: "ok", request: readProtobufRequest(buffer) };
    const json = parseJsonObject(buffer);
    if (json === undefined) return { kind: "malformed", problem: "not a JSON object" };
    return { kind: "ok", request: readJsonRequest(json) };
  } catch (reason) {
    if (reason instanceof WireError) return { kind: "malformed", problem: reason.message };
    throw reason;
  }
}
