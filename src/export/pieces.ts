// SPDX-License-Identifier: Apache-2.0
/**
 * A refused batch in pieces (pure): which records to send next, so that those that a receiver refuses on their own
 * account are found in a number of requests that grows with the logarithm of the batch, and so that every record is
 * first sent alone or with its neighbours in the order of the batch.
 *
 * Pieces are cut in two until they are taken or hold one record. A batch of several resources is cut between resources
 * first: the trouble of one shall not be that of the others for longer than it must.
 */

/** Records `[from, to)` of a batch, by their index. */
export interface Piece {
  readonly from: number;
  readonly to: number;
}

/** A piece to be sent. */
export interface DuePiece extends Piece {
  /** Requests with these records in them that were answered so far. */
  readonly attempts: number;
}

export class Pieces {
  /** Cut and not yet sent; the next one is the last. */
  readonly #left: DuePiece[];
  readonly #seams: readonly number[];

  /** `seams` are the indexes, ascending, where records of another resource begin. */
  constructor(recordCount: number, seams: readonly number[] = []) {
    this.#left = recordCount > 0 ? [{ from: 0, to: recordCount, attempts: 0 }] : [];
    this.#seams = seams;
  }

  /** Takes the first piece that was not sent yet; undefined when there is none. */
  next(): DuePiece | undefined {
    return this.#left.pop();
  }

  /**
   * Takes one record out of the middle of the largest piece that was not sent yet: where bad records stand together,
   * that is the one that is most likely to be taken. One and no more, because what is taken now is no evidence against
   * what is refused later.
   */
  sample(): DuePiece | undefined {
    const [largest] = this.#left.toSorted((a, b) => b.to - b.from - (a.to - a.from));
    if (largest === undefined) return undefined;
    const { from, to, attempts } = largest;
    const middle = Math.floor((from + to) / 2);
    const before = { from, to: middle, attempts };
    const after = { from: middle + 1, to, attempts };
    const rest = [after, before].filter((piece) => piece.to > piece.from);
    this.#left.splice(this.#left.indexOf(largest), 1, ...rest);
    return { from: middle, to: middle + 1, attempts };
  }

  /** The piece was refused, so often by now: its halves are next. It must hold two records or more. */
  cut({ from, to }: Piece, attempts: number): void {
    const middle = this.#seamNear(from, to) ?? Math.ceil((from + to) / 2);
    this.#left.push({ from: middle, to, attempts }, { from, to: middle, attempts });
  }

  /** The seam inside the piece that is nearest to its middle. */
  #seamNear(from: number, to: number): number | undefined {
    const distance = (seam: number): number => Math.abs(2 * seam - from - to);
    let nearest: number | undefined;
    for (const seam of this.#seams) {
      if (seam <= from || seam >= to) continue;
      if (nearest === undefined || distance(seam) < distance(nearest)) nearest = seam;
    }
    return nearest;
  }
}

/** Where the keys of a row of records change. */
export function seamsOf(keys: readonly string[]): number[] {
  return keys.flatMap((key, index) => (index > 0 && key !== keys[index - 1] ? [index] : []));
}
