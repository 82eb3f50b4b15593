// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { resolveStartHour } from "../../../src/config/start.ts";
import { configOf, problemsOf } from "../../support/given-config.ts";

const NOW = Date.UTC(2026, 0, 15, 10, 30, 15);

describe("the first hour", () => {
  it("is a whole hour that holds the wished time", () => {
    expect(resolveStartHour({ kind: "now" }, NOW)).toBe(Date.UTC(2026, 0, 15, 10));
    expect(resolveStartHour({ kind: "ago", ms: 5_400_000 }, NOW)).toBe(Date.UTC(2026, 0, 15, 9));
    const at = Date.UTC(2026, 0, 2, 3, 59, 59, 999);
    expect(resolveStartHour({ kind: "at", timeMs: at }, NOW)).toBe(Date.UTC(2026, 0, 2, 3));
  });

  it("is the epoch for the beginning, and never before it", () => {
    expect(resolveStartHour({ kind: "beginning" }, NOW)).toBe(0);
    expect(resolveStartHour({ kind: "ago", ms: NOW * 2 }, NOW)).toBe(0);
    expect(resolveStartHour({ kind: "at", timeMs: -1 }, NOW)).toBe(0);
  });
});

describe("the start option", () => {
  it.each([
    ["beginning", { kind: "beginning" }],
    ["now", { kind: "now" }],
    ["90m", { kind: "ago", ms: 5_400_000 }],
    ["2026-01-15T10:30Z", { kind: "at", timeMs: Date.UTC(2026, 0, 15, 10, 30) }],
    ["2026-01-15T10:30:00+02:00", { kind: "at", timeMs: Date.UTC(2026, 0, 15, 8, 30) }],
    ["2026-01-15", { kind: "at", timeMs: Date.UTC(2026, 0, 15) }],
  ])("takes %s", (value, start) => {
    expect(configOf({ flags: { start: value } }).start).toEqual(start);
  });

  it.each([
    ["2026-01-15T10:30", /names no zone/],
    ["2026-02-30", /is no duration/],
    ["2026-02-30T00:00Z", /is no duration/],
    ["24", /has no unit/],
  ])("refuses %s", (value, message) => {
    expect(problemsOf({ flags: { start: value } })[0]).toMatch(message);
  });
});
