// SPDX-License-Identifier: Apache-2.0
/**
 * Finds the audited resources of a container by walking its folders with a delimiter, from `resourceId=/` down to the
 * folder that holds years. It never lists blobs, so its cost depends on the number of resources, not on their history.
 */
import type { AuditedResource } from "../model.ts";
import type { BlobListing } from "./blob-listing.ts";
import { isResourceRoot, isYearFolder, parseResource } from "./blob-path.ts";

/** ARM ids have 8 segments, child resources a few more; whatever nests deeper is not a resource log. */
const MAX_DEPTH = 24;

/** Yields every resource, each once, in the order of the container. Storage errors pass through. */
export async function* findResources(
  listing: BlobListing,
  signal: AbortSignal,
): AsyncGenerator<AuditedResource> {
  for await (const root of listing.folders("", signal)) {
    if (isResourceRoot(root)) yield* walk(listing, root, 1, signal);
  }
}

async function* walk(
  listing: BlobListing,
  folder: string,
  depth: number,
  signal: AbortSignal,
): AsyncGenerator<AuditedResource> {
  if (depth > MAX_DEPTH) return;
  let isResource = false;
  for await (const child of listing.folders(folder, signal)) {
    if (isYearFolder(child)) {
      if (!isResource) yield parseResource(folder);
      isResource = true;
    } else {
      yield* walk(listing, child, depth + 1, signal);
    }
  }
}
