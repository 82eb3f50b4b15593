// SPDX-License-Identifier: Apache-2.0
// What a chaos run draws from its seed, and that the truth it keeps is that of the bytes it writes.
import { describe, expect, it } from "vitest";
import { documentPart, DOCUMENT_END, LineSource, LineWriter } from "../../chaos/lines.ts";
import { createPlan } from "../../chaos/plan.ts";
import type { Piece } from "../../chaos/content-plan.ts";
import { hashOf, TruthBlob } from "../../chaos/truth.ts";

const PIECES: readonly Piece[] = [
  { kind: "records", count: 3 },
  { kind: "half", share: 0.5 },
  { kind: "broken", how: "torn" },
  { kind: "crlf" },
  { kind: "no-newline" },
  { kind: "blank" },
  { kind: "oversize", padding: 20_000 },
  { kind: "half", share: 0.01 },
];

describe("the plan of a chaos run", () => {
  it("is the same for the same seed, and another one for another", () => {
    expect(createPlan("7", 2)).toEqual(createPlan("7", 2));
    expect(createPlan("8", 2).checksum).not.toBe(createPlan("7", 2).checksum);
  });

  it("has every lane overlap with others, and writes to every stream it can", () => {
    const { faults, content, forMs } = createPlan("7", 5);
    const lanes: readonly (readonly object[])[] = Object.values(faults);
    for (const lane of lanes) expect(lane.length).toBeGreaterThan(10);
    expect(content.writes.every(({ atMs }) => atMs < forMs)).toBe(true);
    const places = content.streams.map(({ resource, hoursAgo }) => `${resource} ${hoursAgo}`);
    expect(new Set(places).size).toBe(places.length);
  });
});

describe("the truth of what is written", () => {
  it("knows each line where it stands, whatever was left unfinished between", () => {
    const writer = new LineWriter(new LineSource());
    const blob = new TruthBlob("blob", false);
    for (const block of writer.blocksOf(PIECES)) block.note(blob);
    // The last record is not whole yet.
    expect(blob.records).toHaveLength(8);
    writer.finish()?.note(blob);
    expect(blob.records).toHaveLength(9);
    expect(blob.records.at(-1)?.end).toBe(blob.length - 1);
    const lines = blob.bytes
      .toString()
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "");
    const texts = blob.records.map(({ start, end }) => blob.bytes.toString("utf8", start, end));
    expect(texts).toEqual(lines);
    expect(blob.records.map(({ bodyHash }) => bodyHash)).toEqual(texts.map(hashOf));
    expect(writer.finish()).toBeUndefined();
  });

  it("knows each record of a document that is written again", () => {
    const source = new LineSource();
    const blob = new TruthBlob("blob", true);
    for (const isFirst of [true, false]) documentPart(source, PIECES, isFirst).note(blob);
    const text = Buffer.concat([blob.bytes, DOCUMENT_END]).toString();
    const { records } = JSON.parse(text) as { records: unknown[] };
    const kept = blob.records.map(({ start, end }) => blob.bytes.toString("utf8", start, end));
    expect(kept.map((record) => JSON.parse(record) as unknown)).toEqual(records);
  });
});
