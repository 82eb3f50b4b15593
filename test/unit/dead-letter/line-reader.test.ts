// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLines } from "../../../src/dead-letter/line-reader.ts";

async function linesOf(
  chunks: readonly string[],
  maxLineBytes?: number,
): Promise<[string | undefined, boolean][]> {
  async function* source(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
  }
  const lines: [string | undefined, boolean][] = [];
  for await (const { bytes, isWhole } of readLines(source(), maxLineBytes)) {
    lines.push([bytes?.toString("utf8"), isWhole]);
  }
  return lines;
}

describe("line reader", () => {
  it("gives the same lines however the bytes come in chunks", async () => {
    const chunk = fc.array(fc.constantFrom("a", "b", "\n"), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(chunk), async (parts) => {
        const chunks = parts.map((part) => part.join(""));
        const whole = chunks.join("").split("\n");
        const rest = whole.pop() ?? "";
        const expected = whole.map((line) => [line, true]);
        expect(await linesOf(chunks)).toEqual(
          rest === "" ? expected : [...expected, [rest, false]],
        );
      }),
    );
  });

  it("passes a line by that is too long, and goes on behind it", async () => {
    expect(await linesOf(["ok\nlo", "ng line", " here\nok\n"], 5)).toEqual([
      ["ok", true],
      [undefined, true],
      ["ok", true],
    ]);
  });
});
