// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { callerIdentityOf, claimSpellings } from "../../../src/map/identity.ts";

const CLAIMS = { oid: "b1c5" };

describe("callerIdentityOf", () => {
  it.each([
    ["an object with claim", { claim: CLAIMS }],
    ["a JSON text of it", JSON.stringify({ claim: CLAIMS })],
    ["the activity log's claims", { authorization: {}, claims: CLAIMS }],
    ["claims at the top", CLAIMS],
    ["a JSON text of those", JSON.stringify(CLAIMS)],
  ])("finds the claims in %s", (_, identity) => {
    expect(callerIdentityOf(identity)).toEqual({ claims: CLAIMS, plainName: undefined });
  });

  it("takes a text that is no JSON object for a name", () => {
    expect(callerIdentityOf("Me")).toEqual({ claims: undefined, plainName: "Me" });
  });

  it.each([[undefined], [null], [7], [[CLAIMS]], ['{"claim":'], [true]])(
    "finds nobody in %j",
    (identity) => {
      expect(callerIdentityOf(identity)).toEqual({ claims: undefined, plainName: undefined });
    },
  );
});

describe("an identity that is no plain name", () => {
  const claims = { oid: "O" };
  it.each([
    ["blanks before it", ` \n${JSON.stringify({ claim: claims })}`],
    ["a BOM before it", `\uFEFF${JSON.stringify({ claim: claims })}`],
    ["JSON of JSON", JSON.stringify(JSON.stringify({ claim: claims }))],
  ])("is read with %s", (_, identity) => {
    expect(callerIdentityOf(identity)).toEqual({ claims, plainName: undefined });
  });

  it.each([
    ["a list", '[{"claim":{"oid":"O"}}]'],
    ["half a JSON text", '{"claim":{"oid"'],
    ["a token", "eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiJPIn0.c2ln"],
    ["a header", "Bearer abc"],
    ["JSON behind a word", 'claims {"oid":"O"}'],
    ["a text that is too long for a name", "x".repeat(257)],
  ])("names nobody: %s", (_, identity) => {
    const { claims: found, plainName } = callerIdentityOf(identity);
    expect([found, plainName]).toEqual([undefined, undefined]);
  });
});

describe("claimSpellings", () => {
  it("gives a long claim its URL and both mangled forms", () => {
    const claim = "http://schemas.microsoft.com/identity/claims/objectidentifier";
    expect(claimSpellings(claim)).toEqual([
      { namespace: undefined, key: claim },
      {
        namespace: undefined,
        key: "http_schemas_microsoft_com_identity_claims_objectidentifier",
      },
      { namespace: "http_schemas_microsoft_com_identity", key: "objectidentifier" },
    ]);
  });

  it("leaves a short claim and a URL without a claims folder as they are", () => {
    expect(claimSpellings("oid")).toEqual([{ namespace: undefined, key: "oid" }]);
    expect(claimSpellings("https://x/y")).toHaveLength(2);
  });
});
