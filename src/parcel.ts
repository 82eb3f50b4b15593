// SPDX-License-Identifier: Apache-2.0
/**
 * A batch on its way: the encoded request and what has to be known when the answer comes. The mapped records are let go
 * here, so that a batch that waits for the receiver costs its bytes and not its objects.
 */
import type { EncodedRequest } from "./export/exporter.ts";
import { seamsOf } from "./export/pieces.ts";
import type { Piece } from "./export/pieces.ts";
import type {
  Batch,
  DeadLetter,
  DeadLetterReason,
  EncodedRecord,
  RawRecord,
  ReceiverWord,
  RecordOrigin,
  Segment,
} from "./model.ts";

/** A record without its mapped form, which can be made again. */
export interface Original {
  readonly uid: string;
  readonly raw: RawRecord;
  readonly origin: RecordOrigin;
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
  const originals = records.map(({ uid, raw, origin, logRecord }) => {
    const timeMs = logRecord.hrTime[0] * 1000;
    newestRecordMs = Math.max(newestRecordMs ?? timeMs, timeMs);
    return { uid, raw, origin };
  });
  return { resourceKeys, request, originals, deadLetters, segments, newestRecordMs };
}

/** What has to be known of a parcel once it is on its way. */
export type SentParcel = Pick<Parcel, "resourceKeys" | "originals">;

/** Why records that were sent are kept. */
export interface DeadLetterCause {
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly receiver: ReceiverWord;
}

/** Where records of another resource begin. */
export function seamsBetweenResources({ resourceKeys, originals }: SentParcel): number[] {
  if (resourceKeys.length < 2) return [];
  return seamsOf(originals.map(({ origin }) => origin.resource.prefix));
}

/**
 * Originals of a parcel as dead letters, one a record: each is found by its own uid, shows once after a crash, and can
 * be replayed by itself.
 */
export function asDeadLetters(
  { originals }: SentParcel,
  { from, to }: Piece,
  why: DeadLetterCause,
): DeadLetter[] {
  return originals.slice(from, to).map(({ uid, raw, origin }) => ({
    ...why,
    uid,
    blob: origin.blob,
    range: { start: raw.offset, end: raw.offset + raw.length },
    bytes: raw.buffer.subarray(raw.from, raw.to),
  }));
}
