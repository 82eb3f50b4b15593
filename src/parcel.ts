// SPDX-License-Identifier: Apache-2.0
/**
 * A batch on its way: the encoded request and what has to be known when the answer comes. The mapped records are let go
 * here, so that a batch that waits for the receiver costs its bytes and not its objects.
 */
import type { EncodedRequest } from "./export/exporter.ts";
import type {
  Batch,
  BlobIdentity,
  DeadLetter,
  EncodedRecord,
  RawRecord,
  Segment,
} from "./model.ts";

/** A record without its mapped form. */
interface Original {
  readonly uid: string;
  readonly raw: RawRecord;
  readonly blob: BlobIdentity;
}

export interface Parcel {
  readonly resourceKeys: readonly string[];
  /** Undefined when the batch holds dead letters only. */
  readonly request: Promise<EncodedRequest> | undefined;
  readonly originals: readonly Original[];
  readonly deadLetters: readonly DeadLetter[];
  readonly segments: readonly Segment[];
  /** Time of the newest record, epoch ms. */
  readonly newestRecordMs: number | undefined;
}

export function toParcel(
  { resourceKeys, records, deadLetters, segments }: Batch,
  encode: (records: readonly EncodedRecord[]) => Promise<EncodedRequest>,
): Parcel {
  const request = records.length === 0 ? undefined : encode(records.map((r) => r.logRecord));
  // Whoever sends the parcel reports the rejection; until then it must not count as unhandled.
  request?.catch(() => undefined);
  let newestRecordMs: number | undefined;
  const originals = records.map(({ uid, raw, blob, logRecord }) => {
    const timeMs = logRecord.hrTime[0] * 1000;
    newestRecordMs = Math.max(newestRecordMs ?? timeMs, timeMs);
    return { uid, raw, blob };
  });
  return { resourceKeys, request, originals, deadLetters, segments, newestRecordMs };
}

/**
 * The batch's originals as dead letters: the receiver rejected some of them without naming them, OTLP forbids to send
 * them again, so all of them are kept (promise D1: "uncertain").
 */
export function asUncertain(parcel: Parcel, message: string): DeadLetter[] {
  return parcel.originals.map(({ uid, raw, blob }) => ({
    reason: "partial-success",
    detail: message,
    uid,
    blob,
    range: { start: raw.offset, end: raw.offset + raw.length },
    bytes: raw.buffer.subarray(raw.from, raw.to),
  }));
}
