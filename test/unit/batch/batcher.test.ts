// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createBatcher } from "../../../src/batch/batcher.ts";
import type { BatchItem, BatcherOptions } from "../../../src/batch/batcher.ts";
import type { Batch, BlobIdentity, EncodedRecord } from "../../../src/model.ts";
import { HSM_ORIGIN } from "../../support/record-origins.ts";

const OPTIONS: BatcherOptions = {
  maxBytes: 100,
  maxRecords: 5,
  flushAfterMs: 1_000,
  shareBelowBytes: 30,
};

const BLOB: BlobIdentity = { account: "a", container: "c", name: "blob", createdAtMs: 0 };

interface Given {
  readonly start?: number;
  readonly resourceKey?: string;
  readonly blob?: BlobIdentity;
  readonly approxBytes?: number;
  readonly kind?: "record" | "dead letter" | "blank";
}

/** A tile of ten bytes. */
function item({
  start = 0,
  resourceKey = "A",
  blob = BLOB,
  approxBytes = 10,
  kind = "record",
}: Given = {}): BatchItem {
  const end = start + 10;
  const raw = {
    tile: { start, end },
    offset: start,
    length: 9,
    buffer: Buffer.alloc(10),
    from: 0,
    to: 9,
    isOversize: false,
    crcAtEnd: end,
    framingAtEnd: "json-lines" as const,
  };
  const uid = `${blob.name}:${start}`;
  const letter = {
    reason: "not-json",
    detail: "",
    uid,
    blob,
    range: raw.tile,
    bytes: raw.buffer,
  } as const;
  const record = {
    logRecord: {} as EncodedRecord,
    uid,
    approxBytes,
    raw,
    origin: { ...HSM_ORIGIN, blob },
  };
  const content = { record, "dead letter": letter, blank: undefined }[kind];
  return { resourceKey, blob, raw, chargedBytes: 10, content };
}

function uids(batch: Batch | undefined): string[] {
  return batch?.records.map(({ uid }) => uid) ?? [];
}

describe("batcher", () => {
  it("closes a batch before the record that would make it too large", () => {
    const batcher = createBatcher(OPTIONS);
    expect(batcher.add(item({ start: 0, approxBytes: 60 }), 0)).toBeUndefined();
    expect(batcher.add(item({ start: 10, approxBytes: 40 }), 0)).toBeUndefined();
    expect(uids(batcher.add(item({ start: 20, approxBytes: 1 }), 0))).toEqual([
      "blob:0",
      "blob:10",
    ]);
    expect(uids(batcher.take("A"))).toEqual(["blob:20"]);
  });

  it("lets a record that is larger than a batch travel alone", () => {
    const batcher = createBatcher(OPTIONS);
    expect(batcher.add(item({ start: 0, approxBytes: 999 }), 0)).toBeUndefined();
    expect(uids(batcher.add(item({ start: 10 }), 0))).toEqual(["blob:0"]);
  });

  it("closes a batch at its count of tiles, dead letters and blank ones included", () => {
    const batcher = createBatcher(OPTIONS);
    for (const [index, kind] of (
      ["record", "dead letter", "blank", "record", "blank"] as const
    ).entries()) {
      expect(batcher.add(item({ start: index * 10, kind }), 0)).toBeUndefined();
    }
    const full = batcher.add(item({ start: 50 }), 0);
    expect([full?.records.length, full?.deadLetters.length]).toEqual([2, 1]);
    expect(full?.segments).toEqual([
      {
        blob: BLOB,
        resourceKey: "A",
        start: 0,
        end: 50,
        crcAtEnd: 50,
        framingAtEnd: "json-lines",
        chargedBytes: 50,
        records: 2,
        deadLetters: 1,
      },
    ]);
  });

  it("keeps the order of reading, and a segment for each stretch of a blob", () => {
    const batcher = createBatcher(OPTIONS);
    const other = { ...BLOB, name: "other" };
    batcher.add(item({ start: 0 }), 0);
    batcher.add(item({ start: 10, blob: other }), 0);
    batcher.add(item({ start: 20, blob: other }), 0);
    batcher.add(item({ start: 40, blob: other }), 0);
    const batch = batcher.take("A");
    expect(uids(batch)).toEqual(["blob:0", "other:10", "other:20", "other:40"]);
    expect(batch?.segments.map(({ blob, start, end }) => [blob.name, start, end])).toEqual([
      ["blob", 0, 10],
      ["other", 10, 30],
      ["other", 40, 50],
    ]);
  });

  it("does not take the successor of a blob for the blob itself", () => {
    const batcher = createBatcher(OPTIONS);
    batcher.add(item({ start: 0 }), 0);
    batcher.add(item({ start: 10, blob: { ...BLOB } }), 0);
    expect(batcher.take("A")?.segments).toHaveLength(2);
  });

  it("never mixes resources in a batch that is full or asked for", () => {
    const batcher = createBatcher(OPTIONS);
    batcher.add(item({ resourceKey: "A" }), 0);
    batcher.add(item({ resourceKey: "B", start: 10 }), 0);
    expect(batcher.take("B")).toMatchObject({ resourceKeys: ["B"], records: [{ uid: "blob:10" }] });
    expect(batcher.take("B")).toBeUndefined();
    expect(uids(batcher.take("A"))).toEqual(["blob:0"]);
  });

  it("is due when its first record has waited long enough, whatever came later", () => {
    const batcher = createBatcher(OPTIONS);
    expect(batcher.dueAtMs).toBeUndefined();
    batcher.add(item({ start: 0 }), 500);
    batcher.add(item({ start: 10 }), 1_400);
    batcher.add(item({ resourceKey: "B", start: 20 }), 900);
    expect(batcher.dueAtMs).toBe(1_500);
    expect(batcher.takeDue(1_499)).toEqual([]);
    expect(batcher.takeDue(1_500).map(uids)).toEqual([["blob:0", "blob:10"]]);
    expect(batcher.dueAtMs).toBe(1_900);
    expect(batcher.takeDue(Infinity).map(uids)).toEqual([["blob:20"]]);
    expect(batcher.dueAtMs).toBeUndefined();
  });

  it("counts the age of a batch anew after a full one has left", () => {
    const batcher = createBatcher(OPTIONS);
    batcher.add(item({ start: 0, approxBytes: 100 }), 0);
    batcher.add(item({ resourceKey: "B" }), 100);
    batcher.add(item({ start: 10 }), 700);
    expect(batcher.dueAtMs).toBe(1_100);
    batcher.take("B");
    expect(batcher.dueAtMs).toBe(1_700);
  });

  it("puts small leftovers of several resources into one request, large ones alone", () => {
    const batcher = createBatcher(OPTIONS);
    batcher.add(item({ resourceKey: "A", approxBytes: 10 }), 0);
    batcher.add(item({ resourceKey: "B", approxBytes: 30 }), 0);
    batcher.add(item({ resourceKey: "C", approxBytes: 29, kind: "dead letter" }), 0);
    const batches = batcher.takeDue(1_000);
    expect(batches.map(({ resourceKeys }) => resourceKeys)).toEqual([["B"], ["A", "C"]]);
    expect(batches[1]).toMatchObject({
      records: [{ uid: "blob:0" }],
      deadLetters: [{ uid: "blob:0" }],
      segments: [{ resourceKey: "A" }, { resourceKey: "C" }],
    });
  });

  it("keeps a shared request within the limits of bytes and records", () => {
    const batcher = createBatcher(OPTIONS);
    const keys = Array.from({ length: 12 }, (_, index) => `R${index}`);
    for (const resourceKey of keys) batcher.add(item({ resourceKey, approxBytes: 29 }), 0);
    const large = batcher.takeDue(1_000);
    expect(large.map(({ records }) => records.length)).toEqual([3, 3, 3, 3]);
    for (const resourceKey of keys) batcher.add(item({ resourceKey, approxBytes: 1 }), 0);
    const many = batcher.takeDue(1_000);
    expect(many.map(({ records }) => records.length)).toEqual([5, 5, 2]);
    expect(many.flatMap(({ resourceKeys }) => resourceKeys)).toEqual(keys);
  });
});
