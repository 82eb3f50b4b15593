// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  attributeNames,
  checkOverrides,
  type MappingOverrides,
} from "../../../src/map/overrides.ts";

const NONE: MappingOverrides = { rename: {}, drop: [], add: {} };
const problemsOf = (overrides: Partial<MappingOverrides>): string[] =>
  checkOverrides({ ...NONE, ...overrides }, (given) =>
    given === "user.nam" ? "user.name" : "",
  ).map(({ option, message }) => `${option}: ${message}`);

describe("checkOverrides", () => {
  it.each<[string, Partial<MappingOverrides>]>([
    ["nothing", {}],
    ["a new name", { rename: { "user.id": "enduser.id" } }],
    [
      "a name of the table that is dropped",
      { drop: ["user.name"], rename: { "user.email": "user.name" } },
    ],
    ["two names exchanged", { rename: { "user.id": "user.name", "user.name": "user.id" } }],
    ["a text in place of what is dropped", { drop: ["user.name"], add: { "user.name": "hidden" } }],
    [
      "a field without a rule",
      { rename: { "azure.properties.vault": "vault" }, drop: ["azure.properties"] },
    ],
    ["a resource attribute", { rename: { "cloud.region": "region" }, drop: ["azure.tenant.id"] }],
  ])("allows %s", (_, overrides) => {
    expect(problemsOf(overrides)).toEqual([]);
  });

  it.each<[Partial<MappingOverrides>, RegExp]>([
    [
      { rename: { "user.nam": "x" } },
      /^rename: "user\.nam" is no attribute.*did you mean user\.name\?; expected/,
    ],
    [{ drop: ["azure.propertie.x"] }, /^drop: "azure\.propertie\.x" is no attribute/],
    [
      { drop: ["azure.properties.*"] },
      /^drop: "azure\.properties\.\*" is a pattern; expected a whole name/,
    ],
    [{ drop: ["log.record.uid"] }, /^drop: "log\.record\.uid" must keep its name: receivers tell/],
    [{ rename: { "log.record.uid": "id" } }, /^rename: "log\.record\.uid" must keep/],
    [{ drop: ["service.name"] }, /^drop: "service\.name" must keep/],
    [
      { rename: { "user.id": "user.name" } },
      /^rename: "user\.id=user\.name" gives the name of another/,
    ],
    [{ add: { "cloud.region": "x" } }, /^add: "cloud\.region" gives the name of another/],
    [
      { rename: { "user.id": "x", "user.name": "x" } },
      /^rename: "user\.name=x" gives a name that another/,
    ],
    [{ rename: { "user.id": "x" }, add: { x: "y" } }, /^add: "x" gives a name that another/],
    [{ rename: { "user.id": "azure.properties.x" } }, /writes under azure\.properties/],
    [{ add: { "azure.properties": "x" } }, /writes under azure\.properties/],
    [{ rename: { "user.id": "" } }, /gives a name that receivers cannot hold/],
    [{ rename: { "user.id": "a b" } }, /gives a name that receivers cannot hold/],
    [{ add: { ["x".repeat(257)]: "y" } }, /gives a name that receivers cannot hold/],
    [{ add: JSON.parse('{"__proto__":"x"}') as Record<string, string> }, /cannot hold/],
    [{ add: { team: " " } }, /^add: "team" has no usable text; expected 1 to 1024/],
    [{ add: { team: "\ud800" } }, /^add: "team" has no usable text/],
    [
      { rename: { "user.id": "x" }, drop: ["user.id"] },
      /^drop: "user\.id" is named more than once/,
    ],
    [{ drop: ["user.id", "user.id"] }, /^drop: "user\.id" is named more than once/],
  ])("refuses %j", (overrides, message) => {
    const problems = problemsOf(overrides);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  it("tells of everything at once", () => {
    expect(problemsOf({ rename: { a: "b" }, drop: ["c"], add: { d: "" } })).toHaveLength(3);
  });
});

describe("attributeNames", () => {
  it("is nothing where nothing is overridden", () => {
    expect(attributeNames(undefined)).toBeUndefined();
    expect(attributeNames(NONE)).toBeUndefined();
  });

  it("gives the new name, none for what is dropped, and the old one otherwise", () => {
    const names = attributeNames({
      rename: { "user.id": "x" },
      drop: ["user.name"],
      add: { a: "b" },
    });
    expect(names?.nameOf("user.id")).toBe("x");
    expect(names?.nameOf("user.name")).toBeUndefined();
    expect(names?.nameOf("constructor")).toBe("constructor");
    expect(names?.added).toEqual([["a", "b"]]);
  });

  it("refuses what would give a name twice, with all problems", () => {
    const overrides = { ...NONE, drop: ["a", "b"] };
    expect(() => attributeNames(overrides)).toThrow(/CONFIG_INVALID: mapping\.drop: "a".*\n.*"b"/);
  });
});
