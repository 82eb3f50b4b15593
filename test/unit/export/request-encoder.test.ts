// SPDX-License-Identifier: Apache-2.0
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createOtlpEncoder } from "../../../src/export/otlp-encoder.ts";
import { createRequestEncoder } from "../../../src/export/request-encoder.ts";
import { variedRecords } from "../../support/log-record-samples.ts";

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
});
