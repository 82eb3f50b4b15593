// SPDX-License-Identifier: Apache-2.0
/** Port: the little of a storage account that writing audit blobs needs. Its adapter is src/azure/append-blob-writer.ts. */

export interface AppendBlobStore {
  /** Creates the container unless it exists. Throws a storage error. */
  ensureContainer(signal: AbortSignal): Promise<void>;
  /**
   * Appends one block, at most 4 MiB, as a whole, to a blob that is created first when there is none. Throws a storage
   * error; then the block may or may not have been appended, because an answer can be lost.
   */
  appendBlock(name: string, block: Buffer, signal: AbortSignal): Promise<void>;
}
