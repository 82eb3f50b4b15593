// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { contents, recordTexts, splitBlob } from "../../support/split-blob.ts";

const A = '{"a":1}';
const B = '{"b":{"x":[1,{"y":"]}"}]}}';
const C = '{"c":"€"}';

describe("record splitter, for documents that are broken", () => {
  it("ends a torn object before the next one that begins a line", () => {
    expect(recordTexts(`[\n  {"a": 1,\n  {"b": 2},\n  {"c": 3}\n]`)).toEqual([
      '{"a": 1,',
      '{"b": 2}',
      '{"c": 3}',
    ]);
  });

  it("ends a string that no quote ended with its line, and the record with it", () => {
    const text = '[\n  {"a": "x\n  y",\n    {"no": "record"}},\n  {"b": 2}\n]';
    expect(recordTexts(text)).toEqual(['{"a": "x\n  y",\n    {"no": "record"}},', '{"b": 2}']);
  });

  it("ends a torn record before one that stands no deeper, though JSON would allow it there", () => {
    const torn = '{"n":2,"list":[';
    for (const [open, indent, close] of [
      ['{"records":[', "", "]}"],
      ["[", "", "]"],
      ['{\n  "records": [', "    ", "  ]\n}"],
    ] as const) {
      const lines = [`${A},`, torn, `${B},`, C].map((line) => indent + line);
      expect(recordTexts([open, ...lines, close, ""].join("\n"))).toEqual([A, torn, B, C]);
    }
    const pretty = '{\n    "n": 2,\n    "list": [';
    expect(recordTexts(`[\n  ${pretty}\n  ${A},\n  ${B}\n]`)).toEqual([pretty, A, B]);
  });

  it("takes objects at the start of lines for parts of a record that a printer did not indent", () => {
    const flat = '{\n"n": 2,\n"list": [\n{\n"x": 1\n},\n{\n"x": 2\n}\n]\n}';
    expect(recordTexts(`[\n${flat},\n${flat}\n]`)).toEqual([flat, flat]);
  });

  it("takes what comes later of a record that was given up for a part of it", () => {
    const before = `{"records":[${A},{"b":`;
    const { tail } = splitBlob(Buffer.from(before));
    expect(tail[0]?.framingAtEnd).toBe("document:{[!0");
    const after = Buffer.from(`{"x":1}},${C}]}\n${A}\n`);
    const rest = splitBlob(after, { offset: before.length, framing: "document:{[!0" });
    expect(contents(rest.tiles).map((record) => (record as unknown[])[3])).toEqual([
      Buffer.from(`{"x":1}},${C}]}`).toString("latin1"),
      A,
    ]);
  });

  it("goes on behind a torn record as one that has seen the line begin", () => {
    const text = Buffer.from(`{"records":[{"a":1,\n{"records":[${B},${C}]}\n`);
    const { tiles } = splitBlob(text);
    expect(tiles[0]?.framingAtEnd).toBe("document:{[@0");
    const from = tiles[0]?.tile.end ?? 0;
    const rest = splitBlob(text.subarray(from), { offset: from, framing: "document:{[@0" });
    expect(contents(rest.tiles)).toEqual(contents(tiles.slice(1)));
    expect(contents(rest.tiles)).toHaveLength(2);
  });

  it("takes nothing from the inside of a broken record for a record", () => {
    const text =
      '{"records": [\n  {"a": ],\n    "b": {\n      "c": {}\n    }\n  },\n  {"d": 4}\n]}';
    expect(recordTexts(text)).toEqual([
      '{"a": ],\n    "b": {\n      "c": {}\n    }\n  },',
      '{"d": 4}',
    ]);
  });

  it("condemns a bracket that closes nothing, and goes on with the next line", () => {
    expect(recordTexts(`[${A}]]\n${B}\n`)).toEqual([A, "]", B]);
    expect(recordTexts(`${A}${A}\n${A}}\n${B}\n`)).toEqual([A, A, A, "}", B]);
  });

  it("leaves an unfinished record to the tail", () => {
    const { tiles, tail } = splitBlob(Buffer.from(`{"records":[${A},{"b":`));
    expect(contents(tiles)).toEqual([[12, 7, false, A]]);
    expect(contents(tail)).toEqual([[20, 5, false, '{"b":']]);
  });

  it("stops a nesting bomb at its line", () => {
    const bomb = "[".repeat(300_000);
    const texts = recordTexts(`[${A},\n${bomb}\n{"b":2}]`);
    expect(texts.map((text) => text.length)).toEqual([7, 300_000, 7]);
    const short = `{"x":${"[".repeat(5_000)}${"]".repeat(5_000)}}`;
    expect(recordTexts(`[${short},${A}]`)).toEqual([short, A]);
  });
});
