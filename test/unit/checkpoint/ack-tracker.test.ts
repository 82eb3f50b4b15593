// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createAckTracker } from "../../../src/checkpoint/ack-tracker.ts";
import type { SettledPrefix } from "../../../src/checkpoint/ack-tracker.ts";
import { NO_RECORDS } from "../../../src/model.ts";

const START: SettledPrefix = {
  offset: 100,
  crc32: 7,
  framing: "json-lines",
  counts: NO_RECORDS,
};

function delivered(records: number): typeof NO_RECORDS {
  return { ...NO_RECORDS, delivered: records };
}

describe("ack tracker", () => {
  it("stands where it was told to until something settles", () => {
    const tracker = createAckTracker(START);
    expect(tracker).toMatchObject({ endOfBegun: 100, isIdle: true });
    tracker.begin({ start: 100, end: 110, crcAtEnd: 1, framingAtEnd: "json-lines" });
    expect(tracker.settled()).toEqual(START);
    expect(tracker).toMatchObject({ endOfBegun: 110, isIdle: false });
  });

  it("moves to the end of the settled segments that follow each other without a gap", () => {
    const tracker = createAckTracker(START);
    const first = tracker.begin({ start: 100, end: 110, crcAtEnd: 1, framingAtEnd: "json-lines" });
    const second = tracker.begin({ start: 110, end: 120, crcAtEnd: 2, framingAtEnd: "json-lines" });
    const third = tracker.begin({ start: 120, end: 130, crcAtEnd: 3, framingAtEnd: "json-lines" });
    tracker.settle(second, delivered(2));
    expect(tracker.settled()).toEqual(START);
    tracker.settle(first, delivered(1));
    expect(tracker.settled()).toEqual({
      offset: 120,
      crc32: 2,
      framing: "json-lines",
      counts: delivered(3),
    });
    tracker.settle(third, { ...NO_RECORDS, deadLettered: 4 });
    expect(tracker.settled()).toEqual({
      offset: 130,
      crc32: 3,
      framing: "json-lines",
      counts: { ...NO_RECORDS, delivered: 3, deadLettered: 4 },
    });
    expect(tracker.isIdle).toBe(true);
  });

  it("refuses a segment that leaves a gap, overlaps, or holds no byte", () => {
    const tracker = createAckTracker(START);
    for (const [start, end] of [
      [101, 110],
      [99, 110],
      [100, 100],
      [100, 90],
      [100, Number.NaN],
    ] as const) {
      expect(() => tracker.begin({ start, end, crcAtEnd: 0, framingAtEnd: "json-lines" })).toThrow(
        "INTERNAL",
      );
    }
    expect(tracker).toMatchObject({ endOfBegun: 100, isIdle: true });
  });

  it("refuses to settle a segment twice", () => {
    const tracker = createAckTracker(START);
    const first = tracker.begin({ start: 100, end: 110, crcAtEnd: 1, framingAtEnd: "json-lines" });
    tracker.settle(first, delivered(1));
    expect(() => {
      tracker.settle(first, delivered(1));
    }).toThrow("INTERNAL");
    expect(tracker.settled().counts).toEqual(delivered(1));
  });

  it("refuses to settle a segment of another tracker", () => {
    const tracker = createAckTracker(START);
    tracker.begin({ start: 100, end: 110, crcAtEnd: 1, framingAtEnd: "json-lines" });
    const foreign = createAckTracker(START).begin({
      start: 100,
      end: 110,
      crcAtEnd: 1,
      framingAtEnd: "json-lines",
    });
    expect(() => {
      tracker.settle(foreign, delivered(1));
    }).toThrow("INTERNAL");
    expect(tracker.settled()).toEqual(START);
  });

  it("costs constant time a segment, whatever the order of the acks", () => {
    // 200,000 segments behind an unsettled first one: quadratic work would take minutes.
    const tracker = createAckTracker({ ...START, offset: 0 });
    const segments = Array.from({ length: 200_000 }, (_, index) =>
      tracker.begin({
        start: index,
        end: index + 1,
        crcAtEnd: index + 1,
        framingAtEnd: "json-lines",
      }),
    );
    for (const segment of segments.slice(1).reverse()) tracker.settle(segment, delivered(1));
    expect(tracker.settled().offset).toBe(0);
    tracker.settle(segments[0]!, delivered(1));
    expect(tracker.settled()).toMatchObject({ offset: 200_000, counts: delivered(200_000) });
  });
});
