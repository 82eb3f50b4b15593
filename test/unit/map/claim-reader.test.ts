// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ClaimReader } from "../../../src/map/claim-reader.ts";

function oidReader(): (identity: unknown) => { oid: unknown; plainName: string | undefined } {
  const reader = new ClaimReader();
  const [slot = 0] = reader.slotsFor("oid", () => 3);
  return (identity) => {
    const slots: unknown[] = [];
    const plainName = reader.read(identity, slots);
    return { oid: slots[slot], plainName };
  };
}

describe("ClaimReader", () => {
  it("says the same of a text that it has read before", () => {
    const read = oidReader();
    const text = JSON.stringify({ claim: { oid: "b1c5" } });
    expect(read(text)).toEqual({ oid: "b1c5", plainName: undefined });
    expect(read("John Doe")).toEqual({ oid: undefined, plainName: "John Doe" });
    expect(read(text)).toEqual({ oid: "b1c5", plainName: undefined });
    expect(read("John Doe")).toEqual({ oid: undefined, plainName: "John Doe" });
  });

  it("reads on with more callers, and longer texts, than it remembers", () => {
    const read = oidReader();
    for (let caller = 0; caller < 3000; caller += 1) {
      const padding = caller % 3 === 0 ? "x".repeat(2000) : "";
      const text = JSON.stringify({ claim: { oid: `id${caller}`, padding } });
      expect(read(text).oid).toBe(`id${caller}`);
    }
    expect(read(JSON.stringify({ claim: { oid: "id0" } })).oid).toBe("id0");
  });
});
