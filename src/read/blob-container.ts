// SPDX-License-Identifier: Apache-2.0
/** Port: reading ranges of blobs. */

/** A blob's state as one answer of the service shows it. */
export interface BlobState {
  readonly createdAtMs: number;
  readonly lastModifiedMs: number;
  readonly length: number;
  /** Committed block count of an append blob; undefined for other types. */
  readonly blockCount: number | undefined;
  /** True for a blob that grows by being written again whole: a block blob. An append blob only ever grows. */
  readonly isRewritable: boolean;
  /** Names this version of the blob: answers with the same one are of the same bytes. */
  readonly etag: string;
  /** The service's own clock (`Date` header), so that ages do not depend on ours. */
  readonly serviceDateMs: number;
}

export type RangeRead =
  /** The bytes that exist of the asked range, at most `length`. */
  | { readonly kind: "bytes"; readonly bytes: Buffer; readonly state: BlobState }
  /** 416: the blob ends before `offset`. */
  | { readonly kind: "beyond-end" }
  /** 404: no such blob. */
  | { readonly kind: "gone" };

export interface BlobContainer {
  /** Reads `[offset, offset + length)` of a blob, whole. Throws a storage error; CANCELLED when the signal aborts. */
  readRange(name: string, offset: number, length: number, signal: AbortSignal): Promise<RangeRead>;
  /** The blob's state, or undefined when there is no such blob. */
  stat(name: string, signal: AbortSignal): Promise<BlobState | undefined>;
}
