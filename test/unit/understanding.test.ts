// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { parseResource } from "../../src/discover/blob-path.ts";
import type { EncodedRecord, RawRecord, RecordOrigin } from "../../src/model.ts";
import { asIncomplete, createUnderstand, isDeadLetter } from "../../src/understanding.ts";
import type { UnderstandingParts } from "../../src/understanding.ts";

const origin: RecordOrigin = {
  resource: parseResource("resourceId=/A/"),
  blob: { account: "a", container: "c", name: "n", createdAtMs: 0 },
  hourMs: undefined,
  observedAtMs: undefined,
};

function raw(text: string, rest: Partial<RawRecord> = {}): RawRecord {
  const buffer = Buffer.from(`#${text}#`);
  const to = 1 + Buffer.byteLength(text);
  const tile = { start: 90, end: 90 + to };
  const length = to - 1;
  return {
    tile,
    offset: 100,
    length,
    buffer,
    from: 1,
    to,
    isOversize: false,
    crcAtEnd: 0,
    framingAtEnd: "json-lines",
    ...rest,
  };
}

const logRecord = {} as EncodedRecord;
const parts: UnderstandingParts<string> = {
  parse: (text) =>
    text.toString() === "bad"
      ? { kind: "malformed", reason: "not-json", detail: "what was wrong" }
      : { kind: "ok", event: `event of ${text.toString()}`, text: text.toString() },
  map: (event, text, offset) => {
    if (text === "boom") throw new RangeError("of the mapper");
    return { logRecord, uid: `${event} at ${offset}`, approxBytes: 7 };
  },
  recordUid: ({ blob }, offset) => `${blob.name}:${offset}`,
};
const understand = createUnderstand(parts);

describe("understanding a record", () => {
  it("maps what can be parsed, from its own text and its offset", () => {
    const good = raw("good");
    expect(understand(good, origin)).toEqual({
      logRecord,
      uid: "event of good at 100",
      approxBytes: 7,
      raw: good,
      origin,
    });
  });

  it("makes a dead letter of what cannot be parsed, with reason, position, uid and bytes", () => {
    expect(understand(raw("bad"), origin)).toEqual({
      reason: "not-json",
      detail: "what was wrong",
      uid: "n:100",
      blob: origin.blob,
      range: { start: 100, end: 103 },
      bytes: Buffer.from("bad"),
    });
  });

  it("makes a dead letter of an oversize record without parsing it: first bytes, whole range", () => {
    expect(understand(raw("firs", { isOversize: true, length: 5_000 }), origin)).toMatchObject({
      reason: "oversize",
      detail: "the record is 5000 bytes long",
      range: { start: 100, end: 5_100 },
      bytes: Buffer.from("firs"),
    });
  });

  it("makes a dead letter of a record that the mapper fails on, and quotes nothing of it", () => {
    const letter = understand(raw("boom"), origin);
    expect(letter).toMatchObject({ reason: "unmappable", detail: "RangeError", uid: "n:100" });
    expect(isDeadLetter(letter)).toBe(true);
  });

  it("finds nothing to deliver in blank bytes", () => {
    expect(understand(raw("", { length: 0 }), origin)).toBeUndefined();
    expect(isDeadLetter(undefined)).toBe(false);
    expect(isDeadLetter(understand(raw("good"), origin))).toBe(false);
  });

  it("keeps the torn last line of a blob that closes under its own reason", () => {
    const letter = understand(raw("bad"), origin);
    if (!isDeadLetter(letter)) throw new Error("not a dead letter");
    expect(asIncomplete(letter)).toMatchObject({
      reason: "incomplete",
      detail: "the blob ends inside this record",
      uid: "n:100",
      bytes: Buffer.from("bad"),
    });
  });
});
