// SPDX-License-Identifier: Apache-2.0
/** Port: what discovery asks of a container. */

/** One blob as a listing shows it. */
export interface ListedBlob {
  readonly name: string;
  readonly createdAtMs: number;
  readonly lastModifiedMs: number;
  readonly length: number;
  /** True for a block blob, which grows by being written again whole. */
  readonly isRewritable: boolean;
}

export interface BlobListing {
  /**
   * Names one level below `prefix`, each with the final slash (`""` is the root). An empty page with a continuation
   * token is followed. Throws a storage error; CANCELLED when the signal aborts.
   */
  folders(prefix: string, signal: AbortSignal): AsyncIterable<string>;
  /**
   * Blobs below `prefix` in name order, from `startFrom` (a whole blob name or the beginning of one; inclusive) where
   * the service can; a service that cannot begins earlier, so callers compare names themselves.
   */
  blobs(prefix: string, startFrom: string, signal: AbortSignal): AsyncIterable<ListedBlob>;
}
