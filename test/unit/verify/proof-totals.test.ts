// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { BLOB_STATES, ProofTotals } from "../../../src/verify/proof-totals.ts";
import type { Verdict } from "../../../src/verify/compare-blob.ts";
import { claim } from "../../support/blob-claims.ts";

const proven: Verdict = { state: "proven", findings: [], behindBytes: 0 };
const finding = { kind: "crc", range: { start: 0, end: 1 }, detail: "" } as const;

it("sums each blob under its state, and the states to the total", () => {
  const totals = new ProofTotals();
  totals.add(claim(), proven);
  totals.add(claim(), { ...proven, behindBytes: 30 });
  totals.add(claim(), { state: "gone", findings: [], behindBytes: 0 });
  totals.add(undefined, { state: "behind", findings: [], behindBytes: 5 });
  expect(totals.isProven).toBe(true);
  totals.add(claim(), { state: "differs", findings: [finding, finding], behindBytes: 0 });
  expect(totals.of("proven")).toEqual({
    blobs: 2,
    records: 20,
    bytes: 200,
    delivered: 14,
    uncertain: 2,
    deadLettered: 4,
    filtered: 0,
  });
  expect(totals.all).toMatchObject({ blobs: 5, records: 40, bytes: 400 });
  const sum = BLOB_STATES.reduce((count, state) => count + totals.of(state).records, 0);
  expect(sum).toBe(totals.all.records);
  expect([totals.differing, totals.behindBlobs, totals.behindBytes]).toEqual([1, 2, 35]);
  expect(totals.isProven).toBe(false);
});

it("proves nothing after a fault", () => {
  const totals = new ProofTotals();
  totals.add(claim(), proven);
  totals.faults++;
  expect(totals.isProven).toBe(false);
});
