// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps encoded protobuf records in large shared buffers from the moment they are mapped to the moment their batch
 * leaves, and uses a buffer again once every record in it has left. Records that never leave (their batch was dropped)
 * cost their buffer to the garbage collector, nothing else.
 *
 * A record leaves once: joining it a second time is refused, because its bytes may be another record's by then.
 */
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { ConnectorError } from "../errors.ts";
import type { EncodedRecord } from "../model.ts";
import { createBufferPool } from "../runtime/buffer-pool.ts";
import { joinProtobufRecords, writeLogRecord } from "./otlp-protobuf.ts";
import { ProtobufWriter } from "./protobuf-writer.ts";

/** See `OtlpEncoder`, whose half this is. */
export interface ProtobufRecords {
  readonly encodeRecord: (record: ReadableLogRecord) => EncodedRecord;
  readonly join: (
    records: readonly EncodedRecord[],
    allocate?: (bytes: number) => Buffer,
  ) => Uint8Array;
}

/** About a hundred records share a buffer; one record that waits keeps no more than this in memory. */
const SHARED_BYTES = 256 * 1024;
/** Those of one batch: the next one takes them. */
const MAX_FREE = 16;

export function createProtobufRecords(): ProtobufRecords {
  return new SharedBufferRecords();
}

/** An encoded record that can be used up. */
type Consumable = { -readonly [Key in keyof EncodedRecord]: EncodedRecord[Key] };

const USED_UP: Buffer = Buffer.alloc(0);

class SharedBufferRecords implements ProtobufRecords {
  readonly #pool = createBufferPool({ bufferBytes: SHARED_BYTES, maxFree: MAX_FREE });
  readonly #writer = new ProtobufWriter((bytes) => this.#pool.take(bytes));
  /** The buffer that records are written to now, and how many were. */
  #filling = USED_UP;
  #written = 0;
  /** Records that are left in a buffer; those of the one being filled are counted when it is full. */
  readonly #left = new WeakMap<Buffer, number>();

  readonly encodeRecord = (record: ReadableLogRecord): EncodedRecord => {
    const { buffer, from, to } = writeLogRecord(this.#writer, record);
    if (buffer !== this.#filling) this.#beginBuffer(buffer);
    this.#written++;
    const { hrTime, resource, instrumentationScope: scope } = record;
    return { hrTime, resource, scope, buffer, from, to };
  };

  readonly join = (
    records: readonly EncodedRecord[],
    allocate = (bytes: number): Buffer => Buffer.allocUnsafeSlow(bytes),
  ): Uint8Array => {
    if (records.some((record) => record.buffer === USED_UP)) {
      throw new ConnectorError("INTERNAL", "an encoded record is joined twice");
    }
    const request = joinProtobufRecords(records, allocate);
    this.#useUp(records);
    return request;
  };

  #useUp(records: readonly EncodedRecord[]): void {
    let buffer = USED_UP;
    let count = 0;
    for (const record of records as readonly Consumable[]) {
      if (record.buffer !== buffer) {
        this.#leave(buffer, count);
        buffer = record.buffer;
        count = 0;
      }
      count++;
      record.buffer = USED_UP;
    }
    this.#leave(buffer, count);
  }

  #beginBuffer(buffer: Buffer): void {
    const full = this.#filling;
    const written = this.#written;
    this.#filling = buffer;
    this.#written = 0;
    if (full !== USED_UP) this.#leave(full, -written);
  }

  /** Counts records out of a buffer; the last one sets it free. */
  #leave(buffer: Buffer, count: number): void {
    if (buffer === USED_UP) return;
    const left = (this.#left.get(buffer) ?? 0) - count;
    this.#left.set(buffer, left);
    if (left !== 0 || buffer === this.#filling) return;
    this.#left.delete(buffer);
    this.#pool.giveBack(buffer);
  }
}
