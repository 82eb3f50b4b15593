// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAuditEvent } from "../../src/parse/audit-event.ts";
import { anyText } from "../support/any-values.ts";

describe("parseAuditEvent, for any bytes", () => {
  it("never throws, and keeps the bytes of what it takes", () => {
    const bytes = fc.oneof(
      fc.uint8Array(),
      anyText.map((text) => Buffer.from(text)),
      fc.json().map((text) => Buffer.from(text)),
      fc.json().chain((text) => fc.nat(text.length).map((end) => Buffer.from(text.slice(0, end)))),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        const result = parseAuditEvent(Buffer.from(input));
        if (result.kind === "ok") expect([...Buffer.from(result.text)]).toEqual([...input]);
        else expect(result.detail).not.toBe("");
      }),
      { numRuns: 2000 },
    );
  });

  it("takes every JSON object as it is", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
        const text = JSON.stringify(fields);
        expect(parseAuditEvent(Buffer.from(text))).toEqual({
          kind: "ok",
          event: JSON.parse(text) as unknown,
          text,
        });
      }),
    );
  });

  it("condemns every text with a byte that is not UTF-8", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom(0xff, 0xc0, 0xfe), (json, at, bad) => {
        const bytes = Buffer.from(json);
        const position = at % (bytes.length + 1);
        const broken = Buffer.concat([
          bytes.subarray(0, position),
          Buffer.from([bad]),
          bytes.subarray(position),
        ]);
        expect(parseAuditEvent(broken)).toMatchObject({ reason: "invalid-utf8" });
      }),
    );
  });

  it("gives a detail that holds nothing of the record", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (json, at) => {
        const end = at % (json.length + 1);
        const text = `${json.slice(0, end)}SECRETIVE${json.slice(end)}`;
        const result = parseAuditEvent(Buffer.from(text));
        if (result.kind === "malformed") expect(result.detail).not.toContain("SECRET");
      }),
    );
  });
});
