// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { framingOf, partsOfFraming, recogniseFraming } from "../../../src/read/framing.ts";

const told = (text: string): string | undefined => recogniseFraming(Buffer.from(text));

describe("recogniseFraming", () => {
  it.each([
    '{"a":1}\n',
    '{"a":{"b":[1]}} \r\n{"a":2}\n',
    '\ufeff{"a":1}\n',
    '\n\n{"a":"}{"}\n',
    '{"records":{"a":1}}\n',
    '{"recordset":[1]}\n',
    // Torn lines: what follows is no continuation that a printer writes.
    '{"a":1,\n{"b":2}\n',
    '{"a":\n{"b":2}\n',
    '{"a":"x\n{"b":2}\n',
    '{"a":1}}\n',
    '{"a":[\n{"b":2}\n',
    '{"k":1},{"k":2}],"x":1}\n',
    '{"a":1}{"b":2}x\n',
    "bad\n",
    "1\n",
  ])("tells JSON Lines from a document: %j", (text) => {
    expect(told(text)).toBe("json-lines");
  });

  it.each([
    "[",
    " \n[",
    '\ufeff{"records":[',
    '{ "records"\n:\n [',
    '{\n  "time": 1',
    '{"time": 1,\n "b"',
    "{\n}",
    '{"a":{\n  "b"',
    '{"a": [\n  {',
    '{"a":[\n]',
    '{"a":1}{"b":2}\n',
    '{"a":1} ,\n',
    '{"a":1} {\n',
  ])("recognises a document: %j", (text) => {
    expect(told(text)).toBe("document");
  });

  it.each([
    "",
    " \n",
    "\u00ef",
    "{",
    '{"records"',
    '{"records":',
    '{"a":1',
    '{"a":1}',
    '{"a":1}  ',
    '{"a":1,\n  ',
    '{"a":1}{',
    '{"a":1} ,',
    '{"a":1}{"b":2}',
  ])("waits for more: %j", (text) => {
    expect(recogniseFraming(Buffer.from(text, "latin1"))).toBeUndefined();
  });
});

describe("a framing", () => {
  it("is its kind and the brackets that stand open", () => {
    for (const framing of ["json-lines", "document", "document:{[", "json-lines:[{"] as const) {
      const { kind, open } = partsOfFraming(framing);
      expect(kind === "unknown" ? kind : framingOf(kind, open)).toBe(framing);
    }
    expect(partsOfFraming("unknown")).toEqual({ kind: "unknown", open: "", mark: "" });
    for (const framing of ["document:{[@12", "document!0", "document@3"] as const) {
      const { open, mark } = partsOfFraming(framing);
      expect(framingOf("document", open, mark)).toBe(framing);
    }
  });
});
