// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Batch, EncodedRecord, MappedRecord } from "../../src/model.ts";
import { asDeadLetters, seamsBetweenResources, toParcel } from "../../src/parcel.ts";
import { HSM_ORIGIN } from "../support/record-origins.ts";

const origin = HSM_ORIGIN;

function record(offset: number, seconds: number, prefix = "A"): MappedRecord {
  const buffer = Buffer.from("..{}..");
  const tile = { start: offset - 1, end: offset + 3 };
  const raw = {
    tile,
    offset,
    length: 2,
    buffer,
    from: 2,
    to: 4,
    isOversize: false,
    crcAtEnd: 0,
    framingAtEnd: "json-lines" as const,
  };
  const logRecord = { hrTime: [seconds, 5] } as unknown as EncodedRecord;
  return {
    logRecord,
    uid: `u${offset}`,
    approxBytes: 2,
    raw,
    origin: prefix === "A" ? origin : { ...origin, resource: { ...origin.resource, prefix } },
  };
}

function batchOf(...records: MappedRecord[]): Batch {
  return { resourceKeys: ["A", "B"], records, deadLetters: [], segments: [] };
}

const encoded = { body: Buffer.from("body"), contentEncoding: undefined, recordCount: 2 };

describe("parcel", () => {
  it("is encoded at once, all records in their order", async () => {
    const asked: unknown[] = [];
    const records = [record(1, 100), record(9, 50)];
    const parcel = toParcel(batchOf(...records), (given) => {
      asked.push(...given);
      return Promise.resolve(encoded);
    });
    expect(asked).toEqual(records.map(({ logRecord }) => logRecord));
    expect(await parcel.request).toBe(encoded);
    expect(parcel.resourceKeys).toEqual(["A", "B"]);
  });

  it("lets the mapped form go and keeps the originals", () => {
    const parcel = toParcel(batchOf(record(1, 100)), () => Promise.resolve(encoded));
    expect(parcel.originals).toEqual([{ uid: "u1", raw: record(1, 100).raw, origin }]);
  });

  it("knows the time of its newest record, wherever that stands", () => {
    const encode = (): Promise<typeof encoded> => Promise.resolve(encoded);
    const parcel = toParcel(batchOf(record(1, 100), record(9, 300), record(20, 200)), encode);
    expect(parcel.newestRecordMs).toBe(300_000);
    expect(toParcel(batchOf(), encode).newestRecordMs).toBeUndefined();
  });

  it("has no request when there is nothing but dead letters", () => {
    const parcel = toParcel(batchOf(), () => {
      throw new Error("nothing to encode");
    });
    expect(parcel.request).toBeUndefined();
  });

  it("leaves a failed encoding to whoever sends it, and unhandled to nobody", async () => {
    const parcel = toParcel(batchOf(record(1, 1)), () => Promise.reject(new Error("no")));
    await new Promise((resolve) => setImmediate(resolve));
    await expect(parcel.request).rejects.toThrow("no");
  });

  it("becomes, in part, dead letters with the original bytes and the receiver's word", () => {
    const batch = batchOf(record(1, 1), record(9, 1), record(20, 1), record(30, 1));
    const parcel = toParcel(batch, () => Promise.resolve(encoded));
    const why = {
      reason: "refused",
      detail: "why",
      receiver: { status: 400, message: "no", attempts: 3 },
    } as const;
    const letters = asDeadLetters(parcel, { from: 1, to: 3 }, why);
    expect(letters.map(({ bytes, ...rest }) => [Buffer.from(bytes).toString(), rest])).toEqual(
      [9, 20].map((offset) => [
        "{}",
        {
          ...why,
          uid: `u${offset}`,
          blob: origin.blob,
          range: { start: offset, end: offset + 2 },
        },
      ]),
    );
  });

  it("knows where records of another resource begin", () => {
    const records = [record(1, 1), record(9, 1), record(1, 1, "B"), record(9, 1, "A")];
    const parcel = toParcel(batchOf(...records), () => Promise.resolve(encoded));
    expect(seamsBetweenResources(parcel)).toEqual([2, 3]);
    expect(seamsBetweenResources({ ...parcel, resourceKeys: ["A"] })).toEqual([]);
  });
});
