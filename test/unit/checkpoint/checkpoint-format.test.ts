// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { decodeCheckpoint, encodeCheckpoint } from "../../../src/checkpoint/checkpoint-format.ts";
import { NO_RECORDS } from "../../../src/model.ts";

const KEY = "resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/P/VAULTS/V/";
const BLOB = {
  name: `${KEY}y=2026/m=01/d=15/h=10/m=00/PT1H.json`,
  createdAtMs: 1_768_471_200_000,
  framing: "json-lines" as const,
  offset: 4_096,
  crc32: 0xffffffff,
  counts: { ...NO_RECORDS, delivered: 3 },
};
const CHECKPOINT = { floorHourMs: 1_768_471_200_000, open: [BLOB] };

describe("checkpoint format", () => {
  it("is versioned JSON: this text is permanent interface", () => {
    expect(encodeCheckpoint(CHECKPOINT, KEY)).toBe(
      `{"version":2,"floorHourMs":1768471200000,"open":[{"name":"${BLOB.name}",` +
        `"createdAtMs":1768471200000,"framing":"json-lines","offset":4096,"crc32":4294967295,` +
        `"counts":{"delivered":3,"uncertain":0,"deadLettered":0,"filtered":0}}]}`,
    );
  });

  it("names the field and the resource of a garbled document", () => {
    const text = encodeCheckpoint(CHECKPOINT, KEY).replace('"offset":4096', '"offset":"4096"');
    expect(() => decodeCheckpoint(text, KEY)).toThrow(/CHECKPOINT_UNAVAILABLE.*VAULTS\/V.*offset/);
  });

  it.each([
    ["a missing offset", '"offset":4096,', ""],
    ["a negative offset", '"offset":4096', '"offset":-1'],
    ["a fraction", '"offset":4096', '"offset":1.5'],
    ["a null", '"offset":4096', '"offset":null'],
    ["a number beyond 2^53", '"offset":4096', '"offset":9007199254740993'],
    ["a CRC beyond 32 bits", "4294967295", "4294967296"],
    ["a floor that is no whole hour", '"floorHourMs":1768471200000', '"floorHourMs":1768471200001'],
    ["another framing", "json-lines", "csv"],
    ["brackets that no envelope has", "json-lines", "document:[["],
    ["a field of a later version", '"offset":4096', '"offset":4096,"depth":1'],
    ["a missing version", '"version":2,', ""],
    ["a version that is text", '"version":2,', '"version":"2",'],
  ])("refuses %s instead of guessing", (_, from, to) => {
    const text = encodeCheckpoint(CHECKPOINT, KEY).replace(from, to);
    expect(text).not.toBe(encodeCheckpoint(CHECKPOINT, KEY));
    expect(() => decodeCheckpoint(text, KEY)).toThrow("CHECKPOINT_UNAVAILABLE");
  });

  it("refuses an unknown version by its own code, before it looks at anything else", () => {
    expect(() => decodeCheckpoint('{"version":3}', KEY)).toThrow(
      /CHECKPOINT_UNKNOWN_FORMAT.*version 3/,
    );
  });

  it("reads version 1, which knew JSON Lines only and opened every blob with them", () => {
    const atStart = { ...BLOB, name: `${KEY}new`, offset: 0, crc32: 0 };
    const text = JSON.stringify({ version: 1, ...CHECKPOINT, open: [BLOB, atStart] });
    expect(decodeCheckpoint(text, KEY)).toEqual({
      ...CHECKPOINT,
      open: [BLOB, { ...atStart, framing: "unknown" }],
    });
  });

  it.each(["", "null", "[]", "7", '"x"', "{}"])("refuses %j", (text) => {
    expect(() => decodeCheckpoint(text, KEY)).toThrow("CHECKPOINT_UNAVAILABLE");
  });

  it("refuses to write what it could not read back", () => {
    const open = [{ ...BLOB, offset: Number.NaN }];
    expect(() => encodeCheckpoint({ ...CHECKPOINT, open }, KEY)).toThrow(/INTERNAL.*offset/);
  });
});
