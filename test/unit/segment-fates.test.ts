// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { SegmentFates } from "../../src/segment-fates.ts";

const SEGMENTS = [
  { records: 3, deadLetters: 1 },
  { records: 0, deadLetters: 2 },
  { records: 2, deadLetters: 0 },
];
const NONE = { delivered: 0, uncertain: 0, deadLettered: 0, filtered: 0 };

describe("the fates of a batch's records", () => {
  it("close at once what holds no record", () => {
    const fates = new SegmentFates(SEGMENTS);
    expect(fates.withoutRecords()).toEqual([{ index: 1, counts: { ...NONE, deadLettered: 2 } }]);
  });

  it("close every segment when the whole batch is delivered", () => {
    const fates = new SegmentFates(SEGMENTS);
    expect(fates.decide({ from: 0, to: 5 }, "delivered")).toEqual([
      { index: 0, counts: { ...NONE, delivered: 3, deadLettered: 1 } },
      { index: 2, counts: { ...NONE, delivered: 2 } },
    ]);
  });

  it("close a segment with its last record, whatever the others wait for", () => {
    const fates = new SegmentFates(SEGMENTS);
    expect(fates.decide({ from: 0, to: 2 }, "delivered")).toEqual([]);
    expect(fates.decide({ from: 3, to: 5 }, "uncertain")).toEqual([
      { index: 2, counts: { ...NONE, uncertain: 2 } },
    ]);
    expect(fates.decide({ from: 2, to: 3 }, "deadLettered")).toEqual([
      { index: 0, counts: { ...NONE, delivered: 2, deadLettered: 2 } },
    ]);
  });

  it("share a piece that crosses a segment's end", () => {
    const fates = new SegmentFates(SEGMENTS);
    fates.decide({ from: 0, to: 1 }, "uncertain");
    expect(fates.decide({ from: 1, to: 4 }, "delivered")).toEqual([
      { index: 0, counts: { ...NONE, delivered: 2, uncertain: 1, deadLettered: 1 } },
    ]);
    expect(fates.decide({ from: 4, to: 5 }, "delivered")).toEqual([
      { index: 2, counts: { ...NONE, delivered: 2 } },
    ]);
  });
});
