// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { keepBytes } from "../../../src/export/otlp-protobuf-values.ts";

describe("keepBytes", () => {
  it("copies a message into memory that holds nothing else", () => {
    const buffer = Buffer.from("before message after");
    const kept = keepBytes({ buffer, from: 7, to: 14 });
    buffer.fill(0);
    expect(kept.toString()).toBe("message");
    expect(kept.buffer.byteLength).toBe(7);
  });
});
