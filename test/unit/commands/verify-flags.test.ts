// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { readVerifyFlags } from "../../../src/commands/verify-flags.ts";
import { parseResource } from "../../../src/discover/blob-path.ts";

const NOW = Date.UTC(2026, 0, 15, 10, 30);
const HOUR = 3_600_000;
const HSM = parseResource(
  "resourceId=/SUBSCRIPTIONS/S1/PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/HSM-ONE/",
);

function problemsOf(flags: Record<string, string | boolean>): string {
  try {
    readVerifyFlags(flags, NOW);
  } catch (error) {
    return String(error);
  }
  return "";
}

describe("flags of verify", () => {
  it("mean everything when nothing is said", () => {
    const options = readVerifyFlags({}, NOW);
    expect(options).toMatchObject({ fromHourMs: 0, toMs: Infinity, hasLetters: true });
    expect(options.selects(HSM)).toBe(true);
  });

  it("name a span: from the hour that holds a time, to hours that begin before one", () => {
    const flags = { from: "2h", to: "2026-01-15T10:30Z", "skip-dead-letters": true };
    const options = readVerifyFlags(flags, NOW);
    expect(options.fromHourMs).toBe(Date.UTC(2026, 0, 15, 8));
    expect(options).toMatchObject({ toMs: NOW, hasLetters: false });
    expect(readVerifyFlags({ to: "1h" }, NOW).toMs).toBe(NOW - HOUR);
    expect(readVerifyFlags({ to: "now" }, NOW).toMs).toBe(NOW);
    expect(readVerifyFlags({ from: "beginning" }, NOW).fromHourMs).toBe(0);
  });

  it.each([
    ["hsm-one", true],
    ["HSM-O", true],
    ["/subscriptions/s1/", true],
    ["resourceid=/SUBSCRIPTIONS/", true],
    ["hsm-*", true],
    ["hsm-on?", true],
    ["*/managedhsms/*", true],
    ["one", false],
    ["hsm-?", false],
    ["hsm.one", false],
    ["(*", false],
  ])("select a resource by %s: %s", (resource, isSelected) => {
    expect(readVerifyFlags({ resource }, NOW).selects(HSM)).toBe(isSelected);
  });

  it("are refused all at once", () => {
    const text = problemsOf({ from: "soon", to: "2026-01-15T10:00", resource: " " });
    expect(text).toContain("CONFIG_INVALID");
    expect(text).toContain('--from: "soon" is no duration');
    expect(text).toContain("--to: ");
    expect(text).toContain("names no zone");
    expect(text).toContain("--resource: it is empty");
    expect(problemsOf({ to: "beginning" })).toContain("--to: nothing is before the beginning");
    expect(problemsOf({ from: "1h", to: "5h" })).toContain("--from must be before --to");
  });
});
