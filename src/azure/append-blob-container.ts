// SPDX-License-Identifier: Apache-2.0
/**
 * A container of append blobs as the port of the dead letters. It needs the role Storage Blob Data
 * Contributor there. It repeats nothing: an append whose answer was lost is the caller's to judge.
 */
import type { AppendBlobClient, ContainerClient } from "@azure/storage-blob";
import type { AppendBlobs, AppendBlobState } from "../dead-letter/append-blobs.ts";
import { ConnectorError } from "../errors.ts";
import { isStatus, toStorageError } from "./storage-error.ts";

/** A request that takes longer is treated as lost, as in reading. */
const REQUEST_TIMEOUT_MS = 60_000;

const ROLE_ADVICE =
  "Assign the identity the role Storage Blob Data Contributor on this container (a new assignment " +
  "takes up to ten minutes); a SAS needs read, add, create, write, delete and list.";

export interface AppendBlobContainerOptions {
  /** The client must not retry by itself (`maxTries: 1`). */
  readonly client: ContainerClient;
  /** Lower-case account name, for messages. */
  readonly account: string;
}

export function createAppendBlobContainer(options: AppendBlobContainerOptions): AppendBlobs {
  return new AzureAppendBlobs(options);
}

class AzureAppendBlobs implements AppendBlobs {
  readonly name: string;
  readonly #client: ContainerClient;
  readonly #closing = new AbortController();

  constructor({ client, account }: AppendBlobContainerOptions) {
    this.#client = client;
    this.name = `the container ${client.containerName} of the account ${account}`;
  }

  async ensureContainer(): Promise<void> {
    // Whoever may write here may often not create containers, so it is only tried where it is needed.
    const page = await this.#try("looking for it", (abortSignal) => {
      const pages = this.#client.listBlobsFlat({ abortSignal }).byPage({ maxPageSize: 1 });
      return unless(pages.next(), (reason) => isStatus(reason, 404));
    });
    if (page !== undefined) return;
    try {
      await this.#client.createIfNotExists({ abortSignal: this.#signal() });
    } catch (reason) {
      if (!isStatus(reason, 403)) throw this.#toError(reason, "creating it");
      throw denied(
        `it does not exist and may not be created by us: create it. ${ROLE_ADVICE}`,
        reason,
      );
    }
  }

  async *list(prefix: string): AsyncGenerator<AppendBlobState> {
    let token: string | undefined;
    do {
      const page = await this.#try("listing", (abortSignal) => {
        const from = token === undefined ? {} : { continuationToken: token };
        const pages = this.#client.listBlobsFlat({ prefix, abortSignal }).byPage(from);
        // A container that does not exist yet holds nothing.
        return unless(pages.next(), (reason) => isStatus(reason, 404));
      });
      if (page === undefined || page.done === true) return;
      for (const { name, properties } of page.value.segment.blobItems) {
        yield { name, length: properties.contentLength ?? 0, etag: quoted(properties.etag) };
      }
      token = page.value.continuationToken === "" ? undefined : page.value.continuationToken;
    } while (token !== undefined);
  }

  async create(name: string): Promise<boolean> {
    return await this.#try(`creating ${name}`, async (abortSignal) => {
      const blobHTTPHeaders = { blobContentType: "application/x-ndjson" };
      const options = { abortSignal, blobHTTPHeaders, conditions: { ifNoneMatch: "*" } };
      try {
        await this.#blob(name).create(options);
        return true;
      } catch (reason) {
        if (isStatus(reason, 409, "BlobAlreadyExists")) return false;
        throw reason;
      }
    });
  }

  async append(name: string, block: Uint8Array, position: number): Promise<boolean> {
    return await this.#try(`appending to ${name}`, async (abortSignal) => {
      const body = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
      const options = { abortSignal, conditions: { appendPosition: position } };
      try {
        await this.#blob(name).appendBlock(body, body.length, options);
        return true;
      } catch (reason) {
        if (isStatus(reason, 412) || isStatus(reason, 404, "BlobNotFound")) return false;
        throw reason;
      }
    });
  }

  async read(
    { name }: AppendBlobState,
    offset: number,
    length: number,
  ): Promise<Buffer | undefined> {
    return await this.#try(`reading ${name}`, async (abortSignal) => {
      // What was appended stays as it is, so later appends do no harm here.
      const options = { abortSignal, maxRetryRequests: 0 };
      const asked = this.#blob(name).download(offset, length, options);
      const answer = await unless(asked, (reason) => isStatus(reason, 404, "BlobNotFound"));
      if (answer === undefined) return undefined;
      const chunks: Buffer[] = [];
      for await (const chunk of answer.readableStreamBody ?? []) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    });
  }

  async look(name: string): Promise<AppendBlobState | undefined> {
    return await this.#try(`looking at ${name}`, async (abortSignal) => {
      const asked = this.#blob(name).getProperties({ abortSignal });
      // The answer to a HEAD has no body; without the container's own code it is about the blob.
      const answer = await unless(
        asked,
        (reason) => isStatus(reason, 404) && !isStatus(reason, 404, "ContainerNotFound"),
      );
      return answer && { name, length: answer.contentLength ?? 0, etag: quoted(answer.etag) };
    });
  }

  async remove({ name, etag }: AppendBlobState): Promise<boolean> {
    return await this.#try(`removing ${name}`, async (abortSignal) => {
      try {
        await this.#blob(name).delete({ abortSignal, conditions: { ifMatch: etag } });
        return true;
      } catch (reason) {
        if (isStatus(reason, 404, "BlobNotFound")) return true;
        if (isStatus(reason, 412)) return false;
        throw reason;
      }
    });
  }

  close(): void {
    this.#closing.abort();
  }

  #blob(name: string): AppendBlobClient {
    return this.#client.getAppendBlobClient(name);
  }

  #signal(): AbortSignal {
    return AbortSignal.any([this.#closing.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
  }

  async #try<Result>(
    what: string,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work(this.#signal());
    } catch (reason) {
      throw this.#toError(reason, what);
    }
  }

  /** The advice for reading would name the wrong role, and another reason why the container is missing. */
  #toError(reason: unknown, what: string): ConnectorError {
    if (isStatus(reason, 403, "AuthorizationPermissionMismatch")) {
      return denied(`${what} failed: AuthorizationPermissionMismatch. ${ROLE_ADVICE}`, reason);
    }
    if (isStatus(reason, 404, "ContainerNotFound")) {
      const text = `${what} failed: ContainerNotFound. Somebody deleted it: create it again, or restart`;
      return new ConnectorError("STORAGE_NOT_FOUND", text, { cause: reason, isRetryable: true });
    }
    return toStorageError(reason, this.#closing.signal, what);
  }
}

/** The result; undefined for an error that is an answer. */
async function unless<Result>(
  work: Promise<Result>,
  isAnswer: (reason: unknown) => boolean,
): Promise<Result | undefined> {
  try {
    return await work;
  } catch (reason) {
    if (isAnswer(reason)) return undefined;
    throw reason;
  }
}

function denied(message: string, cause: unknown): ConnectorError {
  return new ConnectorError("STORAGE_DENIED", message, { cause, isRetryable: true });
}

/** Listings give the tag bare, answers give it quoted; conditions want the quotes. */
function quoted(etag: string | undefined): string {
  return etag === undefined || etag.startsWith('"') ? (etag ?? "") : `"${etag}"`;
}
