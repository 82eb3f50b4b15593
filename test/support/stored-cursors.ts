// SPDX-License-Identifier: Apache-2.0
/**
 * What a world's checkpoint store holds of its blobs, read through the store itself while no
 * connector runs, and compared with the blobs and with what the receivers have.
 */
import { crc32 } from "node:zlib";
import { expect } from "vitest";
import { openSqliteCheckpointStore } from "../../src/checkpoint/sqlite-checkpoint-store.ts";
import { NO_RECORDS } from "../../src/model.ts";
import type { RecordCounts } from "../../src/model.ts";
import { lineRanges } from "./audit-lines.ts";
import type { DeliveryWorld } from "./delivery-world.ts";

export interface StoredCursor {
  readonly createdAtMs: number;
  /** Everything before this byte is settled. */
  readonly offset: number;
  readonly crc32: number;
  readonly counts: RecordCounts;
  readonly isClosed: boolean;
}

/** Cursors of the named blobs; a blob that the store does not know is left out. */
export async function readCursors(
  world: DeliveryWorld,
  blobNames: readonly string[],
): Promise<Map<string, StoredCursor>> {
  const store = await openSqliteCheckpointStore({
    path: world.checkpointPath,
    mustExist: false,
    scope: {
      account: world.accountName,
      container: world.container.name,
      checkpointName: "default",
    },
  });
  const cursors = new Map<string, StoredCursor>();
  try {
    for (const name of blobNames) {
      const resource = name.slice(0, name.indexOf("y="));
      const loaded = await store.load(resource);
      const open = loaded?.checkpoint.open.find((blob) => blob.name === name);
      if (open !== undefined) cursors.set(name, { ...open, isClosed: false });
      const [closed] = open === undefined ? await store.findClosed(resource, [name]) : [];
      if (closed === undefined) continue;
      cursors.set(name, { ...closed, offset: closed.length, isClosed: true });
    }
  } finally {
    await store.close();
  }
  return cursors;
}

/**
 * Promise D1 for blobs that were delivered to their ends: each cursor stands behind the last whole
 * line over the right bytes, and its counts add up to the number of lines. Returns their sum.
 */
export async function expectAccountedFor(
  world: DeliveryWorld,
  blobNames: readonly string[],
): Promise<RecordCounts> {
  const cursors = await readCursors(world, blobNames);
  const sum = { ...NO_RECORDS };
  for (const name of blobNames) {
    const bytes = await world.container.read(name);
    const { offset, crc32: crc, counts } = cursors.get(name) ?? fail(`no cursor of ${name}`);
    expect(offset).toBe(bytes.lastIndexOf(10) + 1);
    expect(crc).toBe(crc32(bytes.subarray(0, offset)));
    expect(addUp(counts)).toBe(lineRanges(bytes).length);
    sum.delivered += counts.delivered;
    sum.uncertain += counts.uncertain;
    sum.deadLettered += counts.deadLettered;
    sum.filtered += counts.filtered;
  }
  return sum;
}

/** Promise D2: no cursor stands behind a line that is neither at a receiver nor a dead letter. */
export async function expectNoCursorAhead(
  world: DeliveryWorld,
  blobNames: readonly string[],
): Promise<void> {
  const letters = await world.deadLetters();
  const settled = new Set([...world.receivedUids, ...letters.map(({ uid }) => String(uid))]);
  for (const [name, cursor] of await readCursors(world, blobNames)) {
    const bytes = await world.container.read(name);
    const owed = lineRanges(bytes).find(
      ({ start }) => !settled.has(world.uidOf(name, cursor.createdAtMs, start)),
    );
    expect(cursor.offset).toBeLessThanOrEqual(owed?.start ?? bytes.length);
    expect(cursor.crc32).toBe(crc32(bytes.subarray(0, cursor.offset)));
  }
}

export function addUp({ delivered, uncertain, deadLettered, filtered }: RecordCounts): number {
  return delivered + uncertain + deadLettered + filtered;
}

function fail(what: string): never {
  throw new Error(what);
}
