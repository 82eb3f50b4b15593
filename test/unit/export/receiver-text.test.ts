// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { quoteReceiver } from "../../../src/export/receiver-text.ts";

const quote = (body: string, secrets: string[] = []) => quoteReceiver(Buffer.from(body), secrets);

describe("quoteReceiver", () => {
  it("finds the message of a google.rpc.Status in JSON", () => {
    expect(quote('{"code":16,"message":"token expired","details":[]}')).toBe("token expired");
  });

  it("finds the message of a google.rpc.Status in protobuf", () => {
    const status = Buffer.concat([Buffer.from([0x08, 16, 0x12, 13]), Buffer.from("token expired")]);
    expect(quoteReceiver(status, [])).toBe("token expired");
  });

  it("quotes any other text as it is", () => {
    expect(quote("404 page not found\n")).toBe("404 page not found");
    expect(quote('{"error":"no such tenant"}')).toBe('{"error":"no such tenant"}');
  });

  it("has nothing to quote from nothing and from bytes that are no text", () => {
    expect(quote("")).toBeUndefined();
    expect(quote(" \n")).toBeUndefined();
    expect(quoteReceiver(Buffer.from([0xff, 0xfe, 0x00]), [])).toBeUndefined();
  });

  it("makes control characters visible, so that no line can be forged", () => {
    expect(quote("a\r\nb\tc\u0000d\u001b[31me\u202ef\u2028g")).toBe(
      "a\\r\\nb\\tc\\u{0}d\\u{1b}[31me\\u{202e}f\\u{2028}g",
    );
  });

  it("cuts to 300 characters", () => {
    const line = quote("é".repeat(1000));
    expect(line).toHaveLength(300);
    expect(line?.endsWith("é…")).toBe(true);
    expect(quote("x".repeat(300))).toBe("x".repeat(300));
  });

  it("never cuts a character into halves", () => {
    expect(quote(`x${"😀".repeat(400)}`)?.isWellFormed()).toBe(true);
  });

  it("blanks out the secrets that were sent", () => {
    expect(quote("bad token s3cr3t-token!", ["s3cr3t-token"])).toBe("bad token [redacted]!");
  });
});
