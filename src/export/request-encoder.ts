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
  /**
   * Joins when there is room, compresses in the background, in the order of the calls. Rejects with INTERNAL for no
   * records: OTLP senders should not send empty envelopes.
   */
  encode(records: readonly EncodedRecord[]): Promise<MeasuredRequest>;
  /**
   * Resolves when there is room for another request: whoever does not wait for it piles up encoded records, where
   * zlib's threads get too little of the processor. Never rejects.
   */
  room(): Promise<void>;
}

/** A request of default size fits: 3 MiB of records and their heads. */
const PLAIN_BYTES = 3.25 * 1024 * 1024;
/**
 * Uncompressed requests at once. A third made it no faster on two cores, and each costs `PLAIN_BYTES`: when the flush
 * timer sends the batches of thirty resources, that is the difference between 7 and 100 MB.
 */
const MAX_COMPRESSING = 2;

/** An encoder of requests: one serves all batches. */
export function createRequestEncoder(options: RequestEncoderOptions): RequestEncoder {
  return options.compression === "gzip" ? new GzipRequests(options) : plainRequests(options);
}

function plainRequests({ encoder }: RequestEncoderOptions): RequestEncoder {
  return {
    encode: async (records) => {
      assertSome(records);
      const body = await Promise.resolve(encoder.join(records));
      const { length: recordCount } = records;
      return { body, contentEncoding: undefined, recordCount, uncompressedBytes: body.length };
    },
    room: () => Promise.resolve(),
  };
}

class GzipRequests implements RequestEncoder {
  readonly #pool = createBufferPool({ bufferBytes: PLAIN_BYTES, maxFree: MAX_COMPRESSING });
  readonly #options: RequestEncoderOptions;
  #compressing = 0;
  /** Requests that wait for their turn, oldest first; each takes over the place of one that has ended. */
  readonly #turns: (() => void)[] = [];
  #waiting: (() => void)[] = [];
  /** Compressed size of the last request by its size: the next one is much the same. */
  #ratio = 0.25;

  constructor(options: RequestEncoderOptions) {
    this.#options = options;
  }

  async encode(records: readonly EncodedRecord[]): Promise<MeasuredRequest> {
    assertSome(records);
    await this.#takePlace();
    try {
      return await this.#joinAndCompress(records);
    } finally {
      this.#leavePlace();
    }
  }

  async room(): Promise<void> {
    while (this.#compressing >= MAX_COMPRESSING) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async #takePlace(): Promise<void> {
    if (this.#compressing < MAX_COMPRESSING) this.#compressing++;
    else await new Promise<void>((resolve) => this.#turns.push(resolve));
  }

  #leavePlace(): void {
    const next = this.#turns.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.#compressing--;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  async #joinAndCompress(records: readonly EncodedRecord[]): Promise<MeasuredRequest> {
    const plain = this.#options.encoder.join(records, this.#pool.take);
    try {
      const body = await this.#compress(plain);
      const { length: recordCount } = records;
      return { body, contentEncoding: "gzip", recordCount, uncompressedBytes: plain.length };
    } finally {
      this.#pool.giveBack(plain);
    }
  }

  /**
   * zlib hands out pieces of `chunkSize`, each with a turn of the event loop and of the thread pool: with its own 16 KiB
   * a batch of ours takes 30 turns, 3 µs a record. So all is to fit in one piece, and the piece is not to be much larger
   * than what is in it, because it lives until the request is acknowledged.
   */
  async #compress(plain: Uint8Array): Promise<Uint8Array> {
    const chunkSize = Math.max(MIN_CHUNK_BYTES, Math.ceil(plain.length * this.#ratio * 1.1));
    const body = await gzipInThreadPool(plain, { level: this.#options.gzipLevel, chunkSize });
    if (plain.length > MIN_CHUNK_BYTES) this.#ratio = body.length / plain.length;
    return body;
  }
}

function assertSome(records: readonly EncodedRecord[]): void {
  if (records.length === 0) throw new ConnectorError("INTERNAL", "a request without records");
}
