// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ruleOnTail } from "../../../src/read/tail-rule.ts";

const rules = { tailGraceMs: 300_000, closeAfterMs: 21_600_000 };
const lastModifiedMs = Date.UTC(2026, 0, 15, 10);
const after = (ms: number): ReturnType<typeof ruleOnTail> =>
  ruleOnTail({ serviceDateMs: lastModifiedMs + ms, lastModifiedMs }, rules);

describe("rule on an unterminated last line", () => {
  it("waits while the blob may still be in the writing, and says when to look again", () => {
    const waiting = { action: "wait", lookAgainAtMs: lastModifiedMs + 300_000 };
    expect(after(0)).toEqual(waiting);
    expect(after(299_999)).toEqual(waiting);
    // The service's clocks may disagree by a little.
    expect(after(-2_000)).toEqual(waiting);
  });

  it("takes it if it is whole once the blob has been still for the grace", () => {
    const whole = { action: "take-if-whole", lookAgainAtMs: lastModifiedMs + 21_600_000 };
    expect(after(300_000)).toEqual(whole);
    expect(after(21_599_999)).toEqual(whole);
  });

  it("takes it whatever it is when the blob is about to close", () => {
    expect(after(21_600_000).action).toBe("take");
  });
});
