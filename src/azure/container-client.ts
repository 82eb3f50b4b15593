// SPDX-License-Identifier: Apache-2.0
/**
 * One container of Azure Blob Storage as the ports of discovery and reading. Only reads: the role Storage Blob Data
 * Reader suffices. The one place where the SDK's errors become ours is storage-error.ts; retries are the scheduler's.
 */
import type { ContainerClient } from "@azure/storage-blob";
import type { BlobListing, ListedBlob } from "../discover/blob-listing.ts";
import { ConnectorError, cancelled } from "../errors.ts";
import { startDeadline } from "../runtime/attempt-deadline.ts";
import type { BlobContainer, BlobState, RangeRead } from "../read/blob-container.ts";
import { systemClock } from "../runtime/clock.ts";
import type { Clock } from "../runtime/clock.ts";
import type { ConnectorEvents } from "../telemetry/events.ts";
import { collect, contentRange, toListedBlob, toState } from "./blob-answers.ts";
import { createContainerClientFrom } from "./credentials.ts";
import type { ContainerLocation } from "./credentials.ts";
import { sasExpiryMs } from "./sas-expiry.ts";
import { createServiceWatch } from "./service-watch.ts";
import type { ServiceWatch } from "./service-watch.ts";
import { isStatus, serviceDateMs, toStorageError } from "./storage-error.ts";

/** An answer that takes longer than this is treated as lost. 4 MiB in a minute is slower than any working link. */
const REQUEST_TIMEOUT_MS = 60_000;

const UNWATCHED = { clockSkewed: (): void => undefined, accessExpires: (): void => undefined };

export type StorageReader = BlobListing & BlobContainer;

export interface StorageReaderOptions {
  readonly client: ContainerClient;
  /** Counts the calls by kind. */
  readonly onCall?: ((kind: "list" | "read" | "other") => void) | undefined;
  /** Gives memory of at least so many bytes for what is read. Default: new memory each time. */
  readonly allocate?: (bytes: number) => Buffer;
  /** Tells the time that the service's is compared with. */
  readonly clock?: Pick<Clock, "now">;
  /** Told of a clock that goes wrong and of access that is about to end. */
  readonly events?: Pick<ConnectorEvents, "clockSkewed" | "accessExpires">;
  /** Limit of one request, in real time: network time is. */
  readonly requestTimeoutMs?: number;
}

/** Opens the container with the configured way of access. */
export async function openStorageReader(
  location: ContainerLocation,
  options: Omit<StorageReaderOptions, "client">,
): Promise<StorageReader> {
  return createStorageReader({ ...options, client: await createContainerClientFrom(location) });
}

export function createStorageReader(options: StorageReaderOptions): StorageReader {
  return new AzureContainer(options);
}

class AzureContainer implements StorageReader {
  readonly #client: ContainerClient;
  readonly #onCall: (kind: "list" | "read" | "other") => void;
  readonly #allocate: (bytes: number) => Buffer;
  readonly #clock: Pick<Clock, "now">;
  readonly #requestTimeoutMs: number;
  readonly #sasExpiresAtMs: number | undefined;
  readonly #watch: ServiceWatch;
  /** Cleared for good when the service refuses the parameter: older service versions do not know it. */
  #knowsStartFrom = true;

  constructor(options: StorageReaderOptions) {
    const { client, clock = systemClock, events = UNWATCHED } = options;
    this.#client = client;
    this.#onCall = options.onCall ?? ((): void => undefined);
    this.#allocate = options.allocate ?? ((bytes): Buffer => Buffer.allocUnsafeSlow(bytes));
    this.#clock = clock;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    const sasExpiresAtMs = (this.#sasExpiresAtMs = sasExpiryMs(client.url));
    this.#watch = createServiceWatch({ clock, events, sasExpiresAtMs });
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
  async *#pages<Page extends { continuationToken?: string; date?: Date }>(
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
        page = await this.#within(signal, (limited) => ask(from, limited).next());
      } catch (reason) {
        throw this.#failed(reason, signal, `listing ${this.#place}`);
      }
      if (page.done === true) return;
      this.#watch.sawAnswer(page.value.date?.getTime());
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
      return await this.#within(signal, (limited) => this.#download(name, offset, length, limited));
    } catch (reason) {
      if (isStatus(reason, 416)) return { kind: "beyond-end" };
      if (isStatus(reason, 404, "BlobNotFound")) return { kind: "gone" };
      throw this.#failed(reason, signal, `reading ${name} in ${this.#place}`);
    }
  }

  async #download(
    name: string,
    offset: number,
    length: number,
    abortSignal: AbortSignal,
  ): Promise<RangeRead> {
    const answer = await this.#client
      .getBlobClient(name)
      .download(offset, length, { abortSignal, maxRetryRequests: 0 });
    this.#watch.sawAnswer(answer.date?.getTime());
    const range = contentRange(answer.contentRange);
    // Bytes from another place would be taken for records of this one.
    if ((range?.start ?? 0) !== offset) throw new Error("the answer is not of the asked range");
    const state = toState(answer, range?.total ?? answer.contentLength);
    const size = Math.min(length, answer.contentLength ?? 0);
    const bytes = this.#allocate(size).subarray(0, size);
    await collect(answer.readableStreamBody, bytes);
    return { kind: "bytes", bytes, state };
  }

  async stat(name: string, signal: AbortSignal): Promise<BlobState | undefined> {
    try {
      this.#onCall("other");
      const blob = this.#client.getBlobClient(name);
      const answer = await this.#within(signal, (abortSignal) =>
        blob.getProperties({ abortSignal }),
      );
      this.#watch.sawAnswer(answer.date?.getTime());
      return toState(answer, answer.contentLength);
    } catch (reason) {
      // The answer to a HEAD has no body; without the container's own code it is about the blob.
      if (isStatus(reason, 404) && !isStatus(reason, 404, "ContainerNotFound")) return undefined;
      throw this.#failed(reason, signal, `looking at ${name} in ${this.#place}`);
    }
  }

  /** A race, because not everything that a request waits for heeds a signal: a token, a name's address. */
  async #within<T>(signal: AbortSignal, ask: (limited: AbortSignal) => Promise<T>): Promise<T> {
    if (signal.aborted) throw cancelled(signal);
    const deadline = startDeadline(this.#requestTimeoutMs, signal);
    try {
      return await Promise.race([ask(deadline.signal), deadline.passed]);
    } finally {
      deadline.clear();
    }
  }

  #failed(reason: unknown, signal: AbortSignal, what: string): ConnectorError {
    this.#watch.sawAnswer(serviceDateMs(reason));
    const facts = { nowMs: this.#clock.now(), sasExpiresAtMs: this.#sasExpiresAtMs };
    return toStorageError(reason, signal, what, facts);
  }
}

function isRefusedParameter(reason: unknown): boolean {
  return reason instanceof ConnectorError && isStatus(reason.cause, 400);
}
