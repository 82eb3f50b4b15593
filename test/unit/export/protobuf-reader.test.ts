// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ProtobufReader, WireError } from "../../../src/export/protobuf-reader.ts";

function readerOf(hex: string): ProtobufReader {
  const reader = new ProtobufReader(Buffer.from(hex.replaceAll(" ", ""), "hex"));
  reader.next();
  return reader;
}

describe("a protobuf reader", () => {
  it.each<[string, bigint]>([
    ["08 00", 0n],
    ["08 96 01", 150n],
    ["08 ff ff ff ff ff ff ff 0f", 2n ** 53n - 1n],
    ["08 81 80 80 80 80 80 80 10", 2n ** 53n + 1n],
    ["08 ff ff ff ff ff ff ff ff 7f", 2n ** 63n - 1n],
    ["08 ff ff ff ff ff ff ff ff ff 01", -1n],
    ["08 80 80 80 80 80 80 80 80 80 01", -(2n ** 63n)],
  ])("reads the int64 of %s exactly", (hex, value) => {
    expect(readerOf(hex).int64()).toBe(value);
  });

  it("reads fixed numbers, little end first", () => {
    expect(readerOf("09 01 00 00 00 00 00 00 80").fixed64()).toBe(2n ** 63n + 1n);
    expect(readerOf("0d 02 00 00 80").fixed32()).toBe(2 ** 31 + 2);
    expect(readerOf("09 00 00 00 00 00 00 f0 3f").double()).toBe(1);
  });

  it("stays within an embedded message", () => {
    const outer = readerOf("0a 02 08 05 10 07");
    const inner = outer.message();
    expect(inner.next()).toBe(true);
    expect(inner.uint32()).toBe(5);
    expect(inner.next()).toBe(false);
    expect(outer.next()).toBe(true);
    expect(outer.field).toBe(2);
  });

  it("cannot be led out of an embedded message", () => {
    const inner = readerOf("0a 02 0a 05 61 61 61 61 61").message();
    inner.next();
    expect(() => inner.text()).toThrow(WireError);
  });

  it("knows a replacement character from bytes that are no text", () => {
    expect(readerOf("0a 03 ef bf bd").text()).toBe("\ufffd");
    expect(() => readerOf("0a 03 ef bf 20").text()).toThrow(WireError);
  });

  it.each(["00 00", "0b", "0c", "0e", "0f", "80 80 80 80 80 01 00", "08", "0a 01", "0d 00 00 00"])(
    "refuses %s",
    (hex) => {
      expect(() => {
        readerOf(hex).skip();
      }).toThrow(WireError);
    },
  );
});
