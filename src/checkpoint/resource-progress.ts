// SPDX-License-Identifier: Apache-2.0
/**
 * How far one resource has come: its open blobs, what was read and what is settled of each, and which blobs are done.
 *
 * Two positions a blob, never mixed: `readTo` is where the next read begins (memory only), `tracker.settled()` is the
 * cursor that becomes the checkpoint. A blob closes when a newer hour exists, every byte of it is settled and it has
 * been still for a while; hours close in order, so "everything before the floor is settled" holds at any moment. A
 * closed blob that grew again is re-opened below the floor and closes by itself.
 */
import type { Clock } from "../runtime/clock.ts";
import { createOpenBlob, isSettled, toClosed, toOpenCheckpoint } from "./open-blob.ts";
import type { FoundBlob, OpenBlob, SettledBlob } from "./open-blob.ts";
import type {
  CheckpointVersion,
  ClosedBlob,
  LoadedCheckpoint,
  OpenBlobCheckpoint,
  ResourceCheckpoint,
} from "./checkpoint-store.ts";

export interface ResourceProgressOptions {
  readonly account: string;
  readonly container: string;
  readonly resourceKey: string;
  /** Where a resource begins that the store does not know. */
  readonly startHourMs: number;
  readonly loaded: LoadedCheckpoint | undefined;
  /** Hour in a blob's name; undefined when it has none. */
  readonly hourOf: (name: string) => number | undefined;
  /** Called once a save of this resource met another writer's version. */
  readonly onConflict: () => void;
}

const HOUR_MS = 3_600_000;

export class ResourceProgress {
  readonly resourceKey: string;
  readonly #options: ResourceProgressOptions;
  readonly #open = new Map<string, OpenBlob>();
  #floorHourMs: number;
  #version: CheckpointVersion | undefined;
  #unsavedClosed: ClosedBlob[] = [];
  /** Discovery's notes: when this resource was last listed and swept, by the monotonic clock. */
  lastListedAtMs: number | undefined;
  lastSweepAtMs: number | undefined;
  lastFullSweepAtMs: number | undefined;
  /** True when the last listing stopped early because enough blobs were open. */
  hasUnlisted = false;

  constructor(options: ResourceProgressOptions) {
    this.#options = options;
    this.resourceKey = options.resourceKey;
    this.#floorHourMs = options.loaded?.checkpoint.floorHourMs ?? options.startHourMs;
    this.#version = options.loaded?.version;
    for (const saved of options.loaded?.checkpoint.open ?? []) this.#restore(saved);
  }

  /** The hour from which listings begin. */
  get floorHourMs(): number {
    return this.#floorHourMs;
  }

  /** Version for the next save. */
  get version(): CheckpointVersion | undefined {
    return this.#version;
  }

  /** Open blobs, oldest hour first. */
  openBlobs(): OpenBlob[] {
    return [...this.#open.values()].sort(
      (a, b) => a.hourMs - b.hourMs || (a.identity.name < b.identity.name ? -1 : 1),
    );
  }

  /**
   * The service's time, epoch ms: blobs are stamped by it, so hours turn and blobs are still by it, and a clock of ours
   * that is wrong by days changes nothing. Ours stands in until the first read. Whole milliseconds, as the ledger keeps
   * them; the monotonic clock has fractions.
   */
  serviceNow(clock: Pick<Clock, "now" | "monotonicNow">): number {
    const ahead = [...this.#open.values()].flatMap(({ serviceAheadMs }) => serviceAheadMs ?? []);
    return ahead.length === 0 ? clock.now() : Math.round(clock.monotonicNow() + Math.max(...ahead));
  }

  /** True when another look may find work at once; an ended blob may hide a successor. */
  get hasMore(): boolean {
    const isOwed = (b: OpenBlob): boolean =>
      b.isEnded || b.isSuspect || b.knownLength > b.seenLength;
    const isToBeListed = this.hasUnlisted || this.lastListedAtMs === undefined;
    return isToBeListed || this.openBlobs().some(isOwed);
  }

  /** Notes what discovery found: a new blob is opened at its first byte, a known one may have grown. */
  adopt(found: FoundBlob): OpenBlob {
    const known = this.#open.get(found.name);
    if (known === undefined) return this.#openAt(found, undefined);
    known.knownLength = Math.max(known.knownLength, found.length);
    if (found.createdAtMs === known.lastCreatedAtMs) {
      known.ownLength = Math.max(known.ownLength, found.length);
    }
    known.lastModifiedMs = Math.max(known.lastModifiedMs, found.lastModifiedMs);
    // Another creation time or a shorter blob: let the read find out, it alone can say what happened.
    known.isSuspect = found.createdAtMs !== known.lastCreatedAtMs || found.length < known.readTo;
    return known;
  }

  /** Opens a closed blob again behind what the ledger says is settled. */
  reopen(found: FoundBlob, closed: ClosedBlob | undefined): OpenBlob {
    return this.#openAt(found, closed && { ...closed, offset: closed.length });
  }

  /** Marks open blobs that a complete listing of their hours did not show. */
  markUnlisted(listed: ReadonlySet<string>, upToName: string | undefined): void {
    for (const [name, blob] of this.#open) {
      const isCovered =
        blob.hourMs >= this.#floorHourMs && !(upToName !== undefined && name > upToName);
      if (isCovered && !listed.has(name)) blob.isSuspect = true;
    }
  }

  /**
   * Closes what is settled, still and followed by a newer hour, and retires ended blobs whose records are settled.
   * Returns the blobs that left.
   */
  closeSettled(nowMs: number, closeAfterMs: number): OpenBlob[] {
    const blobs = this.openBlobs();
    const newestHourMs = blobs.at(-1)?.hourMs ?? 0;
    const isDone = (blob: OpenBlob): boolean =>
      isSettled(blob) &&
      (blob.isEnded ||
        (blob.hourMs < newestHourMs &&
          !blob.isSuspect &&
          blob.readTo + blob.trailerBytes >= blob.knownLength &&
          this.#isStill(blob, nowMs - closeAfterMs)));
    const firstUndone = blobs.find((blob) => !blob.isReopened && !isDone(blob));
    // The blob of a young hour may be still to come: the floor stays behind it, so that a listing
    // and not only a sweep finds it.
    const youngHourMs = Math.floor((nowMs - closeAfterMs) / HOUR_MS) * HOUR_MS;
    const floorHourMs = Math.min(firstUndone?.hourMs ?? -Infinity, youngHourMs);
    const leaving = blobs.filter(
      (blob) => isDone(blob) && (blob.isEnded || blob.isReopened || blob.hourMs < floorHourMs),
    );
    for (const blob of leaving) this.#retire(blob, nowMs);
    this.#floorHourMs = Math.max(this.#floorHourMs, floorHourMs);
    return leaving;
  }

  /**
   * Not written to since then. While a backlog waits for room, an hour that ended before counts as still: a container
   * that was copied has nothing but young blobs, and the sweep would find what grows yet.
   */
  #isStill(blob: OpenBlob, sinceMs: number): boolean {
    return blob.lastModifiedMs <= sinceMs || (this.hasUnlisted && blob.hourMs + HOUR_MS <= sinceMs);
  }

  /** What the next save writes. */
  snapshot(): { checkpoint: ResourceCheckpoint; closed: readonly ClosedBlob[] } {
    const open = this.openBlobs().map(toOpenCheckpoint);
    return { checkpoint: { floorHourMs: this.#floorHourMs, open }, closed: this.#unsavedClosed };
  }

  /** Takes the version of a save that succeeded, with the ledger entries that it wrote. */
  onSaved(version: CheckpointVersion, closed: readonly ClosedBlob[]): void {
    this.#version = version;
    this.#unsavedClosed = this.#unsavedClosed.filter((entry) => !closed.includes(entry));
  }

  /** A save met another writer's version: everything here is void. */
  onConflict(): void {
    this.#options.onConflict();
  }

  #restore(saved: OpenBlobCheckpoint): void {
    const hourMs = this.#options.hourOf(saved.name) ?? this.#floorHourMs;
    const found = { ...saved, hourMs, lastModifiedMs: 0, length: saved.offset };
    const blob = this.#openAt(found, saved);
    // Until the first listing shows it, nobody knows whether it is still there.
    blob.isSuspect = true;
  }

  /** What is settled of a blob goes to the ledger. A name that was ended may have a successor: list again. */
  #retire(blob: OpenBlob, nowMs: number): void {
    this.#open.delete(blob.identity.name);
    this.#unsavedClosed = [...this.#unsavedClosed, toClosed(blob, nowMs)];
    if (!blob.isEnded) return;
    this.lastListedAtMs = undefined;
    // Behind the floor, only a sweep shows the successor.
    if (blob.isReopened) this.lastSweepAtMs = this.lastFullSweepAtMs = undefined;
  }

  #openAt(found: FoundBlob, settled: SettledBlob | undefined): OpenBlob {
    const blob = createOpenBlob(this.#options, found, settled);
    blob.isReopened = found.hourMs < this.#floorHourMs;
    this.#open.set(found.name, blob);
    return blob;
  }
}
