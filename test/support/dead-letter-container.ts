// SPDX-License-Identifier: Apache-2.0
/** A container for dead letters in the emulator, and a way to break what is asked of it. */
import { randomUUID } from "node:crypto";
import { createAppendBlobContainer } from "../../src/azure/append-blob-container.ts";
import type { AppendBlobs, AppendBlobState } from "../../src/dead-letter/append-blobs.ts";
import { createTestContainer, sharedAzurite } from "./azurite.ts";
import type { TestContainer } from "./azurite.ts";

/** The container itself does not exist yet: opening a sink creates it. */
export async function deadLetterContainer(): Promise<{
  readonly blobs: FaultyBlobs;
  readonly container: TestContainer;
}> {
  const azurite = await sharedAzurite();
  const container = await createTestContainer(azurite, `letters-${randomUUID()}`);
  const { accountName: account } = azurite;
  const blobs = new FaultyBlobs(createAppendBlobContainer({ client: container.client, account }));
  return { blobs, container };
}

/** Passes everything on; the next append can be made to fail, before or after it was done. */
export class FaultyBlobs implements AppendBlobs {
  readonly name: string;
  readonly #blobs: AppendBlobs;
  /** What the next append does: nothing, or its work without an answer. */
  failNext: "before" | "after" | undefined;
  /** Called once before the next removal. */
  beforeRemove: (() => Promise<void>) | undefined;

  constructor(blobs: AppendBlobs) {
    this.#blobs = blobs;
    this.name = blobs.name;
  }

  ensureContainer(): Promise<void> {
    return this.#blobs.ensureContainer();
  }

  list(prefix: string): AsyncIterable<AppendBlobState> {
    return this.#blobs.list(prefix);
  }

  create(name: string): Promise<boolean> {
    return this.#blobs.create(name);
  }

  async append(name: string, block: Uint8Array, position: number): Promise<boolean> {
    const fault = this.failNext;
    this.failNext = undefined;
    if (fault !== "before") {
      const isDone = await this.#blobs.append(name, block, position);
      if (fault === undefined) return isDone;
    }
    throw new Error("the answer was lost");
  }

  read(state: AppendBlobState, offset: number, length: number): Promise<Buffer | undefined> {
    return this.#blobs.read(state, offset, length);
  }

  look(name: string): Promise<AppendBlobState | undefined> {
    return this.#blobs.look(name);
  }

  async remove(state: AppendBlobState): Promise<boolean> {
    const before = this.beforeRemove;
    this.beforeRemove = undefined;
    await before?.();
    return await this.#blobs.remove(state);
  }

  close(): void {
    this.#blobs.close();
  }
}
