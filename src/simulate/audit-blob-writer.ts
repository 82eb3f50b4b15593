// SPDX-License-Identifier: Apache-2.0
/**
 * Writes audit lines into hour blobs the way the service does: append blobs, many lines a block, by hour of receipt.
 * On demand it also does what makes readers stumble: blocks that end in the middle of a line (even of a character),
 * and an old hour's blob that goes on growing after the turn of the hour.
 *
 * Lines wait in memory until `flush`. Bytes of one blob are appended in the order in which they were added; nothing is
 * retried, so what is counted as written was appended exactly once.
 */
import type { AppendBlobStore } from "./append-blob-store.ts";
import { HOUR_MS, hourBlobName } from "./blob-layout.ts";
import type { PathSpelling } from "./blob-layout.ts";
import { createRandomSource } from "./random-source.ts";
import type { RandomSource } from "./random-source.ts";
import type { SimulatedResource } from "./simulated-resource.ts";

/** The service's limit of a block in older versions, which some emulators and clouds still have. */
const MAX_BLOCK_BYTES = 4 * 1024 * 1024;

export interface AuditBlobWriterOptions {
  readonly store: AppendBlobStore;
  /** Decides about torn lines and late hours. For the writer alone: how often it draws depends on the flushes. */
  readonly random: RandomSource;
  readonly spelling?: PathSpelling;
  /** Share of flushes of a blob that leave its last line half-written. Default 0. */
  readonly tornTailShare?: number;
  /** For so long after hh:00 half of the lines still go to the old hour's blob. Default 0. */
  readonly hourOverlapMs?: number;
  /** Default 4 MiB. */
  readonly maxBlockBytes?: number;
}

/** What was appended, for one resource. A record counts when its newline is in the blob. */
export interface WrittenCounts {
  readonly records: number;
  readonly bytes: number;
  readonly blocks: number;
}

export interface AuditBlobWriter {
  /** Takes a line (without newline) that the service receives at `receivedAtMs`. */
  add(resource: SimulatedResource, line: string, receivedAtMs: number): void;
  /** Bytes that wait. */
  readonly pendingBytes: number;
  /** Appends what waits, but perhaps for torn tails. Throws the store's error; what waited for that blob is dropped. */
  flush(signal: AbortSignal): Promise<void>;
  /** Appends all, torn tails too: every blob then ends with a newline. */
  finish(signal: AbortSignal): Promise<void>;
  /** By resource id. */
  written(): ReadonlyMap<string, WrittenCounts>;
  /** Names of all blobs appended to. */
  blobNames(): readonly string[];
}

/** See the file's header for the promise. */
export function createAuditBlobWriter(options: AuditBlobWriterOptions): AuditBlobWriter {
  return new HourBlobWriter(options);
}

/** Text that waits for one blob. */
interface PendingBlob {
  readonly resourceId: string;
  /** The other half of a torn line: stands before all lines. */
  torn: Buffer;
  lines: string[];
}

class HourBlobWriter implements AuditBlobWriter {
  readonly #options: AuditBlobWriterOptions;
  readonly #maxBlockBytes: number;
  /** Apart from the source that chooses hours: how often lines are flushed must not move a line to another blob. */
  readonly #tearing: RandomSource;
  readonly #pending = new Map<string, PendingBlob>();
  readonly #written = new Map<string, WrittenCounts>();
  readonly #names = new Set<string>();
  #pendingBytes = 0;

  constructor(options: AuditBlobWriterOptions) {
    this.#options = options;
    this.#tearing = createRandomSource(options.random.hex(16));
    this.#maxBlockBytes = Math.min(options.maxBlockBytes ?? MAX_BLOCK_BYTES, MAX_BLOCK_BYTES);
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  add(resource: SimulatedResource, line: string, receivedAtMs: number): void {
    const { resourceId } = resource;
    const name = hourBlobName(resourceId, this.#hourFor(receivedAtMs), this.#options.spelling);
    let blob = this.#pending.get(name);
    if (blob === undefined) {
      blob = { resourceId, torn: Buffer.alloc(0), lines: [] };
      this.#pending.set(name, blob);
    }
    blob.lines.push(line);
    this.#pendingBytes += Buffer.byteLength(line) + 1;
  }

  async flush(signal: AbortSignal): Promise<void> {
    await this.#flush(this.#options.tornTailShare ?? 0, signal);
  }

  async finish(signal: AbortSignal): Promise<void> {
    await this.#flush(0, signal);
  }

  written(): ReadonlyMap<string, WrittenCounts> {
    return this.#written;
  }

  blobNames(): readonly string[] {
    return [...this.#names];
  }

  /** The hour of receipt, or, soon after its turn, perhaps the hour before. */
  #hourFor(receivedAtMs: number): number {
    const isSoonAfterTurn = receivedAtMs % HOUR_MS < (this.#options.hourOverlapMs ?? 0);
    return isSoonAfterTurn && this.#options.random.chance(0.5)
      ? receivedAtMs - HOUR_MS
      : receivedAtMs;
  }

  async #flush(tornTailShare: number, signal: AbortSignal): Promise<void> {
    // A copy: torn tails go back into the map while this walks.
    for (const [name, blob] of [...this.#pending]) {
      this.#pending.delete(name);
      const bytes = Buffer.concat([blob.torn, Buffer.from(terminated(blob.lines))]);
      this.#pendingBytes -= bytes.length;
      const end = this.#tearing.chance(tornTailShare) ? this.#tear(bytes) : bytes.length;
      await this.#append(name, blob.resourceId, bytes.subarray(0, end), signal);
      if (end < bytes.length) this.#keepTorn(name, blob.resourceId, bytes.subarray(end));
    }
  }

  /** A cut inside the last line: after at least one of its bytes, before its newline. */
  #tear(bytes: Buffer): number {
    const start = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
    const length = bytes.length - 1 - start;
    return length < 2 ? bytes.length : start + 1 + this.#tearing.below(length - 1);
  }

  #keepTorn(name: string, resourceId: string, torn: Buffer): void {
    this.#pending.set(name, { resourceId, torn: Buffer.from(torn), lines: [] });
    this.#pendingBytes += torn.length;
  }

  async #append(
    name: string,
    resourceId: string,
    bytes: Buffer,
    signal: AbortSignal,
  ): Promise<void> {
    for (let start = 0; start < bytes.length; start += this.#maxBlockBytes) {
      const block = bytes.subarray(start, start + this.#maxBlockBytes);
      await this.#options.store.appendBlock(name, block, signal);
      this.#names.add(name);
      this.#count(resourceId, block);
    }
  }

  #count(resourceId: string, block: Buffer): void {
    const before = this.#written.get(resourceId) ?? { records: 0, bytes: 0, blocks: 0 };
    this.#written.set(resourceId, {
      records: before.records + countNewlines(block),
      bytes: before.bytes + block.length,
      blocks: before.blocks + 1,
    });
  }
}

function terminated(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count += 1;
  return count;
}
