// SPDX-License-Identifier: Apache-2.0
import type { HrTime } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { decodeLogsRequest } from "../../../src/export/otlp-decoder.ts";
import { createProtobufRecords } from "../../../src/export/protobuf-records.ts";
import type { EncodedRecord } from "../../../src/model.ts";
import { sampleRecord } from "../../support/log-record-samples.ts";

/** So large that a few dozen fill a shared buffer. */
const body = (name: string): string => `${name} ${"b".repeat(9_000)}`;

function bodiesIn(request: Uint8Array): unknown[] {
  const result = decodeLogsRequest(request, "application/x-protobuf");
  if (result.kind === "malformed") throw new Error(result.problem);
  return result.request.resourceLogs[0]!.scopeLogs[0]!.logRecords.map((record) => record.body);
}

describe("createProtobufRecords", () => {
  it("never lets a record that waits be written over, however batches interleave", () => {
    const records = createProtobufRecords();
    const waiting: { names: string[]; batch: EncodedRecord[] }[] = [{ names: [], batch: [] }];
    const buffers = new Set<ArrayBufferLike>();
    for (let index = 0; index < 3_000; index++) {
      // Every third record goes to a batch that stays long, the others to one that leaves soon.
      const slot = index % 3 === 0 ? 0 : waiting.length - 1;
      const record = records.encodeRecord(sampleRecord({ body: body(`r${index}`) }));
      buffers.add(record.buffer.buffer);
      waiting[slot]!.names.push(body(`r${index}`));
      waiting[slot]!.batch.push(record);
      if (index % 40 === 39) waiting.push({ names: [], batch: [] });
      if (waiting.length > 3) {
        const [{ names, batch }] = waiting.splice(1, 1) as [(typeof waiting)[number]];
        expect(bodiesIn(records.join(batch))).toEqual(names);
      }
      if (index % 500 === 499) {
        const [{ names, batch }] = waiting.splice(0, 1, { names: [], batch: [] }) as [
          (typeof waiting)[number],
        ];
        expect(bodiesIn(records.join(batch))).toEqual(names);
      }
    }
    // 27 MB went through; without using memory again that is over a hundred buffers.
    expect(buffers.size).toBeLessThan(80);
  });

  it("uses a buffer again when all records in it have left", () => {
    const records = createProtobufRecords();
    const buffers = new Set<ArrayBufferLike>();
    for (let batch = 0; batch < 100; batch++) {
      const encoded = Array.from({ length: 20 }, () =>
        records.encodeRecord(sampleRecord({ body: body("x") })),
      );
      for (const { buffer } of encoded) buffers.add(buffer.buffer);
      records.join(encoded);
    }
    expect(buffers.size).toBeLessThan(5);
  });

  it("refuses to join a record twice: its memory may hold another one by then", () => {
    const records = createProtobufRecords();
    const record = records.encodeRecord(sampleRecord());
    records.join([record]);
    expect(() => records.join([record])).toThrow("INTERNAL");
  });

  it("goes on after a record that cannot be encoded, with nothing of it left", () => {
    const records = createProtobufRecords();
    const hrTime: HrTime = [2 ** 40, 0];
    expect(() => records.encodeRecord(sampleRecord({ hrTime, body: "broken" }))).toThrow();
    const request = records.join([records.encodeRecord(sampleRecord({ body: "sound" }))]);
    expect(bodiesIn(request)).toEqual(["sound"]);
  });
});
