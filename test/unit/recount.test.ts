// SPDX-License-Identifier: Apache-2.0
/** Counting again; that it comes to what delivery counted is the business of the models and of the proof's tests. */
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parseResource } from "../../src/discover/blob-path.ts";
import { parseAuditEvent } from "../../src/parse/audit-event.ts";
import { SettledRecount } from "../../src/recount.ts";
import type { BlobClaim, Recount } from "../../src/verify/blob-claim.ts";
import { claim, NAME } from "../support/blob-claims.ts";

interface Counting {
  readonly claimed?: Partial<BlobClaim>;
  readonly windowBytes?: number;
  readonly cuts?: readonly number[];
  readonly behind?: string;
}

function count(
  text: string,
  { claimed, windowBytes = 5, cuts, behind = "" }: Counting = {},
): Recount {
  const bytes = Buffer.from(text, "latin1");
  const blobClaim = claim({ length: bytes.length, ...claimed });
  const resource = parseResource(NAME.slice(0, NAME.indexOf("y=")));
  const { blob, hourMs } = blobClaim;
  const parts = { parse: parseAuditEvent, maxRecordBytes: 30 };
  const recount = new SettledRecount(
    parts,
    blobClaim,
    { resource, blob, hourMs, observedAtMs: undefined },
    cuts,
  );
  for (let at = 0; at < bytes.length; at += windowBytes) {
    const window = Buffer.from(bytes.subarray(at, at + windowBytes));
    recount.push(window);
    // As a window read into the same memory would.
    window.fill("X");
  }
  return recount.end(Buffer.from(behind));
}

const document = { framing: "document:{[" } as const;

describe("records in settled bytes", () => {
  it.each([
    ["lines, blank ones between", '{"a":1}\n\n \r\n{"a":2}\n', {}, [2, 0]],
    ["a last line without newline", '{"a":1}\n{"a":2}', {}, [2, 0]],
    ["several objects on a line", '{"a":1} {"a":2},{"a":3}\n', {}, [3, 0]],
    ["the first of several objects on a line", '{"a":1} {"a":2}', {}, [2, 0]],
    ["an envelope on a line", '{"records":[{"a":1},{"a":2}]}\n', {}, [2, 0]],
    ["what is no JSON object", '{"a":1}\nno\n17\n[1]\n\xff\n', {}, [5, 4]],
    ["a long line", `{"a":"${"x".repeat(40)}"}\n{"a":1}\n`, {}, [2, 1]],
    ["a document as far as its last record", '{"records":[{"a":1},\n{"a":2}', document, [2, 0]],
    [
      "a document with something broken in it",
      '{"records":[{"a":1},\n{"a":\n{"a":2}',
      document,
      [3, 1],
    ],
    ["nothing", "", {}, [0, 0]],
  ])("counts %s", (_what, text, claimed, [records, unreadable]) => {
    for (const windowBytes of [1, 5, 1_000]) {
      const found = count(text, { claimed, windowBytes });
      expect(found).toMatchObject({ offset: text.length, records, unreadable });
      expect(found.crc32).toBe(crc32(Buffer.from(text, "latin1")));
    }
  });

  it("says where those lie that nobody can read", () => {
    const found = count('{"a":1}\nno\n{"a":2}\n17\n{"a":3}\n');
    expect(found.unreadableRange).toEqual({ start: 8, end: 21 });
    expect(count('{"a":1}\n').unreadableRange).toBeUndefined();
  });
});

describe("positions at which reading began anew", () => {
  const torn = '{"a":1}\n{"a":2}\n{"a":3}\n';

  it("end a line that was given up; what comes later is another record", () => {
    for (const windowBytes of [1, 3, 11, 1_000]) {
      expect(count(torn, { windowBytes }).records).toBe(3);
      expect(count(torn, { windowBytes, cuts: [11] })).toMatchObject({ records: 4, unreadable: 2 });
    }
  });

  it("of the ledger tell what stood there; at a record's end they change nothing", () => {
    const at = (offset: number): Recount =>
      count(torn, {
        claimed: { marks: [{ offset, crc32: 1, records: 1, framing: "json-lines" }] },
      });
    const prefix = (offset: number): number => crc32(Buffer.from(torn.slice(0, offset)));
    expect(at(8)).toMatchObject({
      records: 3,
      marks: [{ offset: 8, crc32: prefix(8), records: 1 }],
    });
    expect(at(11)).toMatchObject({
      records: 4,
      marks: [{ offset: 11, crc32: prefix(11), records: 2 }],
    });
  });

  it("behind the settled bytes or at their beginning are none", () => {
    expect(count(torn, { cuts: [0, torn.length, 900] }).records).toBe(3);
  });
});

describe("what stands behind", () => {
  it("is the end of a document, or something that is owed", () => {
    const open = '{"records":[{"a":1}';
    expect(count(open, { claimed: document, behind: "]}\n" }).trailerBytes).toBe(3);
    expect(count(open, { claimed: document, behind: ',{"a":2' }).trailerBytes).toBe(0);
    expect(count('{"a":1}\n', { behind: "]}" }).trailerBytes).toBe(0);
  });
});
