// SPDX-License-Identifier: Apache-2.0
/**
 * What is written to which blob, and when (pure). A stream is a blob that grows all through the run; a mortal is written
 * once, deleted when all of it is settled, and perhaps made again under the same name.
 */
import type { RandomSource } from "../src/simulate/random-source.ts";
import { createWeightedChoice } from "../src/simulate/weighted-choice.ts";

export type BrokenKind = "text" | "torn" | "number" | "bytes" | "nul";

/** Pieces of a blob. In a document, all of them are records. */
export type Piece =
  | { readonly kind: "records"; readonly count: number }
  /** Larger than most, and than some receivers take. */
  | { readonly kind: "large"; readonly padding: number }
  /** Longer than `maxRecordBytes`. */
  | { readonly kind: "oversize"; readonly padding: number }
  | { readonly kind: "broken"; readonly how: BrokenKind }
  | { readonly kind: "blank" }
  | { readonly kind: "crlf" }
  /** Ends inside a record; the next write to the blob begins with the rest of it. */
  | { readonly kind: "half"; readonly share: number }
  /** Ends behind a record and before its newline. */
  | { readonly kind: "no-newline" };

export interface StreamPlan {
  readonly id: number;
  readonly resource: string;
  /** 0 is the present hour. */
  readonly hoursAgo: number;
  /** `document` is a block blob that is written again whole with more records. */
  readonly kind: "append" | "document";
  readonly bornAtMs: number;
}

export interface PlannedWrite {
  readonly atMs: number;
  readonly stream: number;
  readonly pieces: readonly Piece[];
}

export interface MortalPlan {
  readonly resource: string;
  readonly hoursAgo: number;
  readonly bornAtMs: number;
  readonly records: number;
  /** Records of the blob of the same name that comes after it; 0 for none. */
  readonly againRecords: number;
}

export interface ContentPlan {
  readonly streams: readonly StreamPlan[];
  readonly writes: readonly PlannedWrite[];
  readonly mortals: readonly MortalPlan[];
}

const PIECES = [
  { kind: "records", weight: 30 },
  { kind: "half", weight: 6 },
  { kind: "no-newline", weight: 3 },
  { kind: "broken", weight: 3 },
  { kind: "large", weight: 3 },
  { kind: "oversize", weight: 1 },
  { kind: "blank", weight: 1 },
  { kind: "crlf", weight: 2 },
] as const;
const BROKEN: readonly BrokenKind[] = ["text", "torn", "number", "bytes", "nul"];

const WRITE_EVERY_MS = 250;
const STREAM_EVERY_MS = 12_000;
const MORTAL_EVERY_MS = 20_000;
const HOURS_AGO = [0, 0, 1, 1, 2, 5, 30];

export function planContent(randomOf: (what: string) => RandomSource, forMs: number): ContentPlan {
  const streams = planStreams(randomOf("streams"), forMs);
  return {
    streams,
    writes: planWrites(randomOf("writes"), streams, forMs),
    mortals: planMortals(randomOf("mortals"), forMs),
  };
}

/** Four at once, then a new one now and then: another hour of a resource, or a new resource. */
function planStreams(random: RandomSource, forMs: number): StreamPlan[] {
  const streams: StreamPlan[] = [];
  const taken = new Set<string>();
  const count = 4 + Math.floor(forMs / STREAM_EVERY_MS);
  for (let id = 0; id < count; id++) {
    const bornAtMs = id < 4 ? 0 : Math.floor(((id - 3) / (count - 3)) * forMs * 0.9);
    const kind = id % 4 === 3 || random.chance(0.1) ? "document" : "append";
    let [resource, hoursAgo] = [`HSM-${id}`, 0];
    if (random.chance(0.6)) {
      resource = `HSM-${random.below(Math.max(1, Math.ceil(id / 2)))}`;
      hoursAgo = random.pick(HOURS_AGO);
    }
    while (taken.has(`${resource} ${hoursAgo}`)) hoursAgo++;
    taken.add(`${resource} ${hoursAgo}`);
    streams.push({ id, resource, hoursAgo, kind, bornAtMs });
  }
  return streams;
}

function planWrites(
  random: RandomSource,
  streams: readonly StreamPlan[],
  forMs: number,
): PlannedWrite[] {
  const choose = createWeightedChoice(PIECES);
  const begun = new Set<number>();
  const writes: PlannedWrite[] = [];
  for (let atMs = 0; atMs < forMs; atMs += Math.round(WRITE_EVERY_MS * 2 * random.next())) {
    const stream = random.pick(streams.filter(({ bornAtMs }) => bornAtMs <= atMs)).id;
    const pieces: Piece[] = [];
    // The first bytes of a blob tell its framing: they are to be those of a record.
    if (!begun.has(stream)) pieces.push({ kind: "records", count: 1 + random.below(30) });
    begun.add(stream);
    const count = 1 + random.below(4);
    for (let piece = 0; piece < count; piece++) pieces.push(drawPiece(choose(random).kind, random));
    writes.push({ atMs, stream, pieces });
  }
  return writes;
}

function drawPiece(kind: (typeof PIECES)[number]["kind"], random: RandomSource): Piece {
  switch (kind) {
    case "records":
      return { kind, count: 1 + random.below(random.chance(0.1) ? 200 : 40) };
    case "half":
      return { kind, share: 0.05 + 0.9 * random.next() };
    case "broken":
      return { kind, how: random.pick(BROKEN) };
    case "large":
      return { kind, padding: 2_000 + random.below(10_000) };
    case "oversize":
      return { kind, padding: 17_000 + random.below(40_000) };
    case "no-newline":
    case "blank":
    case "crlf":
      return { kind };
  }
}

function planMortals(random: RandomSource, forMs: number): MortalPlan[] {
  const mortals: MortalPlan[] = [];
  for (let atMs = 2_000; atMs < forMs * 0.8; atMs += MORTAL_EVERY_MS * (0.5 + random.next())) {
    mortals.push({
      resource: `MORTAL-${mortals.length}`,
      hoursAgo: random.pick([0, 1, 2]),
      bornAtMs: Math.round(atMs),
      records: 1 + random.below(80),
      againRecords: random.chance(0.7) ? 1 + random.below(120) : 0,
    });
  }
  return mortals;
}
