// SPDX-License-Identifier: Apache-2.0
/**
 * Knows how long the memory of a window is needed (pure): records, and the dead letters made of them, are views of it.
 * Once every record that lies in a window is settled, nobody looks at it any more, and it is released to hold the next.
 * A window whose records never settle (their progress was void) is not released: it is left to the garbage collector.
 */

export interface WindowKeeper {
  /**
   * Notes a window of a blob, in the order of reading. The last whole record so far ends at `tiledTo`; a window in which
   * none ends is released at once: what it holds of an unterminated line was copied, and such lines may be endless.
   */
  hold(blob: object, tiledTo: number, window: { start: number; bytes: Buffer }): void;
  /** Releases the windows whose records are settled: all bytes of the blob before `offset` are. */
  settledTo(blob: object, offset: number): void;
}

/** `release` is told of each window once. */
export function createWindowKeeper(release: (bytes: Buffer) => void): WindowKeeper {
  const heldByBlob = new WeakMap<object, { tiledTo: number; bytes: Buffer }[]>();
  return {
    hold: (blob, tiledTo, { start, bytes }) => {
      if (tiledTo <= start) {
        release(bytes);
        return;
      }
      const held = heldByBlob.get(blob);
      if (held === undefined) heldByBlob.set(blob, [{ tiledTo, bytes }]);
      else held.push({ tiledTo, bytes });
    },
    settledTo: (blob, offset) => {
      const held = heldByBlob.get(blob) ?? [];
      for (let first = held[0]; first !== undefined && first.tiledTo <= offset; first = held[0]) {
        held.shift();
        release(first.bytes);
      }
    },
  };
}
