// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAckTracker } from "../../src/checkpoint/ack-tracker.ts";
import type { TrackedSegment } from "../../src/checkpoint/ack-tracker.ts";
import type { Framing, RecordCounts } from "../../src/model.ts";

const counts = fc.record({
  delivered: fc.nat(9),
  uncertain: fc.nat(9),
  deadLettered: fc.nat(9),
  filtered: fc.nat(9),
});

/** Segments by length and outcome, and for each begin or settle which unsettled one is meant. */
const programme = fc.record({
  offset: fc.nat(1_000),
  before: counts,
  segments: fc.array(fc.record({ length: fc.integer({ min: 1, max: 50 }), counts }), {
    maxLength: 40,
  }),
  choices: fc.infiniteStream(fc.nat(1_000)),
});

/** Another framing at each position, so that a cursor with its neighbour's would show. */
function framingAt(offset: number): Framing {
  const all: readonly Framing[] = ["json-lines", "document:{[", "document:{", "document"];
  return all[offset % all.length] ?? "unknown";
}

function add(a: RecordCounts, b: RecordCounts): RecordCounts {
  return {
    delivered: a.delivered + b.delivered,
    uncertain: a.uncertain + b.uncertain,
    deadLettered: a.deadLettered + b.deadLettered,
    filtered: a.filtered + b.filtered,
  };
}

describe("ack tracker, for any order of begins and acks", () => {
  it("never passes an unsettled segment, ends at the end, and its counts add up", () => {
    fc.assert(
      fc.property(programme, ({ offset, before, segments, choices }) => {
        const tracker = createAckTracker({
          offset,
          crc32: offset,
          framing: framingAt(offset),
          counts: before,
        });
        const toBegin = [...segments];
        const unsettled: { tracked: TrackedSegment; counts: RecordCounts }[] = [];
        // The model: every byte's state, and the sums of what lies wholly before a byte.
        const isSettled = new Map<number, boolean>();
        const sumAt = new Map([[offset, before]]);
        let end = offset;
        let sum = before;

        while (toBegin.length + unsettled.length > 0) {
          const choice = Number(choices.next().value);
          const next = toBegin[0];
          if (next !== undefined && (choice % 2 === 0 || unsettled.length === 0)) {
            toBegin.shift();
            const segmentEnd = end + next.length;
            const atEnd = { crcAtEnd: segmentEnd, framingAtEnd: framingAt(segmentEnd) };
            const segment = { start: end, end: segmentEnd, ...atEnd };
            unsettled.push({ tracked: tracker.begin(segment), counts: next.counts });
            for (let byte = segment.start; byte < segment.end; byte++) isSettled.set(byte, false);
            end = segment.end;
            sum = add(sum, next.counts);
            sumAt.set(end, sum);
          } else {
            const [picked] = unsettled.splice(choice % unsettled.length, 1);
            const { tracked } = picked!;
            tracker.settle(tracked, picked!.counts);
            for (let byte = tracked.start; byte < tracked.end; byte++) isSettled.set(byte, true);
          }
          let prefix = offset;
          while (isSettled.get(prefix) === true) prefix++;
          expect(tracker.settled()).toEqual({
            offset: prefix,
            crc32: prefix,
            framing: framingAt(prefix),
            counts: sumAt.get(prefix),
          });
          expect(tracker.endOfBegun).toBe(end);
          expect(tracker.isIdle).toBe(unsettled.length === 0);
        }
        const framing = framingAt(end);
        expect(tracker.settled()).toEqual({ offset: end, crc32: end, framing, counts: sum });
      }),
      { numRuns: 300 },
    );
  });
});
