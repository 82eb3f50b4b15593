// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { decodeMark, encodeMark } from "../../../src/dead-letter/replay-mark.ts";

const MARK = {
  uid: "0123456789abcdef0000000000000010",
  letterKeptAtMs: Date.UTC(2026, 0, 15, 10, 30),
  replayedAtMs: Date.UTC(2026, 0, 16, 8),
  isLikelyRepeat: true,
};

describe("replay mark", () => {
  it("is one JSON object a line: these names are interface", () => {
    const line = encodeMark(MARK);
    expect(line).toBe(
      '{"version":2,"mark":"replayed","uid":"0123456789abcdef0000000000000010",' +
        '"letterTime":"2026-01-15T10:30:00.000Z","time":"2026-01-16T08:00:00.000Z",' +
        '"isLikelyRepeat":true}\n',
    );
    expect(decodeMark(line)).toEqual({ kind: "ok", mark: MARK });
  });

  it.each([
    ["is cut off", encodeMark(MARK).slice(0, 40), "not JSON"],
    ["has another version", encodeMark(MARK).replace(":2,", ":3,"), "version"],
    ["marks something else", encodeMark(MARK).replace("replayed", "lost"), "mark"],
    ["has a uid that is none", encodeMark(MARK).replace("0123", "zz"), "uid"],
    [
      "says more than we know",
      encodeMark(MARK).replace("{", '{"x":1,'),
      "a name that is not known",
    ],
  ])("that %s is malformed: its letter stays open", (_, line, detail) => {
    expect(decodeMark(line)).toMatchObject({
      kind: "malformed",
      detail: expect.stringContaining(detail) as string,
    });
  });
});
