// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CHECKPOINT_FORMAT_VERSION,
  decodeCheckpoint,
  encodeCheckpoint,
  isSameCheckpoint,
} from "../../src/checkpoint/checkpoint-format.ts";
import type { Framing } from "../../src/model.ts";
import type { ResourceCheckpoint } from "../../src/checkpoint/checkpoint-store.ts";

const KEY = "resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/P/MANAGEDHSMS/H/";
const HOUR_MS = 3_600_000;

const position = fc.nat({ max: Number.MAX_SAFE_INTEGER });

const checkpoints: fc.Arbitrary<ResourceCheckpoint> = fc.record({
  floorHourMs: fc.nat(1_000_000).map((hour) => hour * HOUR_MS),
  open: fc.array(
    fc.record({
      name: fc.string({ minLength: 1, unit: "grapheme" }),
      createdAtMs: position,
      framing: fc.constantFrom<Framing>(
        "unknown",
        "json-lines",
        "json-lines:{[",
        "document",
        "document:[",
        "document:{",
        "document:[{[",
        "document:{[@12",
        "document!0",
      ),
      offset: position,
      crc32: fc.nat({ max: 0xffffffff }),
      counts: fc.record({
        delivered: position,
        uncertain: position,
        deadLettered: position,
        filtered: position,
      }),
    }),
  ),
});

describe("checkpoint format", () => {
  it("reads back exactly what it wrote", () => {
    fc.assert(
      fc.property(checkpoints, (checkpoint) => {
        const readBack = decodeCheckpoint(encodeCheckpoint(checkpoint, KEY), KEY);
        expect(readBack).toEqual(checkpoint);
        expect(isSameCheckpoint(readBack, checkpoint)).toBe(true);
      }),
    );
  });

  it("refuses every version but its own", () => {
    const known = [1, CHECKPOINT_FORMAT_VERSION];
    const otherVersions = fc.double().filter((version) => !known.includes(version));
    fc.assert(
      fc.property(checkpoints, otherVersions, (checkpoint, version) => {
        fc.pre(Number.isFinite(version));
        const text = JSON.stringify({ ...checkpoint, version });
        expect(() => decodeCheckpoint(text, KEY)).toThrow("CHECKPOINT_UNKNOWN_FORMAT");
      }),
    );
  });

  it("never turns a truncated document into a checkpoint", () => {
    fc.assert(
      fc.property(checkpoints, fc.nat(), (checkpoint, cut) => {
        const text = encodeCheckpoint(checkpoint, KEY);
        expect(() => decodeCheckpoint(text.slice(0, cut % text.length), KEY)).toThrow(KEY);
      }),
    );
  });

  it("tells checkpoints that differ in one field apart", () => {
    const numbers = ["createdAtMs", "offset", "crc32"] as const;
    const counts = ["delivered", "uncertain", "deadLettered", "filtered"] as const;
    const withBlobs = checkpoints.filter(({ open }) => open.length > 0);
    fc.assert(
      fc.property(withBlobs, fc.nat(), fc.nat(), (checkpoint, at, which) => {
        const index = at % checkpoint.open.length;
        const blob = checkpoint.open[index]!;
        const others = [
          { ...blob, name: `${blob.name}x` },
          ...numbers.map((field) => ({ ...blob, [field]: blob[field] + 1 })),
          ...counts.map((field) => {
            return { ...blob, counts: { ...blob.counts, [field]: blob.counts[field] + 1 } };
          }),
        ];
        const open = checkpoint.open.with(index, others[which % others.length]!);
        expect(isSameCheckpoint(checkpoint, { ...checkpoint, open })).toBe(false);
        expect(isSameCheckpoint(checkpoint, { ...checkpoint, open: open.slice(1) })).toBe(false);
        const floorHourMs = checkpoint.floorHourMs + HOUR_MS;
        expect(isSameCheckpoint(checkpoint, { ...checkpoint, floorHourMs })).toBe(false);
      }),
    );
  });
});
