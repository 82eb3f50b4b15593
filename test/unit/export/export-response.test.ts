// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { decodeExportResponse } from "../../../src/export/export-response.ts";

const text = (body: string) => decodeExportResponse(Buffer.from(body));
const hex = (body: string) => decodeExportResponse(Buffer.from(body.replaceAll(" ", ""), "hex"));
const nothingSaid = { rejectedCount: 0, message: "" };

describe("decodeExportResponse", () => {
  it("takes an empty body for a response that says nothing", () => {
    expect(text("")).toEqual(nothingSaid);
  });

  describe("of a JSON object", () => {
    it.each(["{}", " {} \n", '{"partialSuccess":{}}', '{"partialSuccess":null}'])(
      "takes %j for a full success",
      (body) => {
        expect(text(body)).toEqual(nothingSaid);
      },
    );

    it("reads an int64 count as string and as number", () => {
      const expected = { rejectedCount: 3, message: "too old" };
      expect(
        text('{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"too old"}}'),
      ).toEqual(expected);
      expect(text('{"partialSuccess":{"rejectedLogRecords":3,"errorMessage":"too old"}}')).toEqual(
        expected,
      );
    });

    it("accepts the names of the proto file, nulls and unknown keys beside", () => {
      expect(
        text('{"partial_success":{"rejected_log_records":"1","error_message":null},"took":5}'),
      ).toEqual({ rejectedCount: 1, message: "" });
    });

    it.each([
      '{"error":"session expired"}',
      '{"code":16,"message":"unauthenticated"}',
      '{"status":"ok"}',
      '{"partialSuccess":[]}',
      '{"partialSuccess":"no"}',
      '{"partialSuccess":{"rejectedLogRecords":"some"}}',
      '{"partialSuccess":{"rejectedLogRecords":1.5}}',
      '{"partialSuccess":{"errorMessage":7}}',
      '{"partialSuccess":{}} trailing',
      '{"partialSuccess":{}',
      "[]",
      "null",
      "true",
      '"ok"',
      "200",
    ])("refuses %j", (body) => {
      expect(text(body)).toBeUndefined();
    });
  });

  describe("of protobuf", () => {
    it("takes an empty partial success for a full success", () => {
      expect(hex("0a 00")).toEqual(nothingSaid);
    });

    it("reads count and message", () => {
      expect(hex("0a 09 08 03 12 05 68 65 6c 6c 6f")).toEqual({
        rejectedCount: 3,
        message: "hello",
      });
    });

    it("reads a warning without a count", () => {
      expect(hex("0a 04 12 02 68 69")).toEqual({ rejectedCount: 0, message: "hi" });
    });

    it("reads a negative count as such", () => {
      expect(hex("0a 0b 08 ff ff ff ff ff ff ff ff ff 01")?.rejectedCount).toBe(-1);
    });

    it("merges a partial success that comes in two parts", () => {
      expect(hex("0a 02 08 03 0a 04 12 02 68 69")).toEqual({ rejectedCount: 3, message: "hi" });
    });

    it("ignores well-formed unknown fields behind the known ones", () => {
      expect(hex("0a 04 08 03 18 07 22 01 61 2d 00 00 00 00")).toEqual({
        rejectedCount: 3,
        message: "",
      });
    });

    it.each([
      ["a truncated message", "0a 05 08 03"],
      ["a truncated number", "0a 01 08"],
      ["an over-long number", "0a 0c 08 ff ff ff ff ff ff ff ff ff ff 01"],
      ["a count of the wrong type", "0a 03 0a 01 61"],
      ["a message that is not UTF-8", "0a 03 12 01 ff"],
      ["a field number 0", "0a 00 00 00"],
      ["a group", "0a 00 1b 1c"],
      ["trailing garbage", "0a 00 ff"],
      ["no partial success but other fields", "10 01"],
      ["a partial success that begins with an unknown field", "0a 02 18 07"],
      ["a partial success behind other fields", "10 01 0a 00"],
      ["a compressed body", "1f 8b 08 00 00 00 00 00"],
    ])("refuses %s", (_what, body) => {
      expect(hex(body)).toBeUndefined();
    });
  });

  it.each([
    "<!DOCTYPE html><html><body>Sign in</body></html>",
    "\n<html>" + "x".repeat(200),
    "OK",
    "ok\n",
    "Accepted\n",
    " h",
    "Success",
    "1",
    "!12345678",
  ])("refuses the text %j", (body) => {
    expect(text(body)).toBeUndefined();
  });

  it("refuses every text, whatever length its first line announces", () => {
    for (let length = 0; length < 128; length++) {
      for (const filler of ["a", "!", " ", "5", "(", "A1234567"]) {
        const body = `\n${String.fromCharCode(length)}${filler.repeat(200).slice(0, length)}`;
        // A length of 0 is the one that makes it a protobuf message: "\n\0".
        if (length > 0) expect(text(body)).toBeUndefined();
      }
    }
  });
});
