// SPDX-License-Identifier: Apache-2.0
/**
 * One container of Azure Blob Storage as the ports of discovery and reading. Only reads: the role Storage Blob Data
 * Reader suffices. The one place where the SDK's errors become ours is storage-error.ts; retries are the scheduler's.
 */
import type { BlobItem, ContainerClient } from "@azure/storage-blob";
import type { BlobListing, ListedBlob } from "../discover/blob-listing.ts";
import { ConnectorError } from "../errors.ts";
import type { BlobContainer, BlobState, RangeRead } from "../read/blob-container.ts";
import { isStatus, toStorageError } from "./storage-error.ts";

/** An answer that takes longer than this is treated as lost. 4 MiB in a minute is slower than any working link. */
const REQUEST_TIMEOUT_MS = 60_000;

export type StorageReader = BlobListing & BlobContainer;

export interface StorageReaderOptions {
  readonly client: ContainerClient;
  /** Counts the calls by kind. */
  readonly onCall?: ((kind: "list" | "read" | "other") => void) | undefined;
  /** Gives memory of at least so many bytes for what is read. Default: new memory each time. */
  readonly allocate?: (bytes: number) => Buffer;
}

export function createStorageReader(options: StorageReaderOptions): StorageReader {
  return new AzureContainer(options);
}

class AzureContainer implements StorageReader {
  readonly #client: ContainerClient;
  readonly #onCall: (kind: "list" | "read" | "other") => void;
  readonly #allocate: (bytes: number) => Buffer;
  /** Cleared for good when the service refuses the parameter: older service versions do not know it. */
  #knowsStartFrom = true;

  constructor({ client, onCall, allocate }: StorageReaderOptions) {
    this.#client = client;
    this.#onCall = onCall ?? ((): void => undefined);
    this.#allocate = allocate ?? ((bytes): Buffer => Buffer.allocUnsafeSlow(bytes));
  }

  async *folders(prefix: string, signal: AbortSignal): AsyncGenerator<string> {
    const pages = this.#pages(signal, (from, abortSignal) =>
      this.#client.listBlobsByHierarchy("/", { prefix, abortSignal }).byPage(from),
    );
    for await (const page of pages) {
      for (const folder of page.segment.blobPrefixes ?? []) yield folder.name;
    }
  }

  async *blobs(prefix: string, startFrom: string, signal: AbortSignal): AsyncGenerator<ListedBlob> {
    let hasYielded = false;
    try {
      for await (const blob of this.#list(prefix, this.#knowsStartFrom ? startFrom : "", signal)) {
        hasYielded = true;
        yield blob;
      }
    } catch (reason) {
      if (hasYielded || !this.#knowsStartFrom || !isRefusedParameter(reason)) throw reason;
      this.#knowsStartFrom = false;
      yield* this.#list(prefix, "", signal);
    }
  }

  async *#list(prefix: string, startFrom: string, signal: AbortSignal): AsyncGenerator<ListedBlob> {
    const pages = this.#pages(signal, (from, abortSignal) =>
      this.#client
        .listBlobsFlat({ prefix, abortSignal, ...(startFrom !== "" && { startFrom }) })
        .byPage(from),
    );
    for await (const page of pages) {
      for (const item of page.segment.blobItems) yield toListedBlob(item);
    }
  }

  /**
   * Follows every continuation token: a page may be empty and still not be the last. Each page is
   * asked for by itself, so that the time limit holds for a page and not for the whole listing.
   */
  async *#pages<Page extends { continuationToken?: string }>(
    signal: AbortSignal,
    ask: (
      from: { continuationToken?: string },
      abortSignal: AbortSignal,
    ) => AsyncIterableIterator<Page>,
  ): AsyncGenerator<Page> {
    let from: { continuationToken?: string } = {};
    do {
      let page;
      try {
        this.#onCall("list");
        page = await ask(from, withTimeout(signal)).next();
      } catch (reason) {
        throw toStorageError(reason, signal, `listing ${this.#place}`);
      }
      if (page.done === true) return;
      yield page.value;
      const token = page.value.continuationToken ?? "";
      from = token === "" ? {} : { continuationToken: token };
    } while (from.continuationToken !== undefined);
  }

  /** Container and host, without the query that may hold a signature. */
  get #place(): string {
    return `the container ${this.#client.containerName} at ${new URL(this.#client.url).host}`;
  }

  async readRange(
    name: string,
    offset: number,
    length: number,
    signal: AbortSignal,
  ): Promise<RangeRead> {
    try {
      this.#onCall("read");
      const answer = await this.#client
        .getBlobClient(name)
        .download(offset, length, { abortSignal: withTimeout(signal), maxRetryRequests: 0 });
      const range = contentRange(answer.contentRange);
      // Bytes from another place would be taken for records of this one.
      if ((range?.start ?? 0) !== offset) throw new Error("the answer is not of the asked range");
      const state = toState(answer, range?.total ?? answer.contentLength);
      const size = Math.min(length, answer.contentLength ?? 0);
      const bytes = this.#allocate(size).subarray(0, size);
      await collect(answer.readableStreamBody, bytes);
      return { kind: "bytes", bytes, state };
    } catch (reason) {
      if (isStatus(reason, 416)) return { kind: "beyond-end" };
      if (isStatus(reason, 404, "BlobNotFound")) return { kind: "gone" };
      throw toStorageError(reason, signal, `reading ${name} in ${this.#place}`);
    }
  }

  async stat(name: string, signal: AbortSignal): Promise<BlobState | undefined> {
    try {
      this.#onCall("other");
      const answer = await this.#client
        .getBlobClient(name)
        .getProperties({ abortSignal: withTimeout(signal) });
      return toState(answer, answer.contentLength);
    } catch (reason) {
      // The answer to a HEAD has no body; without the container's own code it is about the blob.
      if (isStatus(reason, 404) && !isStatus(reason, 404, "ContainerNotFound")) return undefined;
      throw toStorageError(reason, signal, `looking at ${name} in ${this.#place}`);
    }
  }
}

function withTimeout(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
}

function isRefusedParameter(reason: unknown): boolean {
  return reason instanceof ConnectorError && isStatus(reason.cause, 400);
}

function toListedBlob({ name, properties }: BlobItem): ListedBlob {
  return {
    name,
    length: properties.contentLength ?? 0,
    createdAtMs: properties.createdOn?.getTime() ?? 0,
    lastModifiedMs: properties.lastModified.getTime(),
    isRewritable: properties.blobType === "BlockBlob",
  };
}

/** What the answers of a read and of a look have in common. */
interface StateHeaders {
  readonly createdOn?: Date;
  readonly lastModified?: Date;
  readonly date?: Date;
  readonly blobCommittedBlockCount?: number;
  readonly blobType?: string;
  readonly etag?: string;
}

function toState(answer: StateHeaders, length: number | undefined): BlobState {
  return {
    createdAtMs: answer.createdOn?.getTime() ?? 0,
    lastModifiedMs: answer.lastModified?.getTime() ?? 0,
    length: length ?? 0,
    blockCount: answer.blobCommittedBlockCount,
    isRewritable: answer.blobType === "BlockBlob",
    etag: answer.etag ?? "",
    serviceDateMs: answer.date?.getTime() ?? answer.lastModified?.getTime() ?? 0,
  };
}

/** `bytes 5-99/1234` → from 5, 1234 in all. Undefined for the answer of a whole blob. */
function contentRange(header: string | undefined): { start: number; total: number } | undefined {
  const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(header ?? "");
  return match === null ? undefined : { start: Number(match[1]), total: Number(match[2]) };
}

/** Reads a body whole; one that is shorter or longer than announced is an error, never a short read. */
async function collect(stream: NodeJS.ReadableStream | undefined, into: Buffer): Promise<void> {
  let filled = 0;
  for await (const chunk of stream ?? []) {
    const part = chunk as Uint8Array;
    if (filled + part.length > into.length) throw new Error("the body is longer than announced");
    into.set(part, filled);
    filled += part.length;
  }
  if (filled === into.length) return;
  throw new Error(`the body ended after ${filled} of ${into.length} bytes`);
}
