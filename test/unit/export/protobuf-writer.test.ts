// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ProtobufReader } from "../../../src/export/protobuf-reader.ts";
import { lengthBytes, ProtobufWriter } from "../../../src/export/protobuf-writer.ts";

const TEXT = 0x0a;
const INT = 0x10;
const FIXED = 0x19;

/** A writer whose buffers are so small that every message has to move. */
function smallWriter(): ProtobufWriter {
  return new ProtobufWriter((bytes) => Buffer.alloc(Math.max(4, bytes)));
}

function read(write: (writer: ProtobufWriter) => void): ProtobufReader {
  const writer = smallWriter();
  write(writer);
  const { buffer, from, to } = writer.finish();
  const reader = new ProtobufReader(buffer, from, to);
  reader.next();
  return reader;
}

describe("ProtobufWriter", () => {
  it.each(["", "a", "x".repeat(24), "x".repeat(127), "x".repeat(128), "x".repeat(20_000)])(
    "writes an ASCII text with its shortest length (%#)",
    (text) => {
      const reader = read((writer) => {
        writer.byte(TEXT);
        writer.text(text);
      });
      expect(reader.text()).toBe(text);
      expect(reader.next()).toBe(false);
    },
  );

  it.each(["ü", "ü".repeat(12), "ü".repeat(63), "ü".repeat(64), "😀".repeat(9_000), "a\ud800b"])(
    "writes a text beyond ASCII with the length of its bytes (%#)",
    (text) => {
      const reader = read((writer) => {
        writer.byte(TEXT);
        writer.text(text);
      });
      expect(reader.text()).toBe(text.toWellFormed());
      expect(reader.next()).toBe(false);
    },
  );

  it.each([0, 1, 127, 128, 2 ** 32, 2 ** 53, -1, -42, -(2 ** 32), -(2 ** 53) + 1, -(2 ** 63)])(
    "writes the integer %s exactly",
    (value) => {
      const reader = read((writer) => {
        writer.byte(INT);
        writer.int64(value);
      });
      expect(reader.int64()).toBe(BigInt(value));
      expect(reader.next()).toBe(false);
    },
  );

  it("writes fixed64 from its halves", () => {
    const reader = read((writer) => {
      writer.byte(FIXED);
      writer.fixed64(0xffff_fffe, 0x8000_0001);
    });
    expect(reader.fixed64()).toBe(0x8000_0001_ffff_fffen);
  });

  it.each([
    ["more", 200, 0],
    ["much more", 70_000, 100],
    ["less", 3, 70_000],
    ["as much", 130, 130],
  ])("ends an inner message that got %s than expected", (_, length, expected) => {
    const text = "y".repeat(length);
    const reader = read((writer) => {
      writer.byte(TEXT);
      const content = writer.begin(expected);
      writer.byte(TEXT);
      writer.text(text);
      writer.end(content, expected);
    });
    const inner = reader.message();
    inner.next();
    expect(inner.text()).toBe(text);
    expect(reader.next()).toBe(false);
  });

  it.each(["short", "v".repeat(200), "größer", "ü".repeat(80)])(
    "writes an entry with a text as one message (%#)",
    (text) => {
      const reader = read((writer) => {
        writer.textEntry({ entry: TEXT, text: TEXT }, Buffer.from([TEXT, 1, 0x6b, 0x12]), text);
      });
      const entry = reader.message();
      entry.next();
      expect(entry.text()).toBe("k");
      entry.next();
      const value = entry.message();
      value.next();
      expect(value.text()).toBe(text);
      expect(entry.next()).toBe(false);
      expect(reader.next()).toBe(false);
    },
  );

  it("keeps finished messages as they are while others are written and moved", () => {
    const writer = smallWriter();
    const texts = Array.from({ length: 50 }, (_, index) => "z".repeat(index * 7));
    const written = texts.map((text) => {
      writer.text(text);
      return writer.finish();
    });
    const found = written.map(({ buffer, from, to }) =>
      buffer.toString("utf8", from + lengthBytes(to - from - 1), to),
    );
    expect(found).toEqual(texts);
  });

  it("forgets a message that was given up", () => {
    const writer = smallWriter();
    writer.text("given up");
    writer.restart();
    writer.byte(7);
    const { buffer, from, to } = writer.finish();
    expect([...buffer.subarray(from, to)]).toEqual([7]);
  });
});
