// SPDX-License-Identifier: Apache-2.0
/**
 * Watches a tailing world and says at once when a promise is broken: it remembers every byte that every blob ever held,
 * what was acknowledged of it, and where the cursors stood. It knows nothing of how the connector works.
 */
import { crc32 } from "node:zlib";
import type { CheckpointChange, ClosedBlob } from "../../src/checkpoint/checkpoint-store.ts";
import { hourOfBlob } from "../../src/discover/blob-path.ts";
import type { BlobIdentity, DeadLetter } from "../../src/model.ts";
import type { ReceivedRecord } from "./scripted-receiver.ts";
import type { TailingWorld } from "./tailing-world.ts";

/** One blob from its creation to its end; another creation is another life. */
interface Life {
  readonly name: string;
  readonly createdAtMs: number;
  bytes: Buffer;
  /** A one for each byte that is delivered or dead-lettered. */
  covered: Uint8Array;
  /** Where records begin that are delivered or dead-lettered. */
  readonly offsets: Set<number>;
  /** A torn line was given up, so the same bytes may be cut in two ways. */
  isTorn: boolean;
  /** Everything before it is settled for good: the highest cursor that was saved. */
  savedTo: number;
}

const NEWLINE = 10;
const SPACE = 32;

export class TailingWitness {
  readonly #world: TailingWorld;
  readonly #lives = new Map<string, Life>();
  /** What this process has delivered, and how far of each life; cleared by a restart. */
  #delivered = new Set<string>();
  #reached = new Map<string, number>();
  #settledHere: { readonly life: Life; readonly offset: number }[] = [];
  /** Records of requests that were refused: they come again, when others have passed them. */
  #refused = new Set<string>();
  /** Where a life's cursor stood when this process began. */
  #begunAt = new Map<string, number>();
  /** Resources that lost their cursor to another writer in this process: they may repeat and overtake. */
  #conflicted = new Set<string>();
  /** The first broken promise; thrown where a test looks, for nobody awaits a callback. */
  #complaint: Error | undefined;

  constructor(world: TailingWorld) {
    this.#world = world;
    world.receiver.onReceived = this.#watch((record) => {
      this.#seeReceived(record);
    });
    world.receiver.onAcked = this.#watch(({ blob, offset, text }) => {
      this.#cover(blob, offset, Buffer.byteLength(text));
    });
    world.receiver.onRefused = ({ uid }) => {
      this.#refused.add(uid);
    };
    world.sink.onKept = this.#watch((entry) => {
      this.#seeKept(entry);
    });
    world.onSaved = this.#watch((change) => {
      this.#seeSaved(change);
    });
  }

  /** Call after each change of the container. */
  note(name: string): void {
    const createdAtMs = this.#world.container.createdAtOf(name);
    if (createdAtMs === undefined) return;
    const key = keyOf({ name, createdAtMs });
    const bytes = this.#world.container.bytesOf(name);
    const life = this.#lives.get(key);
    const covered = new Uint8Array(bytes.length);
    covered.set(life?.covered ?? []);
    if (life === undefined) {
      const offsets = new Set<number>();
      this.#lives.set(key, {
        name,
        createdAtMs,
        bytes,
        covered,
        offsets,
        isTorn: false,
        savedTo: 0,
      });
    } else Object.assign(life, { bytes, covered });
  }

  hasLived(name: string, createdAtMs: number): boolean {
    return this.#lives.has(keyOf({ name, createdAtMs }));
  }

  /** A new process begins: repeats are measured from what is saved now. */
  restarted(): void {
    this.#delivered = new Set();
    this.#refused = new Set();
    this.#settledHere = [];
    this.#reached = new Map();
    this.#conflicted = new Set();
    this.#begunAt = new Map([...this.#lives].map(([key, life]) => [key, life.savedTo]));
  }

  conflicted(resourceKey: string): void {
    this.#conflicted.add(resourceKey);
  }

  /** Throws the first broken promise, if there is one. */
  assertNoComplaint(): void {
    if (this.#complaint !== undefined) throw this.#complaint;
  }

  /** Every complete line of the blobs that exist now, and that `isDue` names, must be covered (D1). */
  assertDelivered(isDue: (name: string) => boolean): void {
    for (const name of this.#world.container.names().filter(isDue)) {
      const createdAtMs = this.#world.container.createdAtOf(name) ?? 0;
      const life = this.#lives.get(keyOf({ name, createdAtMs }))!;
      const end = life.bytes.lastIndexOf(NEWLINE) + 1;
      const missing = firstUncovered(life, end);
      if (missing !== undefined) throw new Error(`not delivered: ${describe(life, missing)}`);
    }
  }

  /** After a stop that drained: nothing was settled in this process that a restart would repeat. */
  assertAllSaved(): void {
    for (const { life, offset } of this.#settledHere) {
      const isLiving = this.#world.container.createdAtOf(life.name) === life.createdAtMs;
      if (isLiving && !this.#isConflicted(life) && offset >= life.savedTo) {
        throw new Error(`drained, but not saved: ${describe(life, offset)}`);
      }
    }
  }

  /** The counts of a blob add up to its records (D1). */
  assertCounts(
    entries: readonly Pick<ClosedBlob, "name" | "createdAtMs" | "counts" | "length">[],
  ): void {
    for (const { name, createdAtMs, counts, length } of entries) {
      const life = this.#lives.get(keyOf({ name, createdAtMs }));
      if (life === undefined || life.isTorn) continue;
      const sum = counts.delivered + counts.uncertain + counts.deadLettered + counts.filtered;
      const expected = [...life.offsets].filter((offset) => offset < length).length;
      if (sum !== expected) {
        throw new Error(`${sum} records counted of ${expected} in [0, ${length}) of ${name}`);
      }
    }
  }

  #watch<T>(look: (seen: T) => void): (seen: T) => void {
    return (seen) => {
      try {
        look(seen);
      } catch (error) {
        this.#complaint ??= error as Error;
      }
    };
  }

  #seeReceived(record: ReceivedRecord): void {
    const key = keyOf(record.blob);
    const life = this.#lifeOf(record.blob);
    const end = record.offset + Buffer.byteLength(record.text);
    const original = life.bytes.toString("utf8", record.offset, end);
    if (original !== record.text) {
      throw new Error(`altered: ${record.text} is not ${describe(life, record.offset)}`);
    }
    if (record.offset < (this.#begunAt.get(key) ?? 0)) {
      throw new Error(`repeated although saved before: ${describe(life, record.offset)}`);
    }
    if (this.#isConflicted(life)) return;
    if (this.#delivered.has(record.uid)) {
      throw new Error(`repeated without a crash: ${describe(life, record.offset)}`);
    }
    this.#delivered.add(record.uid);
    if (this.#refused.has(record.uid)) return;
    if (record.offset < (this.#reached.get(key) ?? 0)) {
      throw new Error(`out of order: ${describe(life, record.offset)}`);
    }
    this.#reached.set(key, record.offset);
  }

  #seeKept({ reason, blob, range }: DeadLetter): void {
    if (reason === "incomplete") this.#lifeOf(blob).isTorn = true;
    this.#cover(blob, range.start, range.end - range.start);
  }

  #isConflicted({ name }: Life): boolean {
    return [...this.#conflicted].some((prefix) => name.startsWith(prefix));
  }

  /** D2, and that the checksum is that of the bytes. */
  #seeSaved({ checkpoint, closed }: CheckpointChange): void {
    const cursors = [
      ...checkpoint.open,
      ...closed.map(({ length: offset, ...blob }) => ({ ...blob, offset })),
    ];
    for (const cursor of cursors) {
      const life = this.#lives.get(keyOf(cursor));
      if (life === undefined) throw new Error(`a cursor in a blob that never was: ${cursor.name}`);
      const missing = firstUncovered(life, cursor.offset);
      if (missing !== undefined) {
        throw new Error(`the cursor passed unsettled bytes: ${describe(life, missing)}`);
      }
      if (crc32(life.bytes.subarray(0, cursor.offset)) !== cursor.crc32) {
        throw new Error(`wrong checksum at ${cursor.offset} of ${cursor.name}`);
      }
      life.savedTo = Math.max(life.savedTo, cursor.offset);
    }
  }

  #cover(blob: BlobIdentity, offset: number, length: number): void {
    const life = this.#lifeOf(blob);
    life.covered.fill(1, offset, offset + length);
    life.offsets.add(offset);
    this.#settledHere.push({ life, offset });
  }

  #lifeOf(blob: Pick<BlobIdentity, "name" | "createdAtMs">): Life {
    const life = this.#lives.get(keyOf(blob));
    if (life === undefined) throw new Error(`a record of a blob that never was: ${keyOf(blob)}`);
    return life;
  }
}

function keyOf({ name, createdAtMs }: { name: string; createdAtMs: number }): string {
  return `${name}@${createdAtMs}`;
}

function firstUncovered({ bytes, covered }: Life, end: number): number | undefined {
  for (let at = 0; at < end; at++) {
    if (covered[at] !== 1 && bytes[at] !== NEWLINE && bytes[at] !== SPACE) return at;
  }
  return undefined;
}

function describe({ name, bytes }: Life, at: number): string {
  const hour = new Date(hourOfBlob(name) ?? 0).toISOString().slice(0, 13);
  const line = bytes.toString("utf8", at, at + 30).split("\n")[0] ?? "";
  return `${line} at ${at} of ${bytes.length} of the hour ${hour} of ${name.slice(-50, -33)}`;
}
