// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { createRandomSource } from "../../../src/simulate/random-source.ts";
import { createWeightedChoice } from "../../../src/simulate/weighted-choice.ts";

function draws(seed: string, count: number): number[] {
  const random = createRandomSource(seed);
  return Array.from({ length: count }, () => random.next());
}

describe("random source", () => {
  it("gives the same draws for the same seed, on every machine", () => {
    const random = createRandomSource("golden");
    expect([random.hex(8), random.guid(), random.below(1_000_000)]).toMatchInlineSnapshot(`
      [
        "28c07dd3",
        "03d848c2-8d0d-47bb-ba76-d16811b171da",
        822385,
      ]
    `);
  });

  it("gives unrelated draws for neighbouring seeds", () => {
    expect(draws("1", 5)).not.toEqual(draws("2", 5));
    const [one, two] = [draws("1", 2_000), draws("2", 2_000)];
    const near = one.filter((value, index) => Math.abs(value - (two[index] ?? 0)) < 0.01);
    // Independent uniform draws come that near in 2 % of all cases.
    expect(near.length).toBeLessThan(90);
  });

  it("spreads draws evenly", () => {
    const buckets = new Array<number>(10).fill(0);
    for (const value of draws("even", 50_000)) buckets[Math.floor(value * 10)]! += 1;
    for (const count of buckets) expect(Math.abs(count - 5_000)).toBeLessThan(350);
  });

  it("makes version 4 GUIDs that do not repeat", () => {
    const random = createRandomSource("guids");
    const guids = new Set(Array.from({ length: 20_000 }, () => random.guid()));
    expect(guids.size).toBe(20_000);
    for (const guid of guids) {
      expect(guid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it("picks popular values far more often, and every value sometimes", () => {
    const random = createRandomSource("popular");
    const counts = new Map<number, number>();
    const values = Array.from({ length: 100 }, (_, index) => index);
    for (let draw = 0; draw < 50_000; draw++) {
      const value = random.pickPopular(values);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect(counts.size).toBe(100);
    expect(counts.get(0)!).toBeGreaterThan(20 * counts.get(99)!);
  });

  it("refuses to pick from nothing", () => {
    const random = createRandomSource("none");
    expect(() => random.pick([])).toThrow(RangeError);
    expect(() => createWeightedChoice([])).toThrow(RangeError);
  });

  it("draws entries in proportion to their weights", () => {
    const random = createRandomSource("weights");
    const choose = createWeightedChoice([
      { name: "rare", weight: 1 },
      { name: "hot", weight: 98 },
      { name: "never", weight: 0 },
      { name: "seldom", weight: 1 },
    ]);
    const counts: Record<string, number> = {};
    for (let draw = 0; draw < 20_000; draw++) {
      const { name } = choose(random);
      counts[name] = (counts[name] ?? 0) + 1;
    }
    expect(counts["hot"]).toBeGreaterThan(19_400);
    expect(counts["rare"]).toBeGreaterThan(130);
    expect(counts["seldom"]).toBeGreaterThan(130);
    expect(counts["never"]).toBeUndefined();
  });
});
