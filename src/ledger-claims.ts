// SPDX-License-Identifier: Apache-2.0
/** What the checkpoint store says of the blobs of one resource, one blob after the other: the claims to be proved. */
import type { CheckpointArchive } from "./checkpoint/checkpoint-archive.ts";
import type { ClosedBlob, OpenBlobCheckpoint } from "./checkpoint/checkpoint-store.ts";
import { blobsOfName, lengthOf } from "./checkpoint/ledger-history.ts";
import type { KnownBlob } from "./checkpoint/ledger-history.ts";
import { hourOfBlob } from "./discover/blob-path.ts";
import { totalOf } from "./verify/blob-claim.ts";
import type { BlobClaim } from "./verify/blob-claim.ts";

/** Half-open span of hours, epoch ms. */
export interface HourSpan {
  readonly fromHourMs: number;
  readonly toMs: number;
}

export interface ClaimSource {
  readonly archive: CheckpointArchive;
  readonly account: string;
  readonly container: string;
  readonly span: HourSpan;
}

export function isInSpan(hourMs: number, { fromHourMs, toMs }: HourSpan): boolean {
  return hourMs >= fromHourMs && hourMs < toMs;
}

/**
 * The claims of a resource within the span, closed blobs by name and then open ones. The document is read before the
 * ledger, so that a blob that closes meanwhile is in one of them at least.
 */
export async function* claimsOf(
  source: ClaimSource,
  resourceKey: string,
): AsyncGenerator<BlobClaim> {
  const checkpoint = await source.archive.load(resourceKey);
  const open = new Map((checkpoint?.open ?? []).map((blob) => [blob.name, blob]));
  for await (const entries of byName(source.archive.ledger(resourceKey))) {
    const name = entries[0]?.name ?? "";
    // In both: it was opened again, or it closed since the document was read. The present document tells.
    const now = open.delete(name) ? await source.archive.load(resourceKey) : undefined;
    yield* claimsOfName(
      source,
      entries,
      now?.open.find((blob) => blob.name === name),
    );
  }
  for (const blob of open.values()) yield* claimsOfName(source, [], blob);
}

async function* byName(ledger: AsyncIterable<ClosedBlob>): AsyncGenerator<ClosedBlob[]> {
  let entries: ClosedBlob[] = [];
  for await (const entry of ledger) {
    if (entries.length > 0 && entries[0]?.name !== entry.name) {
      yield entries;
      entries = [];
    }
    entries.push(entry);
  }
  if (entries.length > 0) yield entries;
}

function* claimsOfName(
  source: ClaimSource,
  entries: readonly ClosedBlob[],
  open: OpenBlobCheckpoint | undefined,
): Generator<BlobClaim> {
  for (const known of blobsOfName(entries, open)) {
    // A name without an hour is in every span: no run writes one, so it is worth a look.
    const hourMs = hourOfBlob(known.state.name);
    if (hourMs === undefined || isInSpan(hourMs, source.span)) yield toClaim(source, known, hourMs);
  }
}

function toClaim(
  { account, container }: ClaimSource,
  { state, earlier, standing }: KnownBlob,
  hourMs: number | undefined,
): BlobClaim {
  const { name, createdAtMs, crc32, framing, counts } = state;
  const closed = "length" in state ? state : undefined;
  return {
    blob: { account, container, name, createdAtMs },
    hourMs: hourMs ?? 0,
    lastCreatedAtMs: closed?.lastCreatedAtMs,
    length: lengthOf(state),
    crc32,
    framing,
    counts,
    trailerBytes: closed?.trailerBytes ?? 0,
    marks: earlier
      .filter(({ length }) => length > 0 && length < lengthOf(state))
      .map((entry) => ({
        offset: entry.length,
        crc32: entry.crc32,
        records: totalOf(entry.counts),
        framing: entry.framing,
      })),
    isOpen: closed === undefined,
    isEnded: closed?.isEnded ?? false,
    standing,
  };
}
