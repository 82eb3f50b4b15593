// SPDX-License-Identifier: Apache-2.0
/**
 * Azurite for tests. `sharedAzurite()` is the one that all suites of a run share: it is started at the first call, so
 * a run of unit tests alone costs nothing (see azurite-global-setup.ts). `startAzurite()` is one of your own, to kill.
 */
import { BlobServiceClient } from "@azure/storage-blob";
import type { ContainerClient } from "@azure/storage-blob";
import { randomUUID } from "node:crypto";
import { inject } from "vitest";

import { startEmbeddedEmulator } from "../../src/simulate/embedded-emulator.ts";
import type { EmbeddedEmulator } from "../../src/simulate/embedded-emulator.ts";

export type AzuriteAddress = Omit<EmbeddedEmulator, "close">;

/** A fresh emulator; the caller closes it. */
export async function startAzurite(): Promise<EmbeddedEmulator> {
  return await startEmbeddedEmulator();
}

/** The emulator of the whole run. Use a container of your own in it: `createTestContainer`. */
export async function sharedAzurite(): Promise<AzuriteAddress> {
  const response = await fetch(inject("azuriteStarterUrl"));
  if (!response.ok) throw new Error(`the shared Azurite did not start: ${await response.text()}`);
  return (await response.json()) as AzuriteAddress;
}

/** A container with a name that no other test has, and the few writes that tests make by hand. */
export interface TestContainer {
  readonly name: string;
  readonly client: ContainerClient;
  /** Creates the append blob when there is none, then appends one block. */
  append(blobName: string, content: string | Uint8Array): Promise<void>;
  createAppendBlob(blobName: string): Promise<void>;
  /** Writes a block blob whole. */
  upload(blobName: string, content: string | Uint8Array): Promise<void>;
  remove(blobName: string): Promise<void>;
  read(blobName: string): Promise<Buffer>;
  /** Names of all blobs, in the service's order. */
  blobNames(prefix?: string): Promise<string[]>;
  properties(blobName: string): Promise<BlobFacts>;
}

export interface BlobFacts {
  readonly length: number;
  readonly blockCount: number | undefined;
  readonly contentType: string | undefined;
  readonly type: string | undefined;
  readonly createdAtMs: number | undefined;
}

/** Creates a container in the emulator; it lives as long as the emulator. */
export async function createTestContainer(
  azurite: Pick<AzuriteAddress, "connectionString">,
  name = `test-${randomUUID()}`,
): Promise<TestContainer> {
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString, {
    retryOptions: { maxTries: 1 },
  });
  const client = service.getContainerClient(name);
  await client.createIfNotExists();
  return testContainer(client);
}

/** The same helpers over a client that a test made itself. */
export function testContainer(client: ContainerClient): TestContainer {
  const createAppendBlob = async (blobName: string): Promise<void> => {
    await client.getAppendBlobClient(blobName).createIfNotExists({
      blobHTTPHeaders: { blobContentType: "application/octet-stream" },
    });
  };
  return {
    name: client.containerName,
    client,
    createAppendBlob,
    append: async (blobName, content) => {
      const block = Buffer.from(content);
      await createAppendBlob(blobName);
      await client.getAppendBlobClient(blobName).appendBlock(block, block.length);
    },
    upload: async (blobName, content) => {
      await client.getBlockBlobClient(blobName).uploadData(Buffer.from(content));
    },
    remove: async (blobName) => {
      await client.deleteBlob(blobName);
    },
    read: async (blobName) => await client.getBlobClient(blobName).downloadToBuffer(),
    blobNames: async (prefix) => {
      const names: string[] = [];
      const options = prefix === undefined ? {} : { prefix };
      for await (const blob of client.listBlobsFlat(options)) names.push(blob.name);
      return names;
    },
    properties: async (blobName) => {
      const properties = await client.getBlobClient(blobName).getProperties();
      return {
        length: properties.contentLength ?? 0,
        blockCount: properties.blobCommittedBlockCount,
        contentType: properties.contentType,
        type: properties.blobType,
        createdAtMs: properties.createdOn?.getTime(),
      };
    },
  };
}
