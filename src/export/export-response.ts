// SPDX-License-Identifier: Apache-2.0
/**
 * Decides whether the body of a 2xx answer is an ExportLogsServiceResponse, and what it says
 * (pure).
 *
 * An answer that decodes is an acknowledgement, so the rules are strict: a login page, a proxy's
 * "OK" or a JSON error must not decode. Receivers mislabel their answers (Loki calls all of them
 * octet-stream), so the bytes decide, not the header.
 * - empty: a response that says nothing.
 * - JSON: an object that is empty or holds `partialSuccess` (or `partial_success`); other keys
 *   beside it are ignored, as OTLP asks, but an object of nothing else (`{"error":"expired"}`) is
 *   no response.
 * - protobuf: begins with field 1, whose message is empty or begins with field 1 or 2; behind
 *   these, unknown fields are ignored where they are well-formed to the last byte. The tags 0x08
 *   and 0x12 stand in no text, so no text decodes.
 */
import { isUtf8 } from "node:buffer";
import { ProtobufReader, WireError } from "./protobuf-reader.ts";

/**
 * What the receiver said about the records. The count may be nonsense: nobody checked it against
 * the request.
 */
export interface ExportResponse {
  readonly rejectedCount: number;
  /** Empty when the receiver said nothing. */
  readonly message: string;
}

const NOTHING_SAID: ExportResponse = { rejectedCount: 0, message: "" };

/** The response in `body`, or undefined when the body is something else. Never throws. */
export function decodeExportResponse(body: Uint8Array): ExportResponse | undefined {
  if (body.length === 0) return NOTHING_SAID;
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return fromJson(buffer) ?? fromProtobuf(buffer);
}

function fromJson(body: Buffer): ExportResponse | undefined {
  const response = parseJsonObject(body);
  if (response === undefined) return undefined;
  const keys = Object.keys(response);
  if (keys.length === 0) return NOTHING_SAID;
  if (!keys.includes("partialSuccess") && !keys.includes("partial_success")) return undefined;
  // A null is the field's default in the JSON form of protobuf; some receivers print it.
  const partial = response["partialSuccess"] ?? response["partial_success"] ?? {};
  if (!isObject(partial)) return undefined;
  const count = partial["rejectedLogRecords"] ?? partial["rejected_log_records"] ?? 0;
  const message = partial["errorMessage"] ?? partial["error_message"] ?? "";
  const rejectedCount = toCount(count);
  if (rejectedCount === undefined || typeof message !== "string") return undefined;
  return { rejectedCount, message };
}

/** The object in a JSON body, or undefined when the body is not exactly one JSON object. */
export function parseJsonObject(body: Buffer): Record<string, unknown> | undefined {
  const text = body.toString("utf8").trim();
  if (!text.startsWith("{") || !isUtf8(body)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // Not JSON: the question was whether it is, so this is an answer and no failure.
    return undefined;
  }
}

/** int64 is a decimal string in OTLP/JSON; a plain number is to be accepted too. */
function toCount(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? value : undefined;
  if (typeof value === "string" && /^-?\d{1,19}$/.test(value)) return Number(value);
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fromProtobuf(body: Buffer): ExportResponse | undefined {
  try {
    const reader = new ProtobufReader(body);
    let response: ExportResponse | undefined;
    while (reader.next()) {
      // A message that comes in two parts is one message (protobuf's merge rule).
      if (reader.field === 1) {
        response = readPartialSuccess(reader.message(), response ?? NOTHING_SAID);
      } else if (response === undefined) return undefined;
      else reader.skip();
    }
    return response;
  } catch (reason) {
    if (reason instanceof WireError) return undefined;
    throw reason;
  }
}

function readPartialSuccess(reader: ProtobufReader, before: ExportResponse): ExportResponse {
  let { rejectedCount, message } = before;
  let isFirst = true;
  while (reader.next()) {
    if (reader.field === 1) rejectedCount = Number(reader.int64());
    else if (reader.field === 2) message = reader.text();
    else if (isFirst) throw new WireError("a partial success begins with a known field");
    else reader.skip();
    isFirst = false;
  }
  return { rejectedCount, message };
}
