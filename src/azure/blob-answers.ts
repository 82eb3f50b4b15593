// SPDX-License-Identifier: Apache-2.0
/** What the service says of a blob, in the words of our ports; and the body of an answer, whole or not at all. */
import type { BlobItem } from "@azure/storage-blob";
import type { ListedBlob } from "../discover/blob-listing.ts";
import type { BlobState } from "../read/blob-container.ts";

export function toListedBlob({ name, properties }: BlobItem): ListedBlob {
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

export function toState(answer: StateHeaders, length: number | undefined): BlobState {
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
export function contentRange(
  header: string | undefined,
): { start: number; total: number } | undefined {
  const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(header ?? "");
  return match === null ? undefined : { start: Number(match[1]), total: Number(match[2]) };
}

/** Reads a body whole; one that is shorter or longer than announced is an error, never a short read. */
export async function collect(
  stream: NodeJS.ReadableStream | undefined,
  into: Buffer,
): Promise<void> {
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
