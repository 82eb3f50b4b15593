// SPDX-License-Identifier: Apache-2.0
/**
 * What the other stages of the data path cost a record, each by itself: splitting, the CRC, batching with tracking of
 * acknowledgements, both encodings, compression. The same events as parse-map.ts, as one window of a blob.
 */
import { crc32, gzipSync } from "node:zlib";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { createBatcher } from "../../src/batch/batcher.ts";
import type { BatchItem } from "../../src/batch/batcher.ts";
import { createAckTracker } from "../../src/checkpoint/ack-tracker.ts";
import { createOtlpEncoder } from "../../src/export/otlp-encoder.ts";
import { createLogRecordMapper } from "../../src/map/log-record.ts";
import type { RawRecord } from "../../src/model.ts";
import { NO_RECORDS } from "../../src/model.ts";
import { parseAuditEvent } from "../../src/parse/audit-event.ts";
import { createRecordSplitter } from "../../src/read/record-splitter.ts";
import { microsPerRecord } from "./measure.ts";
import type { Rounds, StageCost } from "./measure.ts";
import { BENCH_ORIGIN, benchEvents } from "./parse-map.ts";

/** The defaults of the option table. */
const BATCH = { maxBytes: 3 * 1024 * 1024, maxRecords: 2000, flushAfterMs: 1000 };
/** As in src/connector.ts. */
const GZIP_LEVEL = 1;

type Cost = (name: string, round: () => unknown) => StageCost;

/** Measures each stage; CPU time of the process, garbage collection included. */
export function benchDataPath(rounds: Rounds): StageCost[] {
  const lines = benchEvents().map((line) => `${line.toString()}\n`);
  const blob = Buffer.from(lines.join(""));
  const raws = split(blob);
  const logRecords = mapAll(raws);
  const cost: Cost = (name, round) => {
    return { name, microsPerRecord: microsPerRecord(raws.length, round, rounds) };
  };
  return [
    cost("split, CRC included", () => split(blob)),
    cost("CRC-32 alone", () => crc32(blob)),
    batchingCost(raws, logRecords, cost),
    ...encodingCosts(logRecords, cost),
  ];
}

function encodingCosts(logRecords: readonly ReadableLogRecord[], cost: Cost): StageCost[] {
  const batches: ReadableLogRecord[][] = [];
  for (let from = 0; from < logRecords.length; from += BATCH.maxRecords) {
    batches.push(logRecords.slice(from, from + BATCH.maxRecords));
  }
  const protobuf = createOtlpEncoder("http/protobuf");
  const json = createOtlpEncoder("http/json");
  const requests = batches.map((batch) => protobuf.encode(batch));
  return [
    cost("encode protobuf", () => batches.map((batch) => protobuf.encode(batch).length)),
    cost("encode JSON", () => batches.map((batch) => json.encode(batch).length)),
    cost("gzip", () => requests.map((bytes) => gzipSync(bytes, { level: GZIP_LEVEL }).length)),
  ];
}

function split(blob: Buffer): RawRecord[] {
  const limits = { maxRecordBytes: 1024 * 1024, keptBytes: 64 * 1024 };
  return createRecordSplitter({ offset: 0, crc32: 0, framing: "unknown", ...limits }).push(blob);
}

function mapAll(raws: readonly RawRecord[]): ReadableLogRecord[] {
  const mapper = createLogRecordMapper({
    scopeVersion: "0.0.0",
    bodyMode: "original",
    resourceDefaults: {},
  });
  return raws.map((raw) => {
    const parsed = parseAuditEvent(raw.buffer.subarray(raw.from, raw.to));
    if (parsed.kind !== "ok") throw new Error("the bench's own event is malformed");
    return mapper.toLogRecord(parsed.event, parsed.text, raw.offset, BENCH_ORIGIN).logRecord;
  });
}

function batchingCost(
  raws: readonly RawRecord[],
  logRecords: readonly ReadableLogRecord[],
  cost: Cost,
): StageCost {
  const { blob } = BENCH_ORIGIN;
  const encoder = createOtlpEncoder("http/protobuf");
  const items = raws.map((raw, index): BatchItem => {
    const logRecord = encoder.encodeRecord(logRecords[index]!);
    const content = {
      logRecord,
      uid: "",
      approxBytes: logRecord.to - logRecord.from,
      raw,
      origin: BENCH_ORIGIN,
    };
    return { resourceKey: "", blob, raw, chargedBytes: raw.tile.end - raw.tile.start, content };
  });
  return cost("batch and track", () => {
    const batcher = createBatcher({ ...BATCH, shareBelowBytes: 0 });
    const tracker = createAckTracker({
      offset: 0,
      crc32: 0,
      framing: "unknown",
      counts: NO_RECORDS,
    });
    for (const item of items) {
      for (const segment of batcher.add(item, 0)?.segments ?? []) {
        tracker.settle(tracker.begin(segment), { ...NO_RECORDS, delivered: segment.records });
      }
    }
  });
}
