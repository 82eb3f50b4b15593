// SPDX-License-Identifier: Apache-2.0
/**
 * Decides where the cursor of one blob may stand (pure). Segments begin in the order of their bytes
 * and settle in any order; the cursor is the end of the settled bytes that reach from the start
 * without a gap. A segment counts as not settled until somebody says that it is: one that is
 * forgotten holds the cursor for ever, and never loses a byte.
 *
 * Settled segments behind an unsettled one are merged with their neighbours, so memory follows the
 * number of unsettled segments, and every call costs constant time. It does not know what a settled
 * segment came to beyond its counts.
 */
import { ConnectorError } from "../errors.ts";
import type { ByteRange, Framing, RecordCounts } from "../model.ts";

/** A position in a blob, with what was settled before it. */
export interface SettledPrefix {
  /** Everything before this byte is settled. */
  readonly offset: number;
  /** CRC-32 of the bytes `[0, offset)`. */
  readonly crc32: number;
  /** How the bytes from `offset` on are cut. */
  readonly framing: Framing;
  readonly counts: RecordCounts;
}

/** Names a segment that has begun; only the tracker that gave it takes it back. */
export interface TrackedSegment extends ByteRange {
  /** CRC-32 of the blob's bytes `[0, end)`. */
  readonly crcAtEnd: number;
  /** How the bytes from `end` on are cut. */
  readonly framingAtEnd: Framing;
}

export interface AckTracker {
  /**
   * Notes a segment as begun and unsettled. Throws INTERNAL unless it starts where the last one
   * ended and holds at least one byte: a gap would be bytes that nobody settles.
   */
  begin(segment: TrackedSegment): TrackedSegment;
  /**
   * Notes a begun segment as settled, with what its records came to. Throws INTERNAL for a segment
   * that this tracker did not begin or that is settled already: its records would count twice.
   */
  settle(tracked: TrackedSegment, counts: RecordCounts): void;
  /** The cursor: never behind a byte that is not settled. */
  settled(): SettledPrefix;
  /** Where the next segment must start. */
  readonly endOfBegun: number;
  /** True when every begun segment is settled. */
  readonly isIdle: boolean;
}

/**
 * A segment in the chain from the cursor to the end of what has begun; several once they are
 * settled and merged.
 */
interface Link {
  readonly end: number;
  readonly crcAtEnd: number;
  readonly framingAtEnd: Framing;
  /** Undefined while unsettled. */
  counts: RecordCounts | undefined;
  before: Link | undefined;
  after: Link | undefined;
}

/** A tracker whose cursor stands at `prefix`. */
export function createAckTracker(prefix: SettledPrefix): AckTracker {
  return new ChainTracker(prefix);
}

class ChainTracker implements AckTracker {
  #settled: SettledPrefix;
  #first: Link | undefined;
  #last: Link | undefined;
  #endOfBegun: number;
  /** Unsettled segments; an entry leaves when its segment settles. */
  readonly #links = new Map<TrackedSegment, Link>();

  constructor(prefix: SettledPrefix) {
    this.#settled = prefix;
    this.#endOfBegun = prefix.offset;
  }

  get endOfBegun(): number {
    return this.#endOfBegun;
  }

  get isIdle(): boolean {
    return this.#links.size === 0;
  }

  begin({ start, end, crcAtEnd, framingAtEnd }: TrackedSegment): TrackedSegment {
    if (start !== this.#endOfBegun || !(end > start)) {
      const range = `[${start}, ${end})`;
      throw new ConnectorError(
        "INTERNAL",
        `segment ${range} does not follow ${this.#endOfBegun}: bytes would have no owner`,
      );
    }
    const tracked = { start, end, crcAtEnd, framingAtEnd };
    const place = { end, crcAtEnd, framingAtEnd };
    const link: Link = { ...place, counts: undefined, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = link;
    else this.#last.after = link;
    this.#last = link;
    this.#endOfBegun = end;
    this.#links.set(tracked, link);
    return tracked;
  }

  settle(tracked: TrackedSegment, counts: RecordCounts): void {
    const link = this.#links.get(tracked);
    if (link === undefined) {
      const range = `[${tracked.start}, ${tracked.end})`;
      throw new ConnectorError("INTERNAL", `segment ${range} was not begun here or settles twice`);
    }
    this.#links.delete(tracked);
    link.counts = counts;
    this.#mergeIntoNext(link.before);
    this.#mergeIntoNext(link);
    this.#advance();
  }

  settled(): SettledPrefix {
    return this.#settled;
  }

  /** Joins a settled link with the settled one after it, which keeps the later end. */
  #mergeIntoNext(link: Link | undefined): void {
    const next = link?.after;
    if (link?.counts === undefined || next?.counts === undefined) return;
    next.counts = addCounts(link.counts, next.counts);
    next.before = link.before;
    if (link.before === undefined) this.#first = next;
    else link.before.after = next;
  }

  /**
   * Moves the cursor over the first link once that is settled; merging left at most one to pass.
   */
  #advance(): void {
    const first = this.#first;
    if (first?.counts === undefined) return;
    this.#settled = {
      offset: first.end,
      crc32: first.crcAtEnd,
      framing: first.framingAtEnd,
      counts: addCounts(this.#settled.counts, first.counts),
    };
    this.#first = first.after;
    if (this.#first === undefined) this.#last = undefined;
    else this.#first.before = undefined;
  }
}

function addCounts(a: RecordCounts, b: RecordCounts): RecordCounts {
  return {
    delivered: a.delivered + b.delivered,
    uncertain: a.uncertain + b.uncertain,
    deadLettered: a.deadLettered + b.deadLettered,
    filtered: a.filtered + b.filtered,
  };
}
