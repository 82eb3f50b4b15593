// SPDX-License-Identifier: Apache-2.0
/**
 * Adapter: appends blocks to append blobs of a container, for the simulator. It creates what is missing and repeats
 * nothing: a repeated append after a lost answer would write the block twice.
 */
import type { AppendBlobClient, ContainerClient } from "@azure/storage-blob";

import type { AppendBlobStore } from "../simulate/append-blob-store.ts";
import { toStorageError } from "./storage-error.ts";

/** As diagnostic settings label their blobs; readers must not filter by it. */
const CONTENT_TYPE = "application/octet-stream";

/** A request that takes longer is treated as lost, as in reading. */
const REQUEST_TIMEOUT_MS = 60_000;

/** The client must not retry by itself (`maxTries: 1`). */
export function createAppendBlobStore(container: ContainerClient): AppendBlobStore {
  const known = new Set<string>();
  return {
    ensureContainer: async (signal) => {
      try {
        await container.createIfNotExists({ abortSignal: bounded(signal) });
      } catch (error) {
        throw toStorageError(error, signal, `creating container ${container.containerName}`);
      }
    },
    appendBlock: async (name, block, signal) => {
      try {
        await append(container.getAppendBlobClient(name), block, !known.has(name), bounded(signal));
        known.add(name);
      } catch (error) {
        throw toStorageError(error, signal, `appending to ${name}`);
      }
    },
  };
}

async function append(
  blob: AppendBlobClient,
  block: Buffer,
  isNew: boolean,
  abortSignal: AbortSignal,
): Promise<void> {
  if (isNew) {
    const blobHTTPHeaders = { blobContentType: CONTENT_TYPE };
    await blob.createIfNotExists({ abortSignal, blobHTTPHeaders });
  }
  await blob.appendBlock(block, block.length, { abortSignal });
}

function bounded(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
}
