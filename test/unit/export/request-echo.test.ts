// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { repeatsRequest } from "../../../src/export/request-echo.ts";

const SENT = Buffer.from('…"callerIpAddress":"10.50.92.201","identity":"Grüße an Ölaf"…');

describe("repeatsRequest", () => {
  it.each([
    ["Blocked: 10.50.92.201", true],
    ["policy 17 dislikes Grüße an Ölaf, sorry", true],
    ["token expired", false],
    ["", false],
    ["10.50", false],
  ])("says of %j: %s", (text, expected) => {
    const plain = { body: SENT, contentEncoding: undefined, recordCount: 1 };
    expect(repeatsRequest(text, plain)).toBe(expected);
    const zipped = { body: gzipSync(SENT), contentEncoding: "gzip", recordCount: 1 } as const;
    expect(repeatsRequest(text, zipped)).toBe(expected);
  });

  it("takes a request that is too large to be searched for one that may be repeated", () => {
    const body = Buffer.alloc(9 * 1024 * 1024);
    for (const contentEncoding of [undefined, "gzip"] as const) {
      const sent = contentEncoding === "gzip" ? gzipSync(body) : body;
      const request = { body: sent, contentEncoding, recordCount: 1 };
      expect(repeatsRequest("token expired", request)).toBe(true);
    }
  });
});
