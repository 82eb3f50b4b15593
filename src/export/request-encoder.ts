// SPDX-License-Identifier: Apache-2.0
/**
 * Encoded records to one request as it goes over the wire: joined once, compressed once in zlib's thread
 * pool, so that every attempt sends the same bytes and the event loop never compresses. Equal
 * records give equal bytes: zlib's gzip header carries no time. It does not look at sizes; the
 * batcher bounds them.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { ConnectorError } from "../errors.ts";
import type { EncodedRecord } from "../model.ts";
import { createBufferPool } from "../runtime/buffer-pool.ts";
import type { EncodedRequest } from "./exporter.ts";
import type { OtlpEncoder } from "./otlp-encoder.ts";

const gzipInThreadPool = promisify(gzip);
/** zlib's own default. */
const MIN_CHUNK_BYTES = 16 * 1024;

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
  encode(records: readonly EncodedRecord[]): Promise<MeasuredRequest>;
}

/** A request of default size fits: 3 MiB of records and their heads. */
const PLAIN_BYTES = 3.25 * 1024 * 1024;
const MAX_FREE_PLAIN = 2;

export function createRequestEncoder(options: RequestEncoderOptions): RequestEncoder {
  const { encoder, compression, gzipLevel } = options;
  const pool = createBufferPool({ bufferBytes: PLAIN_BYTES, maxFree: MAX_FREE_PLAIN });
  const compressed = async (records: readonly EncodedRecord[]): Promise<MeasuredRequest> => {
    const plain = encoder.join(records, (bytes) => pool.take(bytes));
    try {
      const body = await compress(plain, gzipLevel);
      const { length: recordCount } = records;
      return { body, contentEncoding: "gzip", recordCount, uncompressedBytes: plain.length };
    } finally {
      pool.giveBack(plain);
    }
  };
  return {
    encode: async (records) => {
      if (records.length === 0) throw new ConnectorError("INTERNAL", "a request without records");
      if (compression === "gzip") return await compressed(records);
      const body = encoder.join(records);
      const { length: recordCount } = records;
      return { body, contentEncoding: undefined, recordCount, uncompressedBytes: body.length };
    },
  };
}

/**
 * zlib hands out pieces of `chunkSize`, each with a turn of the event loop and of the thread pool: with its 16 KiB, a
 * batch of ours takes 30 turns, 3 µs a record. Audit JSON shrinks to a sixth, so a quarter holds it in one piece.
 */
async function compress(plain: Uint8Array, level: number): Promise<Uint8Array> {
  const chunkSize = Math.max(MIN_CHUNK_BYTES, plain.length >> 2);
  return Buffer.from(await gzipInThreadPool(plain, { level, chunkSize }));
}
