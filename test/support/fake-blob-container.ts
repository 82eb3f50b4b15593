// SPDX-License-Identifier: Apache-2.0
/**
 * A container in memory that behaves as the service does for append and block blobs: listings in name order, ranges that end with
 * the blob, 416 behind the end, whole-second times, block counts (the contract suite runs on it). Counts calls and
 * bytes; fails on demand.
 */
import type { BlobListing, ListedBlob } from "../../src/discover/blob-listing.ts";
import { cancelled } from "../../src/errors.ts";
import type { BlobContainer, BlobState, RangeRead } from "../../src/read/blob-container.ts";
import type { Clock } from "../../src/runtime/clock.ts";

type FaultPoint = "folders" | "blobs" | "listed" | "read" | "stat";

interface StoredBlob {
  bytes: Buffer;
  createdAtMs: number;
  lastModifiedMs: number;
  /** Undefined for a block blob. */
  blockCount: number | undefined;
  /** Counts the writes: the etag. */
  version: number;
}

export class FakeBlobContainer implements BlobListing, BlobContainer {
  readonly #clock: Clock;
  readonly #blobs = new Map<string, StoredBlob>();
  #versions = 0;
  /** Sorted; undefined when a name came or went since. */
  #names: readonly string[] | undefined;
  readonly calls = { folders: 0, blobs: 0, reads: 0, stats: 0 };
  /** Bytes served by range reads. */
  bytesServed = 0;
  /**
   * Called before each call, and as "listed" before each blob of a listing; what it throws, the call throws.
   */
  fault: (call: FaultPoint, name: string) => void = () => undefined;
  /** False for a service version that ignores `startFrom`. */
  knowsStartFrom = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  append(name: string, text: string | Buffer): void {
    const nowMs = Math.floor(this.#clock.now() / 1000) * 1000;
    const added = Buffer.from(text as string);
    const known = this.#blobs.get(name);
    if (known === undefined) {
      this.#names = undefined;
      this.#blobs.set(name, {
        bytes: added,
        createdAtMs: nowMs,
        lastModifiedMs: nowMs,
        blockCount: 1,
        version: ++this.#versions,
      });
      return;
    }
    known.bytes = Buffer.concat([known.bytes, added]);
    known.lastModifiedMs = nowMs;
    known.blockCount = (known.blockCount ?? 0) + 1;
    known.version = ++this.#versions;
  }

  /** Writes a block blob whole: a new one each time, as far as its creation time tells. */
  put(name: string, text: string | Buffer): void {
    const nowMs = Math.floor(this.#clock.now() / 1000) * 1000;
    this.#names = undefined;
    this.#blobs.set(name, {
      bytes: Buffer.from(text as string),
      createdAtMs: nowMs,
      lastModifiedMs: nowMs,
      blockCount: undefined,
      version: ++this.#versions,
    });
  }

  delete(name: string): void {
    this.#names = undefined;
    this.#blobs.delete(name);
  }

  /** What stands in the blob now; empty when there is none. */
  bytesOf(name: string): Buffer {
    return this.#blobs.get(name)?.bytes ?? Buffer.alloc(0);
  }

  createdAtOf(name: string): number | undefined {
    return this.#blobs.get(name)?.createdAtMs;
  }

  lengthOf(name: string): number {
    return this.#blobs.get(name)?.bytes.length ?? 0;
  }

  names(): readonly string[] {
    return (this.#names ??= [...this.#blobs.keys()].sort(byBytes));
  }

  async *folders(prefix: string, signal: AbortSignal): AsyncGenerator<string> {
    await this.#enter("folders", prefix, signal);
    this.calls.folders++;
    const seen = new Set<string>();
    for (const name of this.names()) {
      if (!name.startsWith(prefix)) continue;
      const slash = name.indexOf("/", prefix.length);
      if (slash >= 0) seen.add(name.slice(0, slash + 1));
    }
    yield* seen;
  }

  async *blobs(prefix: string, startFrom: string, signal: AbortSignal): AsyncGenerator<ListedBlob> {
    await this.#enter("blobs", prefix, signal);
    this.calls.blobs++;
    for (const name of this.names()) {
      if (!name.startsWith(prefix)) continue;
      if (this.knowsStartFrom && byBytes(name, startFrom) < 0) continue;
      this.fault("listed", name);
      const blob = this.#blobs.get(name);
      if (blob === undefined) continue;
      const { createdAtMs, lastModifiedMs } = blob;
      const isRewritable = blob.blockCount === undefined;
      yield { name, createdAtMs, lastModifiedMs, length: blob.bytes.length, isRewritable };
    }
  }

  async readRange(
    name: string,
    offset: number,
    length: number,
    signal: AbortSignal,
  ): Promise<RangeRead> {
    await this.#enter("read", name, signal);
    // The service has no such range: the SDK would ask for the whole blob.
    if (length < 1) throw new Error(`a read of ${length} bytes`);
    this.calls.reads++;
    const blob = this.#blobs.get(name);
    if (blob === undefined) return { kind: "gone" };
    if (offset >= blob.bytes.length) return { kind: "beyond-end" };
    const bytes = Buffer.from(blob.bytes.subarray(offset, offset + length));
    this.bytesServed += bytes.length;
    return { kind: "bytes", bytes, state: this.#stateOf(blob) };
  }

  async stat(name: string, signal: AbortSignal): Promise<BlobState | undefined> {
    await this.#enter("stat", name, signal);
    this.calls.stats++;
    const blob = this.#blobs.get(name);
    return blob && this.#stateOf(blob);
  }

  #stateOf(blob: StoredBlob): BlobState {
    return {
      createdAtMs: blob.createdAtMs,
      lastModifiedMs: blob.lastModifiedMs,
      length: blob.bytes.length,
      blockCount: blob.blockCount,
      isRewritable: blob.blockCount === undefined,
      etag: `"${blob.version}"`,
      serviceDateMs: Math.floor(this.#clock.now() / 1000) * 1000,
    };
  }

  async #enter(call: FaultPoint, name: string, signal: AbortSignal): Promise<void> {
    // A call is never answered in the same turn, as no network call is.
    await Promise.resolve();
    if (signal.aborted) throw cancelled(signal);
    this.fault(call, name);
  }
}

/** The service sorts names by their bytes. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
