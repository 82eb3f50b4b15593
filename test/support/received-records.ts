// SPDX-License-Identifier: Apache-2.0
/**
 * What a fake receiver remembers of a request's content: whole records, or only their uids, which
 * is quick.
 */
import type {
  DecodedAttributes,
  DecodedLogsRequest,
  DecodedValue,
} from "../../src/export/decoded-logs.ts";
import { decodeLogsRequest } from "../../src/export/otlp-decoder.ts";
import type { OtlpContentType } from "../../src/export/otlp-encoder.ts";
import { ProtobufReader, WireError } from "../../src/export/protobuf-reader.ts";

export interface ReceivedRecord {
  /** `log.record.uid`; empty when the record has none. */
  readonly uid: string;
  readonly body: DecodedValue;
  readonly attributes: DecodedAttributes;
  readonly resourceAttributes: DecodedAttributes;
  readonly timeUnixNano: bigint;
  readonly observedTimeUnixNano: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
}

export type ReceivedContent =
  | {
      readonly kind: "ok";
      readonly uids: readonly string[];
      readonly records: readonly ReceivedRecord[];
    }
  | { readonly kind: "malformed"; readonly problem: string };

const UID = "log.record.uid";
const UID_BYTES = Buffer.from(UID);

/**
 * With `uids`, a protobuf body is only walked: wrong types and truncation are still found, the
 * texts are not looked at.
 */
export function readReceivedRecords(
  body: Buffer,
  contentType: OtlpContentType,
  keep: "records" | "uids",
): ReceivedContent {
  if (keep === "uids" && contentType === "application/x-protobuf") return scanUids(body);
  const result = decodeLogsRequest(body, contentType);
  if (result.kind === "malformed") return result;
  const records = toRecords(result.request);
  const uids = records.map((record) => record.uid);
  return { kind: "ok", uids, records: keep === "records" ? records : [] };
}

function toRecords(request: DecodedLogsRequest): ReceivedRecord[] {
  return request.resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map((record) => {
        const uid = record.attributes[UID];
        return {
          ...record,
          uid: typeof uid === "string" ? uid : "",
          resourceAttributes: resource.attributes,
        };
      }),
    ),
  );
}

function scanUids(body: Buffer): ReceivedContent {
  const uids: string[] = [];
  try {
    // ExportLogsServiceRequest 1 → ResourceLogs 2 → ScopeLogs 2 → LogRecord
    eachMessage(new ProtobufReader(body), 1, (resourceLogs) => {
      eachMessage(resourceLogs, 2, (scopeLogs) => {
        eachMessage(scopeLogs, 2, (record) => uids.push(scanUid(record)));
      });
    });
  } catch (reason) {
    if (reason instanceof WireError) return { kind: "malformed", problem: reason.message };
    throw reason;
  }
  return { kind: "ok", uids, records: [] };
}

function eachMessage(
  reader: ProtobufReader,
  field: number,
  visit: (message: ProtobufReader) => unknown,
): void {
  while (reader.next()) {
    if (reader.field === field) visit(reader.message());
    else reader.skip();
  }
}

/** LogRecord 6 → KeyValue 1 key, 2 → AnyValue 1 string. */
function scanUid(record: ProtobufReader): string {
  let uid = "";
  eachMessage(record, 6, (keyValue) => {
    let isUid = false;
    while (keyValue.next()) {
      if (keyValue.field === 1) isUid = keyValue.bytes().equals(UID_BYTES);
      else if (isUid) uid = firstText(keyValue.message());
      else keyValue.skip();
    }
  });
  return uid;
}

function firstText(anyValue: ProtobufReader): string {
  return anyValue.next() ? anyValue.text() : "";
}
