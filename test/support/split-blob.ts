// SPDX-License-Identifier: Apache-2.0
/**
 * A blob cut into records in windows of given sizes, as delivery does it: lines of several objects are cut apart, too.
 * And what a test wants to know of the result.
 */
import type { Framing, RawRecord } from "../../src/model.ts";
import { parseAuditEvent } from "../../src/parse/audit-event.ts";
import { separateObjects } from "../../src/read/objects-on-a-line.ts";
import { createRecordSplitter } from "../../src/read/record-splitter.ts";

export interface SplitOptions {
  readonly maxRecordBytes?: number;
  readonly keptBytes?: number;
  readonly offset?: number;
  readonly crc32?: number;
  readonly framing?: Framing;
  /** Where windows end, as indexes into the bytes. */
  readonly cuts?: readonly number[];
}

export interface SplitBlob {
  readonly tiles: RawRecord[];
  readonly tiledTo: number;
  readonly tailBytes: number;
  readonly trailerBytes: number;
  readonly tail: RawRecord[];
}

/** Pushes the bytes in windows, each in a buffer that is spoiled once only records may look into it. */
export function splitBlob(bytes: Buffer, options: SplitOptions = {}): SplitBlob {
  const { cuts = [], offset = 0, framing = "unknown", maxRecordBytes = 1_000_000 } = options;
  const position = { offset, crc32: options.crc32 ?? 0, framing };
  const splitter = createRecordSplitter({
    ...position,
    maxRecordBytes,
    keptBytes: options.keptBytes ?? 12,
  });
  const inside = cuts.filter((cut) => cut > 0 && cut < bytes.length);
  const edges = [...new Set([0, ...inside, bytes.length])].sort((a, b) => a - b);
  const tiles: RawRecord[] = [];
  for (let index = 1; index < edges.length; index++) {
    const window = Buffer.from(bytes.subarray(edges[index - 1], edges[index]));
    const crc = splitter.crcAtTiledTo;
    const found = separated(splitter.push(window), crc);
    tiles.push(...found.map(detached));
    window.fill(0x58);
  }
  const { tiledTo, crcAtTiledTo, tailBytes, trailerBytes } = splitter;
  const tail = separated(splitter.takeTail(), crcAtTiledTo).map(detached);
  return { tiles, tiledTo, tailBytes, trailerBytes, tail };
}

/** Tiles with those lines cut apart that are no JSON as they stand. */
function separated(tiles: readonly RawRecord[], crcBefore: number): RawRecord[] {
  let crc = crcBefore;
  return tiles.flatMap((raw) => {
    const crcAtStart = crc;
    crc = raw.crcAtEnd;
    const parsed = parseAuditEvent(raw.buffer.subarray(raw.from, raw.to));
    const isJson = parsed.kind === "ok" || parsed.reason !== "not-json";
    return (isJson ? undefined : separateObjects(raw, crcAtStart)) ?? [raw];
  });
}

export function textOf(record: RawRecord): string {
  return record.buffer.toString("latin1", record.from, record.to);
}

/** Position and text of the records among some tiles. */
export function contents(tiles: readonly RawRecord[]): unknown[] {
  return tiles
    .filter((tile) => tile.length > 0)
    .map((tile) => [tile.offset, tile.length, tile.isOversize, textOf(tile)]);
}

/** The texts of the records of a text, its tail included. */
export function recordTexts(text: string, options: SplitOptions = {}): string[] {
  const { tiles, tail } = splitBlob(Buffer.from(text), options);
  const records = [...tiles, ...tail].filter((tile) => tile.length > 0);
  return records.map((record) => record.buffer.toString("utf8", record.from, record.to));
}

/** With a copy of its text: the window goes. */
function detached(record: RawRecord): RawRecord {
  const buffer = Buffer.from(record.buffer.subarray(record.from, record.to));
  return { ...record, buffer, from: 0, to: buffer.length };
}
