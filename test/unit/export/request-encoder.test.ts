// SPDX-License-Identifier: Apache-2.0
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createOtlpEncoder } from "../../../src/export/otlp-encoder.ts";
import { createRequestEncoder } from "../../../src/export/request-encoder.ts";
import type { EncodedRecord } from "../../../src/model.ts";
import { sampleRecord, variedRecords } from "../../support/log-record-samples.ts";

const encoder = createOtlpEncoder("http/protobuf");

describe("createRequestEncoder", () => {
  it("compresses what the encoder wrote", async () => {
    const requests = createRequestEncoder({ encoder, compression: "gzip", gzipLevel: 1 });
    const request = await requests.encode(variedRecords.map(encoder.encodeRecord));
    const plain = Buffer.from(encoder.encode(variedRecords));
    expect(request.contentEncoding).toBe("gzip");
    expect(gunzipSync(request.body).equals(plain)).toBe(true);
    expect(request.recordCount).toBe(variedRecords.length);
    expect(request.uncompressedBytes).toBe(plain.length);
  });

  it("leaves the bytes alone without compression", async () => {
    const requests = createRequestEncoder({ encoder, compression: "none", gzipLevel: 1 });
    const request = await requests.encode(variedRecords.map(encoder.encodeRecord));
    expect(request.contentEncoding).toBeUndefined();
    expect(request.body).toEqual(encoder.encode(variedRecords));
    expect(request.uncompressedBytes).toBe(request.body.length);
  });

  it("gives equal bytes for equal records", async () => {
    const requests = createRequestEncoder({ encoder, compression: "gzip", gzipLevel: 3 });
    const [first, second] = await Promise.all([
      requests.encode(variedRecords.map(encoder.encodeRecord)),
      requests.encode(variedRecords.map(encoder.encodeRecord)),
    ]);
    expect(first.body).toEqual(second.body);
  });

  it("refuses to make an empty request", async () => {
    const requests = createRequestEncoder({ encoder, compression: "gzip", gzipLevel: 1 });
    await expect(requests.encode([])).rejects.toMatchObject({ code: "INTERNAL" });
  });

  it("has room for another request as soon as one of several is compressed", async () => {
    const requests = createRequestEncoder({ encoder, compression: "gzip", gzipLevel: 1 });
    await requests.room();
    let encoded = 0;
    const encoding = Array.from({ length: 8 }, async () => {
      await requests.encode(variedRecords.map(encoder.encodeRecord));
      encoded++;
    });
    await requests.room();
    expect(encoded).toBeGreaterThan(0);
    await Promise.all(encoding);
    await requests.room();
  });

  it("holds no more than two uncompressed requests, whatever asks at once, and keeps their order", async () => {
    let held = 0;
    let most = 0;
    const slow = {
      ...encoder,
      join: (records: readonly EncodedRecord[], allocate?: (bytes: number) => Buffer) => {
        most = Math.max(most, ++held);
        return encoder.join(records, allocate);
      },
    };
    const requests = createRequestEncoder({ encoder: slow, compression: "gzip", gzipLevel: 1 });
    const done: number[] = [];
    const encoding = Array.from({ length: 12 }, async (_, index) => {
      await requests.encode(variedRecords.map(encoder.encodeRecord)).finally(() => held--);
      done.push(index);
    });
    await Promise.all(encoding);
    expect(most).toBe(2);
    // Two at a time may end in either order.
    done.forEach((index, place) => {
      expect(Math.abs(index - place)).toBeLessThanOrEqual(1);
    });
  });

  it("gives every request its own bytes, though their memory is used again", async () => {
    const requests = createRequestEncoder({ encoder, compression: "gzip", gzipLevel: 1 });
    const bodies = Array.from({ length: 30 }, (_, index) => "b".repeat(index * 1_000));
    const encoded = await Promise.all(
      bodies.map((body) => requests.encode([encoder.encodeRecord(sampleRecord({ body }))])),
    );
    encoded.forEach(({ body, uncompressedBytes }, index) => {
      const plain = encoder.encode([sampleRecord({ body: bodies[index]! })]);
      expect(gunzipSync(body).equals(plain)).toBe(true);
      expect(uncompressedBytes).toBe(plain.length);
    });
  });
});
