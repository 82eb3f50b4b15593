// SPDX-License-Identifier: Apache-2.0
/**
 * Records to one request as it goes over the wire: encoded once, compressed once in zlib's thread
 * pool, so that every attempt sends the same bytes and the event loop never compresses. Equal
 * records give equal bytes: zlib's gzip header carries no time. It does not look at sizes; the
 * batcher bounds them.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { ConnectorError } from "../errors.ts";
import type { EncodedRequest } from "./exporter.ts";
import type { OtlpEncoder } from "./otlp-encoder.ts";

const gzipInThreadPool = promisify(gzip);

export interface RequestEncoderOptions {
  readonly encoder: OtlpEncoder;
  readonly compression: "gzip" | "none";
  /** 1 (fast) to 9 (small); not used without compression. */
  readonly gzipLevel: number;
}

/** A request that also knows its size before compression: receivers limit that one. */
export interface MeasuredRequest extends EncodedRequest {
  readonly uncompressedBytes: number;
}

export interface RequestEncoder {
  /** Rejects with INTERNAL for no records: OTLP senders should not send empty envelopes. */
  encode(records: readonly ReadableLogRecord[]): Promise<MeasuredRequest>;
}

export function createRequestEncoder(options: RequestEncoderOptions): RequestEncoder {
  const { encoder, compression, gzipLevel } = options;
  return {
    encode: async (records) => {
      if (records.length === 0) throw new ConnectorError("INTERNAL", "a request without records");
      const plain = encoder.encode(records);
      const isCompressed = compression === "gzip";
      return {
        body: isCompressed ? await gzipInThreadPool(plain, { level: gzipLevel }) : plain,
        contentEncoding: isCompressed ? "gzip" : undefined,
        recordCount: records.length,
        uncompressedBytes: plain.length,
      };
    },
  };
}
