// SPDX-License-Identifier: Apache-2.0
/** Every code that an operator may meet stands in the runbook, and the runbook names no other. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

/** Members of a union of string literals in a source. */
function unionMembers(source: string, type: string): string[] {
  const body = new RegExp(`export type ${type} =([^;]+);`).exec(source)?.[1] ?? "";
  return [...body.matchAll(/\| "([A-Z_]+)"/g)].map((match) => match[1] ?? "").sort();
}

/** First cells of the rows of the table under a heading. */
function rowsUnder(heading: string): string[] {
  const page = read("docs/operations.md");
  const section = page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| ([A-Z_]+) \|/gm)].map((match) => match[1] ?? "").sort();
}

describe("docs/operations.md", () => {
  it("has a row for each error code, and for nothing else", () => {
    const codes = unionMembers(read("src/errors.ts"), "ErrorCode");
    expect(codes.length).toBeGreaterThan(10);
    expect(rowsUnder("Error codes")).toEqual(codes);
  });

  it("has a row for each log code, and for nothing else", () => {
    const codes = unionMembers(read("src/telemetry/log-code.ts"), "LogCode");
    expect(codes.length).toBeGreaterThan(20);
    expect(rowsUnder("Log codes")).toEqual(codes);
  });

  it("has a row for each exit code, and for nothing else", () => {
    const codes = [...read("src/commands/command.ts").matchAll(/^ {2}\w+: (\d),$/gm)];
    const page = read("docs/operations.md");
    const rows = [...page.matchAll(/^\| (\d) \|/gm)].map((match) => match[1]);
    expect(rows).toEqual(codes.map((match) => match[1]));
    expect(rows).toHaveLength(4);
  });
});
