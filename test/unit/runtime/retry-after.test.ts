// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { MAX_RETRY_AFTER_MS, parseRetryAfterMs } from "../../../src/runtime/retry-after.ts";

describe("parseRetryAfterMs", () => {
  const nowMs = Date.UTC(1994, 10, 6, 8, 49, 0);

  it("reads delta-seconds", () => {
    expect(parseRetryAfterMs("120", nowMs)).toBe(120_000);
    expect(parseRetryAfterMs(" 0 ", nowMs)).toBe(0);
  });

  it("reads all three forms of an HTTP date", () => {
    expect(parseRetryAfterMs("Sun, 06 Nov 1994 08:49:37 GMT", nowMs)).toBe(37_000);
    expect(parseRetryAfterMs("Sun Nov  6 08:49:37 1994", nowMs)).toBe(37_000);
    const laterMs = Date.UTC(2026, 10, 6, 8, 49, 0);
    expect(parseRetryAfterMs("Friday, 06-Nov-26 08:49:37 GMT", laterMs)).toBe(37_000);
  });

  it("waits nothing for a date that is over", () => {
    expect(parseRetryAfterMs("Sun, 06 Nov 1994 08:48:00 GMT", nowMs)).toBe(0);
  });

  it("never waits longer than an hour", () => {
    expect(parseRetryAfterMs("86400", nowMs)).toBe(MAX_RETRY_AFTER_MS);
    expect(parseRetryAfterMs("9".repeat(400), nowMs)).toBe(MAX_RETRY_AFTER_MS);
    expect(parseRetryAfterMs("Sun, 06 Nov 2094 08:49:37 GMT", nowMs)).toBe(MAX_RETRY_AFTER_MS);
  });

  it.each(["", "soon", "-5", "1.5", "1994-11-06T08:49:37Z", "Sun, 99 Xyz 1994 08:49:37 GMT"])(
    "does not guess at %j",
    (value) => {
      expect(parseRetryAfterMs(value, nowMs)).toBeUndefined();
    },
  );

  it("has nothing to say without a header", () => {
    expect(parseRetryAfterMs(undefined, nowMs)).toBeUndefined();
  });
});
