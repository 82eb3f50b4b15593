// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import { createServiceWatch } from "../../../src/azure/service-watch.ts";
import type { ServiceWatch } from "../../../src/azure/service-watch.ts";

const NOW_MS = Date.UTC(2026, 0, 15, 11);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let told: unknown[];
beforeEach(() => {
  told = [];
});

function watch(sasExpiresAtMs?: number): ServiceWatch {
  return createServiceWatch({
    clock: { now: () => NOW_MS },
    events: {
      clockSkewed: (event) => told.push(event),
      accessExpires: (event) => told.push(event),
    },
    sasExpiresAtMs,
  });
}

describe("watching a clock", () => {
  it("says nothing of a clock that is right, or of answers without a date", () => {
    const seen = watch();
    for (const serviceMs of [NOW_MS, NOW_MS - 5 * MINUTE_MS, NOW_MS + 5 * MINUTE_MS, undefined]) {
      seen.sawAnswer(serviceMs);
    }
    expect(told).toEqual([]);
  });

  it.each([6, -6])(
    "says once that it is %d minutes ahead, and once that it is right again",
    (minutes) => {
      const seen = watch();
      const sign = Math.sign(minutes);
      for (const off of [minutes, 2 * minutes, sign * 3, sign * 2, sign * 4, minutes]) {
        seen.sawAnswer(NOW_MS - off * MINUTE_MS);
      }
      expect(told).toEqual([
        { skewMs: minutes * MINUTE_MS, isSkewed: true },
        { skewMs: sign * 2 * MINUTE_MS, isSkewed: false },
        { skewMs: minutes * MINUTE_MS, isSkewed: true },
      ]);
    },
  );
});

describe("watching a SAS", () => {
  it("says a day before its end, once, by the service's clock", () => {
    const expiresAtMs = NOW_MS + 24 * HOUR_MS;
    const seen = watch(expiresAtMs);
    seen.sawAnswer(NOW_MS - 1);
    expect(told).toEqual([]);
    for (let answer = 0; answer < 3; answer++) seen.sawAnswer(NOW_MS);
    expect(told).toEqual([{ expiresAtMs }]);
  });
});
