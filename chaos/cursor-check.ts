// SPDX-License-Identifier: Apache-2.0
/**
 * Looks from outside at what the store says, while the connector writes to it, and compares: the cursor is read first
 * and what the receiver and the dead letters hold after it, so everything before the cursor must be there already.
 */
import { crc32 } from "node:zlib";
import type { CheckpointArchive } from "../src/checkpoint/checkpoint-archive.ts";
import { openSqliteCheckpointArchive } from "../src/checkpoint/sqlite-checkpoint-archive.ts";
import { ConnectorError } from "../src/errors.ts";
import { recordUid } from "../src/map/record-id.ts";
import type { RecordCounts } from "../src/model.ts";
import type { CheckpointScope } from "../src/checkpoint/sqlite-checkpoint-store.ts";
import type { Truth, TruthBlob } from "./truth.ts";
import type { Violations } from "./violations.ts";

interface Cursor {
  readonly name: string;
  readonly createdAtMs: number;
  readonly offset: number;
  readonly crc32: number;
  readonly counts: RecordCounts;
}

interface Seen {
  offset: number;
  /** Records before this index were found settled. */
  records: number;
}

export interface CursorCheckParts {
  readonly path: string;
  readonly scope: CheckpointScope;
  readonly truth: Truth;
  readonly violations: Violations;
  /** Takes the newest dead letters, and then tells whether a uid is settled. */
  readonly settledNow: () => (uid: string) => boolean;
}

export class CursorCheck {
  readonly #parts: CursorCheckParts;
  readonly #seen = new Map<string, Seen>();
  /** Of the last look. */
  cursors: readonly Cursor[] = [];
  looks = 0;
  /** Looks that found the store closed to readers, or not there yet. */
  misses = 0;

  constructor(parts: CursorCheckParts) {
    this.#parts = parts;
  }

  async look(): Promise<void> {
    const cursors = await this.#read();
    if (cursors === undefined) return;
    this.looks++;
    this.cursors = cursors;
    const isSettled = this.#parts.settledNow();
    for (const cursor of cursors) {
      const blob = this.#parts.truth.blobAt(cursor.name, cursor.createdAtMs);
      // Created a moment ago: the next look knows it.
      if (blob !== undefined) this.#compare(cursor, blob, isSettled);
    }
  }

  /** Whether a cursor of the blob was seen that stands behind all of its records. */
  isBehindAll(blob: TruthBlob): boolean {
    return [...blob.uidPrefixes.keys()].some(
      (createdAtMs) =>
        this.#seen.get(`${createdAtMs} ${blob.name}`)?.records === blob.records.length,
    );
  }

  async #read(): Promise<Cursor[] | undefined> {
    const { path, scope } = this.#parts;
    try {
      const archive = await openSqliteCheckpointArchive({ path, scope });
      return await cursorsOf(archive).finally(() => archive.close());
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      this.misses++;
      return undefined;
    }
  }

  #compare(cursor: Cursor, blob: TruthBlob, isSettled: (uid: string) => boolean): void {
    const { violations } = this.#parts;
    const { name, createdAtMs, offset } = cursor;
    const where = `${name} (created ${new Date(createdAtMs).toISOString()}), offset ${offset}`;
    const key = `${createdAtMs} ${name}`;
    const seen = this.#seen.get(key) ?? { offset: 0, records: 0 };
    this.#seen.set(key, seen);
    if (offset < seen.offset) violations.add("cursor-back", `${where}: it was ${seen.offset}`);
    if (offset > blob.length) {
      violations.add("cursor-ahead", `${where}: the blob has ${blob.length} bytes`);
      return;
    }
    if (crc32(blob.bytes.subarray(0, offset)) !== cursor.crc32) {
      violations.add("cursor-crc", `${where}: not the bytes that were written`);
    }
    const prefix = blob.uidPrefixes.get(createdAtMs) ?? "";
    const { records } = blob;
    let index = seen.records;
    for (; index < records.length; index++) {
      const record = records[index];
      if (record === undefined || record.start >= offset) break;
      if (record.end > offset) violations.add("cursor-ahead", `${where}: inside a record`);
      const uid = recordUid(prefix, record.start);
      if (isSettled(uid)) continue;
      const detail = `${where}: ${record.destiny} ${uid} at ${record.start} is nowhere`;
      violations.add("cursor-ahead", detail);
    }
    seen.offset = offset;
    seen.records = index;
    this.#compareCounts(cursor, index, where);
  }

  #compareCounts({ counts }: Cursor, records: number, where: string): void {
    const { delivered, uncertain, deadLettered, filtered } = counts;
    const sum = delivered + uncertain + deadLettered + filtered;
    if (sum === records) return;
    const detail = `${where}: the counts add up to ${sum}, there are ${records} records`;
    this.#parts.violations.add("cursor-counts", detail);
  }
}

async function cursorsOf(archive: CheckpointArchive): Promise<Cursor[]> {
  const cursors: Cursor[] = [];
  for await (const { resourceKey, checkpoint } of archive.resources()) {
    cursors.push(...checkpoint.open);
    for await (const closed of archive.ledger(resourceKey)) {
      cursors.push({ ...closed, offset: closed.length });
    }
  }
  return cursors;
}
