// SPDX-License-Identifier: Apache-2.0
/**
 * Port: the little of a container that keeping dead letters in append blobs needs. Its adapter is
 * src/azure/append-blob-container.ts. Errors are ConnectorErrors with STORAGE codes.
 */

export interface AppendBlobState {
  readonly name: string;
  readonly length: number;
  /** Changes with every append. */
  readonly etag: string;
}

export interface AppendBlobs {
  /** Account and container, for messages. */
  readonly name: string;
  /** Creates the container unless it exists. */
  ensureContainer(): Promise<void>;
  /** By name. */
  list(prefix: string): AsyncIterable<AppendBlobState>;
  /** False when the name is taken. */
  create(name: string): Promise<boolean>;
  /**
   * Appends one block of at most 4 MiB at `position`; false when the blob does not end there, or is
   * gone. After an error, the block may or may not have been appended.
   */
  append(name: string, block: Uint8Array, position: number): Promise<boolean>;
  /** At most `length` bytes from `offset`; undefined when the blob is gone or is not that one any more. STORAGE_NOT_FOUND when there is no container. */
  read(state: AppendBlobState, offset: number, length: number): Promise<Buffer | undefined>;
  look(name: string): Promise<AppendBlobState | undefined>;
  /** False when it is not in that state any more. One that is gone is removed. */
  remove(state: AppendBlobState): Promise<boolean>;
  /** Breaks off what is under way. */
  close(): void;
}
