// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeDeadLetter, encodeDeadLetter } from "../../../src/dead-letter/dead-letter-entry.ts";
import { sampleDeadLetter } from "../../support/dead-letter-samples.ts";

const NOW_MS = Date.UTC(2026, 0, 15, 10, 30);

describe("dead-letter entry", () => {
  it("is one JSON object a line: these names are interface", () => {
    const entry = sampleDeadLetter(16, { bytes: Buffer.from('{"é":\n') });
    expect(encodeDeadLetter(entry, NOW_MS)).toBe(
      '{"version":2,"reason":"not-json","detail":"Unexpected token b",' +
        '"uid":"0123456789abcdef0000000000000010","time":"2026-01-15T10:30:00.000Z",' +
        '"account":"contoso","container":"insights-logs-auditevent",' +
        '"blob":"resourceId=/A/y=2026/m=01/d=15/h=10/m=00/PT1H.json",' +
        '"createdAt":"2026-01-15T10:00:00.000Z","range":{"start":16,"end":23},' +
        '"isOversize":false,"originalBytes":7,"text":"{\\"é\\":\\n"}\n',
    );
  });

  it("keeps what is not UTF-8 as base64", () => {
    const line = encodeDeadLetter(sampleDeadLetter(0, { bytes: Buffer.from([0xff]) }), NOW_MS);
    expect(JSON.parse(line)).toMatchObject({ base64: "/w==" });
    expect(JSON.parse(line)).not.toHaveProperty("text");
  });

  it("tells the first bytes of an oversize original from the whole", () => {
    const range = { start: 10, end: 5_000_010 };
    const entry = sampleDeadLetter(10, { reason: "oversize", range, bytes: Buffer.from("begin") });
    expect(JSON.parse(encodeDeadLetter(entry, NOW_MS))).toMatchObject({
      isOversize: true,
      originalBytes: 5_000_000,
      text: "begin",
    });
  });

  it("gives back the exact bytes of any original, and stays one line", () => {
    const anyBytes = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
      // A byte order mark is part of the original too.
      fc.string().map((text) => Buffer.from(`\ufeff${text}`)),
    );
    fc.assert(
      fc.property(anyBytes, fc.string({ unit: "binary" }), (bytes, detail) => {
        // A view into a larger buffer, as records are.
        const view = new Uint8Array(Buffer.concat([Buffer.from("xx"), bytes, Buffer.from("yy")]));
        const original = view.subarray(2, 2 + bytes.length);
        const entry = sampleDeadLetter(7, { bytes: original, detail });
        const line = encodeDeadLetter(entry, NOW_MS);
        expect(line.indexOf("\n")).toBe(line.length - 1);
        const decoded = decodeDeadLetter(line);
        expect(decoded).toEqual({
          kind: "ok",
          kept: { deadLetter: { ...entry, bytes }, keptAtMs: NOW_MS },
        });
      }),
    );
  });

  it("calls a line that was cut off malformed, wherever the cut is", () => {
    const line = encodeDeadLetter(sampleDeadLetter(0), NOW_MS).trimEnd();
    for (let length = 0; length < line.length; length++) {
      expect(decodeDeadLetter(line.slice(0, length)).kind).toBe("malformed");
    }
  });

  it.each([
    ["another version", '"version":2', '"version":3', "version"],
    ["an unknown reason", "not-json", "because", "reason"],
    ["a time that is none", "2026-01-15T10:30:00.000Z", "yesterday", "time"],
    ["no original", /,"text":".*"\}/, "}", "text"],
    ["a name that we do not know", '"text":', '"txt":', "a name that is not known"],
    ["a uid that is none", '"uid":"01', '"uid":"zz', "uid"],
    ["a range that ends before it begins", '"start":0', '"start":999', "range"],
    ["two originals", '"text":', '"base64":"AA==","text":', "text"],
  ])("calls an entry with %s malformed and names the field", (_, from, to, field) => {
    const line = encodeDeadLetter(sampleDeadLetter(0), NOW_MS).replace(from, to);
    const decoded = decodeDeadLetter(line);
    expect(decoded).toMatchObject({
      kind: "malformed",
      detail: expect.stringContaining(field) as string,
    });
  });

  it("never quotes the original in what it says about a malformed line", () => {
    const line = encodeDeadLetter(sampleDeadLetter(0, { bytes: Buffer.from("secret") }), NOW_MS);
    const torn = decodeDeadLetter(line.slice(0, -3));
    expect(JSON.stringify(torn)).not.toContain("secret");
  });

  it("reads what the first version wrote", () => {
    const line = encodeDeadLetter(sampleDeadLetter(16), NOW_MS).replace(":2,", ":1,");
    expect(decodeDeadLetter(line)).toEqual({
      kind: "ok",
      kept: { deadLetter: sampleDeadLetter(16), keptAtMs: NOW_MS },
    });
    const newer = line.replace("not-json", "refused");
    expect(decodeDeadLetter(newer)).toMatchObject({ detail: "not as it should be: reason" });
  });

  it("keeps the receiver's word as it was said", () => {
    const receiver = { status: 413, message: 'too\nlarge: "x" \u001b[2J', attempts: 3 };
    const entry = sampleDeadLetter(0, { reason: "too-large", receiver });
    const line = encodeDeadLetter(entry, NOW_MS);
    expect(JSON.parse(line)).toMatchObject({ reason: "too-large", receiver });
    expect(decodeDeadLetter(line)).toMatchObject({ kind: "ok", kept: { deadLetter: entry } });
  });
});
