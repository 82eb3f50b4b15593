// SPDX-License-Identifier: Apache-2.0
/** Finds a resource's hour blobs from a given hour on, in name order, which is the order of the hours. */
import type { AuditedResource } from "../model.ts";
import type { BlobListing, ListedBlob } from "./blob-listing.ts";
import { hourFolder, hourOfBlob, startsWithYear } from "./blob-path.ts";

export interface HourBlob extends ListedBlob {
  readonly hourMs: number;
}

/**
 * Yields the hour blobs of `fromHourMs` and later. Names that are not hour blobs are passed over; so are earlier hours,
 * which a service without `startFrom` lists as well.
 */
export async function* findHourBlobs(
  listing: BlobListing,
  resource: AuditedResource,
  fromHourMs: number,
  signal: AbortSignal,
): AsyncGenerator<HourBlob> {
  const startFrom = hourFolder(resource.prefix, fromHourMs);
  for await (const blob of listing.blobs(resource.prefix, startFrom, signal)) {
    // A resource below this one has a folder of its own years, and is followed by itself.
    if (!startsWithYear(blob.name.slice(resource.prefix.length))) continue;
    const hourMs = hourOfBlob(blob.name);
    if (hourMs === undefined || hourMs < fromHourMs) continue;
    yield { ...blob, hourMs };
  }
}
