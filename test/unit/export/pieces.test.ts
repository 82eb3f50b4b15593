// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Pieces, seamsOf } from "../../../src/export/pieces.ts";

/** Cuts whatever `isRefused` says, and returns the pieces in the order of sending. */
function walk(pieces: Pieces, isRefused: (from: number, to: number) => boolean): string[] {
  const sent: string[] = [];
  for (let piece = pieces.next(); piece !== undefined; piece = pieces.next()) {
    const { from, to, attempts } = piece;
    sent.push(`${from}-${to}`);
    if (to - from > 1 && isRefused(from, to)) pieces.cut(piece, attempts + 1);
  }
  return sent;
}

describe("the pieces of a batch", () => {
  it("begin with the whole, and end when it is taken", () => {
    expect(walk(new Pieces(7), () => false)).toEqual(["0-7"]);
    expect(walk(new Pieces(0), () => true)).toEqual([]);
  });

  it("halve in order down to the one that is refused", () => {
    const sent = walk(new Pieces(8), (from, to) => from <= 5 && 5 < to);
    expect(sent).toEqual(["0-8", "0-4", "4-8", "4-6", "4-5", "5-6", "6-8"]);
  });

  it("are cut between resources first, nearest to the middle", () => {
    const pieces = new Pieces(10, [1, 6, 9]);
    const sent = walk(pieces, (from, to) => from <= 7 && 7 < to);
    expect(sent).toEqual(["0-10", "0-6", "6-10", "6-9", "6-8", "6-7", "7-8", "8-9", "9-10"]);
  });

  it("know how many answered requests their records were in", () => {
    const pieces = new Pieces(4);
    const whole = pieces.next()!;
    expect(whole.attempts).toBe(0);
    pieces.cut(whole, 1);
    const half = pieces.next()!;
    pieces.cut(half, half.attempts + 2);
    expect([pieces.next(), pieces.next(), pieces.next()].map((piece) => piece?.attempts)).toEqual([
      3, 3, 1,
    ]);
  });
});

describe("a sample of the pieces", () => {
  it("is one record from the middle of the largest, and the rest keeps its order", () => {
    const pieces = new Pieces(10);
    pieces.cut(pieces.next()!, 1);
    pieces.cut(pieces.next()!, 2);
    // Left: 0-3, 3-5, 5-10.
    expect(pieces.sample()).toEqual({ from: 7, to: 8, attempts: 1 });
    expect(walk(pieces, () => false)).toEqual(["0-3", "3-5", "5-7", "8-10"]);
  });

  it("is the last record when there is one, and nothing when there is none", () => {
    const pieces = new Pieces(1);
    expect(pieces.sample()).toEqual({ from: 0, to: 1, attempts: 0 });
    expect(pieces.sample()).toBeUndefined();
  });
});

describe("pieces and samples in any order", () => {
  it("cover every record exactly once", () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.array(fc.nat(59), { maxLength: 8 }),
        fc.infiniteStream(fc.boolean()),
        (count, seams, coin) => {
          const toss = (): boolean => coin.next().value === true;
          const pieces = new Pieces(
            count,
            [...new Set(seams)].sort((a, b) => a - b),
          );
          const seen: number[] = [];
          for (;;) {
            const piece = toss() ? pieces.next() : pieces.sample();
            if (piece === undefined) break;
            if (piece.to - piece.from > 1 && toss()) pieces.cut(piece, 1);
            else for (let at = piece.from; at < piece.to; at++) seen.push(at);
          }
          expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, at) => at));
        },
      ),
    );
  });
});

describe("seamsOf", () => {
  it("tells where keys change", () => {
    expect(seamsOf(["a", "a", "b", "a", "a"])).toEqual([2, 3]);
    expect(seamsOf([])).toEqual([]);
    expect(seamsOf(["a"])).toEqual([]);
  });
});
