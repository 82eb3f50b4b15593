// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { COERCIONS } from "../../../src/map/coercions.ts";
import { EventFields } from "../../../src/map/event-fields.ts";

function leftOver(fields: EventFields): [string | undefined, unknown][] {
  return fields.leftNames
    .slice(0, fields.leftCount)
    .map((name, index) => [name, fields.leftValues[index]]);
}

describe("EventFields", () => {
  it("reads top-level fields, properties and claims in the order of preference", () => {
    const fields = new EventFields();
    const slots = fields.slotsOf(["clientInfo", "properties.clientInfo", "claim.appid"]);
    fields.read({ properties: { clientInfo: "b" }, identity: { claim: { appid: "c" } } });
    expect(fields.take(slots, COERCIONS.text)).toBe("b");
    fields.read({ identity: { claim: { appid: "c" } } });
    expect(fields.take(slots, COERCIONS.text)).toBe("c");
    fields.read({});
    expect(fields.take(slots, COERCIONS.text)).toBeUndefined();
  });

  it("gives the same source the same slot", () => {
    const fields = new EventFields();
    expect(fields.slotsOf(["x"])).toEqual(fields.slotsOf(["x"]));
  });

  it("reads properties from a JSON text, and leaves any other text over", () => {
    const fields = new EventFields();
    const slots = fields.slotsOf(["properties.id"]);
    fields.read({ properties: '{"id":"i","other":1}' });
    expect(fields.take(slots, COERCIONS.text)).toBe("i");
    expect(leftOver(fields)).toEqual([["other", 1]]);
    fields.read({ properties: "{broken" });
    expect(leftOver(fields)).toEqual([["", "{broken"]]);
    fields.read({ properties: [1] });
    expect(leftOver(fields)).toEqual([["", [1]]]);
  });

  it("leaves over what no rule knows or can take, never a claim", () => {
    const fields = new EventFields();
    const slots = fields.slotsOf(["a", "properties.b", "claim.c"]);
    fields.read({ z: 1, a: 2, properties: { b: 3 }, identity: { claim: { c: 4, d: 5 } } });
    expect(fields.take(slots, COERCIONS.text)).toBeUndefined();
    expect(leftOver(fields)).toEqual([
      ["z", 1],
      ["a", 2],
      ["b", 3],
    ]);
  });

  it("survives claims of any type where a namespace is expected", () => {
    const fields = new EventFields();
    const claim = "http://schemas.microsoft.com/identity/claims/scope";
    const slots = fields.slotsOf([`claim.${claim}`]);
    for (const value of [null, 1, "x", {}, { claims: null }, { claims: "x" }, { claims: {} }]) {
      fields.read({ identity: { claim: { http_schemas_microsoft_com_identity: value } } });
      expect(fields.take(slots, COERCIONS.words)).toBeUndefined();
    }
  });
});
