// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, it } from "vitest";
import { decodeExportResponse } from "../../src/export/export-response.ts";

/**
 * Texts as pages and proxies send them: any character but controls other than tab and line breaks.
 */
const isPageCharacter = (character: string): boolean =>
  character >= " " || "\t\r\n".includes(character);
const pageText = fc
  .string({ unit: "binary", minLength: 1, maxLength: 300 })
  .filter((text) => Array.from(text).every(isPageCharacter));

describe("decodeExportResponse", () => {
  it("takes no text for an acknowledgement, unless it is a JSON object", () => {
    fc.assert(
      fc.property(fc.constantFrom("", "\n", "\n<", "\r\n"), pageText, (start, text) => {
        const page = `${start}${text}`;
        fc.pre(!page.trim().startsWith("{"));
        return decodeExportResponse(Buffer.from(page)) === undefined;
      }),
      { numRuns: 5000 },
    );
  });

  it("has an answer for any bytes, also those that begin like a response", () => {
    fc.assert(
      fc.property(
        fc.constantFrom([], [0x0a], [0x0a, 0x04, 0x08]),
        fc.uint8Array({ maxLength: 40 }),
        (start, bytes) => {
          const response = decodeExportResponse(Buffer.from([...start, ...bytes]));
          return response === undefined || Number.isInteger(response.rejectedCount);
        },
      ),
      { numRuns: 5000 },
    );
  });
});
