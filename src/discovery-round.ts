// SPDX-License-Identifier: Apache-2.0
/**
 * The discovering half of a round: brings a resource's progress up to date with what the container holds now.
 *
 * - A listing from the floor hour on shows new blobs and new lengths. It opens at most `maxOpenBlobs` at once, so that a
 *   backlog of years costs neither memory nor a large checkpoint: the rest is listed when those are settled.
 * - A sweep looks behind the floor. Nothing is ever given up by the clock: a closed blob that grew, or one that appeared
 *   in an hour long settled, is opened again.
 */
import type { AuditedResource } from "./model.ts";
import type { CheckpointStore, ClosedBlob } from "./checkpoint/checkpoint-store.ts";
import type { OpenBlob } from "./checkpoint/open-blob.ts";
import type { ResourceProgress } from "./checkpoint/resource-progress.ts";
import type { BlobListing } from "./discover/blob-listing.ts";
import { findHourBlobs } from "./discover/blob-finder.ts";
import type { HourBlob } from "./discover/blob-finder.ts";
import { hourBlobName } from "./discover/blob-path.ts";
import { isListingDue, planRound } from "./discover/poll-plan.ts";
import type { BlobContainer } from "./read/blob-container.ts";
import type { Clock } from "./runtime/clock.ts";
import type { ConnectorEvents } from "./telemetry/events.ts";

/** Enough for every blob that can be open at once (`closeAfter` is hours), with room for a backlog. */
const MAX_OPEN_BLOBS = 64;
/** Names asked of the ledger in one go. */
const LEDGER_PAGE = 200;

const DAY_MS = 24 * 3_600_000;
const WEEK_MS = 7 * DAY_MS;

export interface DiscoveryParts {
  readonly listing: BlobListing;
  readonly container: BlobContainer;
  readonly store: Pick<CheckpointStore, "findClosed">;
  readonly clock: Clock;
  readonly events: Pick<ConnectorEvents, "blobChanged">;
  readonly settings: DiscoverySettings;
}

export interface DiscoverySettings {
  readonly listIntervalMs: number;
  /** How far behind the floor the daily sweep looks. */
  readonly reopenWindowMs: number;
  /** Where delivery began: the weekly sweep looks this far. */
  readonly startHourMs: number;
  /** False lists once and reads what that showed (`once`). */
  readonly isPolling: boolean;
}

/** One look around for a resource: returns the blobs to read, oldest hour first. */
export async function discoverRound(
  parts: DiscoveryParts,
  resource: AuditedResource,
  progress: ResourceProgress,
  signal: AbortSignal,
): Promise<readonly OpenBlob[]> {
  const { clock, settings, listing, container } = parts;
  const nowMs = clock.monotonicNow();
  const time = { serviceMs: progress.serviceNow(clock), monotonicMs: nowMs };
  const interval = settings.isPolling ? settings.listIntervalMs : Infinity;
  const hasRoom = progress.hasUnlisted && countInOrder(progress) < MAX_OPEN_BLOBS;
  if (hasRoom || isListingDue(progress.lastListedAtMs, nowMs, interval)) {
    await listOpenHours(listing, resource, progress, signal);
    progress.lastListedAtMs = nowMs;
  }
  await sweepWhenDue(parts, resource, progress, signal);
  const plan = planRound(progress.openBlobs(), time, settings.isPolling);
  // With older hours waiting for room, nobody is in a hurry for the newest.
  if (plan.guessHourMs === undefined || progress.hasUnlisted) return plan.read;
  if (!(await openGuessed(container, progress, plan.guessHourMs, signal))) return plan.read;
  // An hour between that nobody has listed yet comes first, and must not fall behind the floor.
  await listOpenHours(listing, resource, progress, signal);
  progress.lastListedAtMs = nowMs;
  return planRound(progress.openBlobs(), time, settings.isPolling).read;
}

/** Open blobs of the hours that listings cover; re-opened ones take no room from them. */
function countInOrder(progress: ResourceProgress): number {
  return progress.openBlobs().filter((blob) => !blob.isReopened).length;
}

/** Lists the hours from the floor on and opens what is new. */
async function listOpenHours(
  listing: BlobListing,
  resource: AuditedResource,
  progress: ResourceProgress,
  signal: AbortSignal,
): Promise<void> {
  const listed = new Set<string>();
  let lastName: string | undefined;
  const isKnown = new Set(progress.openBlobs().map((blob) => blob.identity.name));
  let opened = countInOrder(progress);
  let hasUnlisted = false;
  for await (const blob of findHourBlobs(listing, resource, progress.floorHourMs, signal)) {
    if (!isKnown.has(blob.name) && opened >= MAX_OPEN_BLOBS) {
      hasUnlisted = true;
      break;
    }
    if (!isKnown.has(blob.name)) opened++;
    progress.adopt(blob);
    listed.add(blob.name);
    lastName = blob.name;
  }
  // Only now: a listing that failed on its way must not make a backlog look finished.
  progress.hasUnlisted = hasUnlisted;
  progress.markUnlisted(listed, hasUnlisted ? (lastName ?? "") : undefined);
}

/** Opens the blob of an hour if it exists already, although no listing has shown it. */
async function openGuessed(
  container: BlobContainer,
  progress: ResourceProgress,
  hourMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const name = hourBlobName(progress.resourceKey, hourMs);
  const state = await container.stat(name, signal);
  if (state !== undefined) progress.adopt({ name, hourMs, ...state });
  return state !== undefined;
}

/** Daily over the last days, weekly (and when a resource is first loaded) from the start. */
async function sweepWhenDue(
  parts: DiscoveryParts,
  resource: AuditedResource,
  progress: ResourceProgress,
  signal: AbortSignal,
): Promise<void> {
  const nowMs = parts.clock.monotonicNow();
  const { startHourMs, reopenWindowMs } = parts.settings;
  const isWeekly = nowMs - (progress.lastFullSweepAtMs ?? -Infinity) >= WEEK_MS;
  const isDaily = nowMs - (progress.lastSweepAtMs ?? -Infinity) >= DAY_MS;
  if (!isWeekly && !isDaily) return;
  const windowMs = progress.floorHourMs - reopenWindowMs;
  const fromHourMs = isWeekly ? startHourMs : Math.max(startHourMs, windowMs);
  if (fromHourMs < progress.floorHourMs)
    await sweep(parts, resource, progress, { fromHourMs, signal });
  progress.lastSweepAtMs = nowMs;
  if (isWeekly) progress.lastFullSweepAtMs = nowMs;
}

/** Compares the blobs behind the floor with the ledger, a page at a time. */
async function sweep(
  parts: DiscoveryParts,
  resource: AuditedResource,
  progress: ResourceProgress,
  { fromHourMs, signal }: { fromHourMs: number; signal: AbortSignal },
): Promise<void> {
  const floorHourMs = progress.floorHourMs;
  const open = new Set(progress.openBlobs().map((blob) => blob.identity.name));
  let page: HourBlob[] = [];
  for await (const blob of findHourBlobs(parts.listing, resource, fromHourMs, signal)) {
    if (blob.hourMs >= floorHourMs) break;
    if (open.has(blob.name)) progress.adopt(blob);
    else page.push(blob);
    if (page.length < LEDGER_PAGE) continue;
    await reopenChanged(parts, progress, page);
    page = [];
  }
  await reopenChanged(parts, progress, page);
}

async function reopenChanged(
  { store, events }: DiscoveryParts,
  progress: ResourceProgress,
  page: readonly HourBlob[],
): Promise<void> {
  const names = page.map((blob) => blob.name);
  // Entries on their way to the ledger count: a slow save must not make a blob look unread.
  const { closed: unsaved } = progress.snapshot();
  const saved = await store.findClosed(progress.resourceKey, names);
  const ledger = new Map([...saved, ...unsaved].map((entry) => [entry.name, entry]));
  for (const found of page) {
    const closed = ledger.get(found.name);
    const isSame = closed !== undefined && isPerhapsSame(found, closed);
    if (closed !== undefined && isUnchanged(found, closed)) continue;
    const { identity } = progress.reopen(found, isSame ? closed : undefined);
    const settledBytes = isSame ? closed.length : 0;
    events.blobChanged({ change: "reopened", blob: identity, settledBytes, lostBytes: 0 });
  }
}

/**
 * Another creation time is another blob, to be read from its first byte. But a block blob has another one each time it is
 * written again: the read tells by its bytes whether it is still the same.
 */
function isPerhapsSame(found: HourBlob, closed: ClosedBlob): boolean {
  if (!found.isRewritable) return closed.createdAtMs === found.createdAtMs;
  return !closed.isEnded && closed.length > 0;
}

function isUnchanged(found: HourBlob, closed: ClosedBlob): boolean {
  // What came after a block blob that ended was never read.
  if (found.isRewritable && closed.isEnded) return false;
  const createdAtMs = found.isRewritable ? closed.lastCreatedAtMs : closed.createdAtMs;
  return found.createdAtMs === createdAtMs && found.length <= closed.length + closed.trailerBytes;
}
