// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { contents, recordTexts, splitBlob } from "../../support/split-blob.ts";

const A = '{"a":1}';
const B = '{"b":{"x":[1,{"y":"]}"}]}}';
const C = '{"c":"€"}';

describe("record splitter, for documents", () => {
  it.each([
    ["an envelope", `{"records":[${A},${B},${C}]}`],
    ["an envelope with a BOM and blanks", `\ufeff \r\n{ "records" : [ ${A} , ${B} ,\n${C}\n] }\n`],
    ["an array", `[${A},${B},${C}]`],
    ["an array of envelopes", `[{"records":[${A},${B}]},{"records":[${C}]}]`],
    ["envelopes, one behind the other", `{"records":[${A}]}{"records":[${B},${C}]}`],
    ["envelopes, one a line", `{"records":[${A},${B}]}\n{"records":[${C}]}\n`],
    ["objects, one behind the other", `${A}${B} ${C}`],
    ["objects with commas between them", `${A},${B},\n${C}`],
    ["lines behind an envelope", `{"records":[${A}]}\n${B}\n${C}\n`],
    ["an array over several lines", `[\n${A},\n${B},\n${C}\n]\n`],
  ])("cuts %s into its records", (_what, text) => {
    expect(recordTexts(text)).toEqual([A, B, C]);
  });

  it("cuts pretty-printed objects, an envelope of them, and an array of them", () => {
    const objects = [
      { time: "t", identity: { claim: { oid: "x" } } },
      { time: "u", list: [{}, 1] },
    ];
    const pretty = objects.map((object) => JSON.stringify(object, undefined, 2));
    expect(recordTexts(pretty.join("\n"))).toEqual(pretty);
    expect(recordTexts(`${pretty.join(",\r\n")}\n`)).toEqual(pretty);
    for (const whole of [{ records: objects }, objects]) {
      const texts = recordTexts(JSON.stringify(whole, undefined, 2));
      expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual(objects);
    }
  });

  it("takes brackets and names inside strings for text", () => {
    const tricky = JSON.stringify({ a: '{"records":[', b: '\\\\"}]', c: "}\\" });
    expect(recordTexts(`[${tricky},${A}]`)).toEqual([tricky, A]);
    expect(recordTexts(`${tricky}${A}`)).toEqual([tricky, A]);
  });

  it("leaves JSON Lines alone: a line that is an object is a record, whatever is in it", () => {
    const named = '{"recordset":[{"a":1}]}';
    const inside = '{"time":"t","records":[{"a":1}]}';
    expect(recordTexts(`${named}\n${inside}\n`)).toEqual([named, inside]);
  });

  it("gives the end of a document to no tile: a rewritten document goes on there", () => {
    const split = splitBlob(Buffer.from(`{"records":[${A},${B}\n]}\n`));
    expect(contents(split.tiles)).toHaveLength(2);
    expect(split.tail).toEqual([]);
    expect([split.tailBytes, split.trailerBytes]).toEqual([4, 4]);
    expect(split.tiles.at(-1)?.framingAtEnd).toBe("document:{[");
    const longer = Buffer.from(`{"records":[${A},${B},${C}]}`);
    const rest = splitBlob(longer.subarray(split.tiledTo), {
      offset: split.tiledTo,
      framing: "document:{[",
    });
    expect(contents(rest.tiles)).toEqual([
      [split.tiledTo + 1, 11, false, Buffer.from(C).toString("latin1")],
    ]);
  });

  it("has no record in an empty envelope, and none between brackets", () => {
    for (const text of [
      '{"records":[]}',
      "[]",
      "[ ]\n",
      '{"records":[\n]}\n',
      '[{"records":[]}]',
    ]) {
      const { tiles, tail, trailerBytes } = splitBlob(Buffer.from(text));
      expect([tiles, tail, trailerBytes]).toEqual([[], [], Buffer.byteLength(text)]);
    }
  });

  it("makes records of items that are no objects: nothing of a blob is passed over", () => {
    expect(recordTexts(`[1, "two", null, [${A}], -3.5e7 ,${A}]`)).toEqual([
      "1",
      '"two"',
      "null",
      `[${A}]`,
      "-3.5e7",
      A,
    ]);
  });

  it("keeps what stands behind the records of an envelope", () => {
    expect(recordTexts(`{"records":[${A}],"count":1}\n{"records":[${B}]}\n`)).toEqual([
      A,
      '"count":1}',
      B,
    ]);
  });

  it("keeps only the first bytes of an oversize record, its whole length, and goes on behind it", () => {
    const long = `{"long":"${"x".repeat(100)}"}`;
    const { tiles } = splitBlob(Buffer.from(`[${A},${long},${B}]`), { maxRecordBytes: 50 });
    expect(contents(tiles)).toEqual([
      [1, 7, false, A],
      [9, long.length, true, long.slice(0, 12)],
      [10 + long.length, B.length, false, B],
    ]);
  });

  it("passes white space that does not end, so that neither memory nor the cursor depends on it", () => {
    const text = Buffer.from(`[${A}${" ".repeat(500)}`);
    const { tiledTo, trailerBytes } = splitBlob(text, {
      maxRecordBytes: 50,
      cuts: [100, 200, 300],
    });
    expect(tiledTo).toBeGreaterThan(400);
    expect(tiledTo + trailerBytes).toBe(text.length);
    const blank = splitBlob(Buffer.alloc(500, 0x0a), { maxRecordBytes: 50, cuts: [100] });
    expect([blank.tiles.every((tile) => tile.framingAtEnd === "unknown"), blank.tiledTo]).toEqual([
      true,
      500,
    ]);
  });
});

describe("record splitter, for beginnings that tell little", () => {
  it.each(["\n", "\ufeff", "\ufeff\r\n \n"])("goes on looking behind %j", (blank) => {
    const before = Buffer.from(blank);
    const { tail } = splitBlob(before);
    expect(tail.map(({ framingAtEnd }) => framingAtEnd)).toEqual(["unknown"]);
    const pretty = JSON.stringify({ a: [{ b: 1 }] }, undefined, 2);
    expect(recordTexts(pretty, { offset: before.length })).toEqual([pretty]);
  });

  it("is not told by windows what a blob is", () => {
    const text = `{"a":"${"x".repeat(60)}"}{\n"b":1\n}`;
    const whole = recordTexts(text, { maxRecordBytes: 40 });
    expect(recordTexts(text, { maxRecordBytes: 40, cuts: [20, 50] })).toEqual(whole);
    expect(recordTexts(text, { maxRecordBytes: 40, cuts: [39, 40, 41] })).toEqual(whole);
  });

  it.each(['{"k":1},{"k":2}],"x":1}\n', '{"claim":{"oid":"x"}},"list":[1]}\n'])(
    "takes no piece of a torn first line for a record: %j",
    (first) => {
      expect(recordTexts(`${first}${A}\n${B}\n`)).toEqual([first.trimEnd(), A, B]);
    },
  );

  it("reads a printed record whose first value is a list", () => {
    const pretty = JSON.stringify({ list: [{ x: 1 }, { x: 2 }], time: "t" }, undefined, 2);
    expect(recordTexts(`${pretty}\n`)).toEqual([pretty]);
    expect(recordTexts(`{ "list": [\n   {"x":1},\n   {"x":2}\n ], "time":"t" }\n`)).toHaveLength(1);
  });
});

describe("an envelope on a line of JSON Lines", () => {
  it.each([
    ["an envelope", `{"records":[${A},${B}]}`],
    ["an array", `[${A},${B}]`],
    ["an envelope with blanks", ` { "records": [${A} , ${B}]} `],
  ])("cuts %s, and goes on with the next line", (_what, line) => {
    expect(recordTexts(`${C}\n${line}\r\n\n${C}\n`)).toEqual([C, A, B, C]);
    expect(recordTexts(`${C}\n${line}`)).toEqual([C, A, B]);
  });

  it("ends with its line, however torn it is", () => {
    expect(recordTexts(`${C}\n{"records":[${A},{"b":\n${C}\n`)).toEqual([C, A, '{"b":', C]);
    expect(recordTexts(`${C}\n[${A}\n${C}\n`)).toEqual([C, `[${A}`, C]);
  });

  it("is left whole when it is no array but the rest of a torn line", () => {
    const torn = `[${A},${B}],"x":1}`;
    expect(recordTexts(`${C}\n${torn}\n${C}\n`)).toEqual([C, torn, C]);
  });

  it("is cut without being held, when it is longer than a record may be", () => {
    const line = `{"records":[${Array.from({ length: 100 }, () => A).join(",")}]}`;
    const cuts = [20, 21, 150, 400];
    expect(recordTexts(`${C}\n${line}\n${C}\n`, { maxRecordBytes: 60, cuts })).toEqual([
      C,
      ...Array.from({ length: 100 }, () => A),
      C,
    ]);
  });
});
