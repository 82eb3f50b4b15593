// SPDX-License-Identifier: Apache-2.0
/**
 * Pushes a blob through a splitter in windows, as the network gives them, and checks it on the way. Each window's memory
 * is spoiled before the next one comes, because in delivery other bytes are read into it.
 */
import type { RawRecord } from "../../src/model.ts";
import type { RandomSource } from "../../src/simulate/random-source.ts";
import { openSplitter } from "../data-path.ts";
import type { Limits, Position } from "../data-path.ts";
import { TileCheck } from "./tile-check.ts";
import { demand } from "./violation.ts";

/** More windows than this a blob teach nothing new. */
const MOST_WINDOWS = 120;
const SPOILED = 0xa5;

export interface Split {
  /** What was cut, in words that two splits of the same bytes must share. */
  readonly records: readonly string[];
  /** Where reading may begin again, each with the number of records before it. */
  readonly resumable: readonly ResumePoint[];
}

export interface ResumePoint extends Position {
  readonly recordsBefore: number;
}

export interface SplitRun {
  readonly blob: Buffer;
  readonly from: Position;
  readonly limits: Limits;
  readonly random: RandomSource;
  /** Given each tile while its memory is untouched. */
  readonly onTile?: (raw: RawRecord) => void;
}

/** Splits and checks. Throws a Violation. */
export function splitAndCheck({ blob, from, limits, random, onTile }: SplitRun): Split {
  const splitter = openSplitter(from, limits);
  const check = new TileCheck(blob, from, limits);
  const records: string[] = [];
  const resumable: ResumePoint[] = [];
  const see = (raw: RawRecord): void => {
    check.see(raw);
    if (raw.length > 0) records.push(`${raw.offset}+${raw.length}${raw.isOversize ? "!" : ""}`);
    const position = { offset: raw.tile.end, crc32: raw.crcAtEnd, framing: raw.framingAtEnd };
    resumable.push({ ...position, recordsBefore: records.length });
    onTile?.(raw);
  };
  let pushedTo = from.offset;
  for (const size of windowSizes(blob.length - from.offset, random)) {
    const window = Buffer.from(blob.subarray(pushedTo, pushedTo + size));
    pushedTo += size;
    for (const raw of splitter.push(window)) see(raw);
    check.seeWindowEnd(splitter, pushedTo);
    window.fill(SPOILED);
  }
  const { trailerBytes } = splitter;
  const tail = splitter.takeTail();
  for (const raw of tail) see(raw);
  check.seeBlobEnd(trailerBytes);
  demand(splitter.takeTail().length === 0, () => "the tail can be taken twice");
  return { records, resumable };
}

/** The same records must come out, whatever the windows were; `skipped` of the first ones came before. */
export function demandSameRecords(first: Split, second: Split, skipped: number, how: string): void {
  const expected = first.records.slice(skipped);
  const count = Math.max(expected.length, second.records.length);
  for (let index = 0; index < count; index++) {
    const [one, other] = [expected[index] ?? "none", second.records[index] ?? "none"];
    demand(one === other, () => `${how}: record ${skipped + index} is ${other}, not ${one}`);
  }
}

/** Sizes that add up to `total`: a few bytes at a time, or whole blobs, or anything between. */
function windowSizes(total: number, random: RandomSource): number[] {
  const sizes: number[] = [];
  const usual = Math.max(total / MOST_WINDOWS, 2 ** (random.next() * 17));
  let left = total;
  while (left > 0) {
    const size = Math.min(left, 1 + Math.floor(random.next() * 2 * usual));
    sizes.push(size);
    left -= size;
  }
  return sizes;
}
