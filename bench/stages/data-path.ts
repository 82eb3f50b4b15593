// SPDX-License-Identifier: Apache-2.0
/**
 * What the other stages of the data path cost a record, each by itself: splitting, the CRC, batching with tracking of
 * acknowledgements, both encodings, compression. The same events as parse-map.ts, as one window of a blob.
 */
import { crc32, gzipSync } from "node:zlib";
import { createBatcher } from "../../src/batch/batcher.ts";
import { createAckTracker } from "../../src/checkpoint/ack-tracker.ts";
import { createOtlpEncoder } from "../../src/export/otlp-encoder.ts";
import { createLogRecordMapper } from "../../src/map/log-record.ts";
import type { MappedRecord, RawRecord } from "../../src/model.ts";
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

/** Measures each stage; CPU time of the process, garbage collection included. */
export function benchDataPath(rounds: Rounds): StageCost[] {
  const blob = Buffer.from(
    benchEvents()
      .map((line) => `${line.toString()}\n`)
      .join(""),
  );
  const raws = split(blob);
  const mapped = mapAll(raws);
  const cost = (name: string, round: () => unknown): StageCost => {
    return { name, microsPerRecord: microsPerRecord(raws.length, round, rounds) };
  };
  return [
    cost("split, CRC included", () => split(blob)),
    cost("CRC-32 alone", () => crc32(blob)),
    cost("batch and track", () => {
      batchAndTrack(mapped);
    }),
    ...encodingCosts(mapped, cost),
  ];
}

function encodingCosts(
  mapped: readonly MappedRecord[],
  cost: (name: string, round: () => unknown) => StageCost,
): StageCost[] {
  const batches: MappedRecord["logRecord"][][] = [];
  for (let from = 0; from < mapped.length; from += BATCH.maxRecords) {
    batches.push(mapped.slice(from, from + BATCH.maxRecords).map((record) => record.logRecord));
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
  return createRecordSplitter({ offset: 0, crc32: 0, ...limits }).push(blob);
}

function mapAll(raws: readonly RawRecord[]): MappedRecord[] {
  const mapper = createLogRecordMapper({
    scopeVersion: "0.0.0",
    bodyMode: "original",
    resourceDefaults: {},
  });
  return raws.map((raw) => {
    const parsed = parseAuditEvent(raw.buffer.subarray(raw.from, raw.to));
    if (parsed.kind !== "ok") throw new Error("the bench's own event is malformed");
    const mapped = mapper.toLogRecord(parsed.event, parsed.text, raw.offset, BENCH_ORIGIN);
    return { ...mapped, raw, blob: BENCH_ORIGIN.blob };
  });
}

function batchAndTrack(mapped: readonly MappedRecord[]): void {
  const batcher = createBatcher({ ...BATCH, shareBelowBytes: 0 });
  const tracker = createAckTracker({ offset: 0, crc32: 0, counts: NO_RECORDS });
  const { blob } = BENCH_ORIGIN;
  for (const content of mapped) {
    const { raw } = content;
    const chargedBytes = raw.tile.end - raw.tile.start;
    const full = batcher.add({ resourceKey: "", blob, raw, chargedBytes, content }, 0);
    for (const segment of full?.segments ?? []) {
      tracker.settle(tracker.begin(segment), { ...NO_RECORDS, delivered: segment.records });
    }
  }
}
