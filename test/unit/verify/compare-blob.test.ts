// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  compareBlob,
  hex,
  isWorthReading,
  judgeUnknown,
} from "../../../src/verify/compare-blob.ts";
import type { Finding } from "../../../src/verify/compare-blob.ts";
import { claim, notRead, read } from "../../support/blob-claims.ts";

const NOTHING_FOUND = { state: "proven", findings: [], behindBytes: 0 };
const OTHER_MS = Date.UTC(2026, 0, 16);
const mark = { offset: 40, crc32: 0x40, records: 4, framing: "json-lines" } as const;

function places(findings: readonly Finding[]): [string, number, number][] {
  return findings.map(({ kind, range }) => [kind, range.start, range.end]);
}

describe("what fits", () => {
  it("is proven, with as many letters as counted or more", () => {
    expect(compareBlob(claim(), read(), undefined)).toEqual(NOTHING_FOUND);
    const letters = { deadLettered: 2, uncertain: 1, purgedInAll: 0 };
    expect(compareBlob(claim(), read(), letters)).toEqual(NOTHING_FOUND);
    expect(compareBlob(claim(), read(), { deadLettered: 9, uncertain: 9, purgedInAll: 0 })).toEqual(
      NOTHING_FOUND,
    );
  });

  it("is proven where the blob grew: the rest is behind, but for the end of a document", () => {
    const grown = compareBlob(claim(), read({}, { length: 130 }), undefined);
    expect(grown).toEqual({ ...NOTHING_FOUND, behindBytes: 30 });
    const known = compareBlob(claim({ trailerBytes: 3 }), read({}, { length: 103 }), undefined);
    expect(known).toEqual(NOTHING_FOUND);
    const seen = compareBlob(claim(), read({ trailerBytes: 3 }, { length: 103 }), undefined);
    expect(seen).toEqual(NOTHING_FOUND);
  });

  it("is behind, and not proven, where nothing was settled yet", () => {
    const counts = { delivered: 0, uncertain: 0, deadLettered: 0, filtered: 0 };
    const unbegun = claim({ length: 0, crc32: 0, counts });
    const empty = { crc32: 0, records: 0, unreadable: 0 };
    expect(compareBlob(unbegun, read(empty), undefined)).toMatchObject({
      state: "behind",
      findings: [],
      behindBytes: 100,
    });
    expect(compareBlob(unbegun, read(empty, { length: 0 }), undefined).state).toBe("proven");
  });

  it("is the same block blob, however often it was written, by its bytes", () => {
    const again = read({}, { isRewritable: true, createdAtMs: OTHER_MS });
    expect(compareBlob(claim(), again, undefined)).toEqual(NOTHING_FOUND);
  });
});

describe("what differs", () => {
  it("lies between the last position that is right and the first that is not", () => {
    const marks = [mark, { ...mark, offset: 70, crc32: 0x70, records: 7 }];
    const marked = claim({ marks });
    const wrongAtEnd = { crc32: 1, records: 9, marks };
    expect(places(compareBlob(marked, read(wrongAtEnd), undefined).findings)).toEqual([
      ["crc", 70, 100],
      ["records", 70, 100],
    ]);
    const wrongBetween = {
      crc32: 1,
      records: 9,
      marks: [mark, { offset: 70, crc32: 2, records: 6 }],
    };
    expect(places(compareBlob(marked, read(wrongBetween), undefined).findings)).toEqual([
      ["crc", 40, 70],
      ["records", 40, 70],
    ]);
    expect(places(compareBlob(claim(), read({ crc32: 1 }), undefined).findings)).toEqual([
      ["crc", 0, 100],
    ]);
  });

  it("is an earlier entry of the ledger, where the present one is right", () => {
    const marks = [{ offset: 40, crc32: 1, records: 4 }];
    const { findings } = compareBlob(claim({ marks: [mark] }), read({ marks }), undefined);
    expect(places(findings)).toEqual([["ledger", 0, 40]]);
  });

  it("is an outcome that cannot be: more records that nobody can read than dead letters", () => {
    const { findings } = compareBlob(claim(), read({ unreadable: 3 }), undefined);
    expect(places(findings)).toEqual([["outcome", 20, 40]]);
  });

  it("is a letter that is away, of either kind", () => {
    const letters = { deadLettered: 1, uncertain: 0, purgedInAll: 1 };
    const { findings } = compareBlob(claim(), read(), letters);
    expect(places(findings)).toEqual([["letters", 0, 100]]);
    expect(compareBlob(claim(), read(), { ...letters, purgedInAll: 2 })).toEqual(NOTHING_FOUND);
    expect(findings[0]?.detail).toContain("1 of 2 dead-lettered records and 0 of 1 uncertain");
  });

  it("is a blob that lost its end, or that is another one", () => {
    const shrunk = compareBlob(claim(), notRead({ length: 60 }), undefined);
    expect([shrunk.state, places(shrunk.findings)]).toEqual(["differs", [["shrunk", 60, 100]]]);
    const other = compareBlob(claim(), notRead({ createdAtMs: OTHER_MS, length: 5 }), undefined);
    expect([other.state, places(other.findings)]).toEqual(["replaced", [["replaced", 0, 100]]]);
    expect(other.findings[0]?.detail).toContain("2026-01-16T00:00:00.000Z");
  });

  it("is a block blob that was written again with other bytes; with none written since, its bytes", () => {
    const there = { isRewritable: true, createdAtMs: OTHER_MS };
    expect(compareBlob(claim(), read({ crc32: 1 }, there), undefined).state).toBe("replaced");
    const seenLast = claim({ lastCreatedAtMs: OTHER_MS });
    expect(compareBlob(seenLast, read({ crc32: 1 }, there), undefined).state).toBe("differs");
    const open = claim({ lastCreatedAtMs: undefined, isOpen: true });
    expect(compareBlob(open, read({ crc32: 1 }, there), undefined).state).toBe("replaced");
  });

  it("is a fault of storage, and an entry that goes back", () => {
    const failed = compareBlob(claim(), { kind: "failed", message: "STORAGE: busy" }, undefined);
    expect(failed).toMatchObject({ state: "unreadable", findings: [{ detail: "STORAGE: busy" }] });
    const backwards = compareBlob(claim({ standing: "backwards" }), { kind: "gone" }, undefined);
    expect(places(backwards.findings)).toEqual([["ledger", 0, 100]]);
  });
});

describe("what the store knows of", () => {
  it("is no difference: gone, ended, or followed by another blob", () => {
    const none = { deadLettered: 0, uncertain: 0, purgedInAll: 0 };
    expect(compareBlob(claim(), { kind: "gone" }, none).state).toBe("gone");
    const former = compareBlob(claim({ standing: "former" }), { kind: "gone" }, none);
    expect(former).toEqual({ state: "replaced", findings: [], behindBytes: 0 });
    const ended = claim({ isEnded: true });
    const other = notRead({ createdAtMs: OTHER_MS });
    expect(compareBlob(ended, other, none)).toEqual({
      state: "replaced",
      findings: [],
      behindBytes: 100,
    });
    expect(compareBlob(ended, notRead({ length: 5 }), none)).toMatchObject({ behindBytes: 0 });
    expect(compareBlob(ended, read({ crc32: 1 }), none).findings).toEqual([]);
  });

  it("is unknown below the floor only, and only if it holds something", () => {
    expect(places(judgeUnknown(9, true).findings)).toEqual([["unknown", 0, 9]]);
    expect(judgeUnknown(9, false)).toEqual({ state: "behind", findings: [], behindBytes: 9 });
    expect(judgeUnknown(0, true).findings).toEqual([]);
  });
});

describe("what is worth reading", () => {
  it("is a blob that can be the claimed one", () => {
    const there = { createdAtMs: claim().blob.createdAtMs, length: 100, isRewritable: false };
    const other = { ...there, createdAtMs: OTHER_MS };
    expect(isWorthReading(claim(), there)).toBe(true);
    expect(isWorthReading(claim(), { ...there, length: 99 })).toBe(false);
    expect(isWorthReading(claim(), other)).toBe(false);
    expect(isWorthReading(claim(), { ...other, isRewritable: true })).toBe(true);
    expect(isWorthReading(claim({ length: 0 }), other)).toBe(true);
    expect(isWorthReading(claim({ standing: "former" }), there)).toBe(false);
  });
});

it("prints a CRC-32 with all its digits", () => {
  expect(hex(0xabc)).toBe("00000abc");
});
