// SPDX-License-Identifier: Apache-2.0
/**
 * The path that bytes take in delivery, from the splitter to the encoder, with the real parts and nothing else. One
 * path serves many blobs, as in a process that runs for months.
 */
import { createOtlpEncoder } from "../src/export/otlp-encoder.ts";
import type { OtlpEncoder } from "../src/export/otlp-encoder.ts";
import { createLogRecordMapper } from "../src/map/log-record.ts";
import { recordIdPrefix, recordUid } from "../src/map/record-id.ts";
import type { Framing, PairedLogRecord, RecordOrigin } from "../src/model.ts";
import { parseAuditEvent } from "../src/parse/audit-event.ts";
import { createRecordSplitter } from "../src/read/record-splitter.ts";
import type { RecordSplitter } from "../src/read/record-splitter.ts";
import { createUnderstand } from "../src/understanding.ts";
import type { Understand } from "../src/understanding.ts";

export interface Limits {
  readonly maxRecordBytes: number;
  readonly keptBytes: number;
}

/** Where reading begins: all that is known of the bytes before. */
export interface Position {
  readonly offset: number;
  readonly crc32: number;
  readonly framing: Framing;
}

export const BEGINNING: Position = { offset: 0, crc32: 0, framing: "unknown" };

/** The only place where the fuzz run makes a splitter. */
export function openSplitter(position: Position, limits: Limits): RecordSplitter {
  return createRecordSplitter({ ...position, ...limits });
}

export interface DataPath {
  readonly understand: Understand;
  readonly encoder: OtlpEncoder;
  /** The log record that the last record became, before it was encoded; undefined when it became none. */
  takeMapped(): PairedLogRecord | undefined;
}

/** Parser, mapper and encoder as the connector joins them. */
export function createDataPath(): DataPath {
  const encoder = createOtlpEncoder("http/protobuf");
  const mapper = createLogRecordMapper({
    scopeVersion: "0.0.0",
    bodyMode: "original",
    resourceDefaults: { serviceNamespace: "fuzz", deploymentEnvironmentName: "test" },
  });
  let last: PairedLogRecord | undefined;
  const understand = createUnderstand({
    parse: parseAuditEvent,
    map: (event, text, offset, origin) => {
      const { logRecord, uid } = mapper.toLogRecord(event, text, offset, origin);
      last = logRecord;
      const encoded = encoder.encodeRecord(logRecord);
      return { logRecord: encoded, uid, approxBytes: encoded.to - encoded.from };
    },
    recordUid: ({ blob }, offset) => recordUid(recordIdPrefix(blob), offset),
  });
  const takeMapped = (): PairedLogRecord | undefined => {
    const mapped = last;
    last = undefined;
    return mapped;
  };
  return { understand, encoder, takeMapped };
}

const PREFIX =
  "resourceId=/SUBSCRIPTIONS/A1BA9AAA-1B2C-4D3E-8F4A-5B6C7D8E9F0A/RESOURCEGROUPS/CONTOSO" +
  "/PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/CONTOSOMHSM/";
const HOUR_MS = 1_773_478_800_000;

/** Where the records of a blob come from. Every blob is one of its own. */
export function originOf(blobNumber: number): RecordOrigin {
  return {
    resource: {
      prefix: PREFIX,
      resourceId: PREFIX.slice("resourceId=".length, -1),
      subscriptionId: "A1BA9AAA-1B2C-4D3E-8F4A-5B6C7D8E9F0A",
      resourceGroup: "CONTOSO",
      provider: "MICROSOFT.KEYVAULT",
      type: "MANAGEDHSMS",
      name: "CONTOSOMHSM",
    },
    blob: {
      account: "contosologs",
      container: "insights-logs-auditevent",
      name: `${PREFIX}y=2026/m=03/d=14/h=09/m=00/PT1H.json`,
      createdAtMs: HOUR_MS + blobNumber * 1000,
    },
    hourMs: blobNumber % 3 === 0 ? undefined : HOUR_MS,
    observedAtMs: blobNumber % 2 === 0 ? undefined : HOUR_MS + 90_000,
  };
}
