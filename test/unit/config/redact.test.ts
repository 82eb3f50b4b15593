// SPDX-License-Identifier: Apache-2.0
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { redactText, redactUrl } from "../../../src/config/redact.ts";
import { revealAll, Secret } from "../../../src/config/secret.ts";

describe("a secret", () => {
  it("shows only the mask, however it is printed", () => {
    const secret = new Secret("geheim");
    const printed = [`${secret}`, String(secret), JSON.stringify({ secret }), inspect({ secret })]; // eslint-disable-line @typescript-eslint/restrict-template-expressions
    expect(printed.join()).not.toContain("geheim");
    expect(printed[0]).toBe("[redacted]");
    expect(Object.keys(secret)).toEqual([]);
    expect(revealAll({ a: secret })).toEqual({ a: "geheim" });
  });
});

describe("a URL", () => {
  it.each([
    ["http://localhost:4318", "http://localhost:4318"],
    ["http://localhost:4318/v1/logs", "http://localhost:4318/v1/logs"],
    [
      "https://u:geheim@c/p?sig=geheim&sv=geheim",
      "https://[redacted]@c/p?sig=[redacted]&sv=[redacted]",
    ],
    ["https://geheim@c", "https://[redacted]@c"],
    ["https://c/#geheim", "https://c/"],
    ["geheim", "[redacted]"],
  ])("%s is shown as %s", (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});

describe("free text", () => {
  it.each([
    "GET https://c.blob.core.windows.net/x?sv=1&sig=geheim%3D&se=2 failed",
    "proxy http://user:geheim@proxy:3128 refused",
    "AccountName=c;AccountKey=geheim==;EndpointSuffix=x",
    "BlobEndpoint=https://c/;SharedAccessSignature=sv=1&sig=geheim",
    "Authorization: Bearer geheimgeheim",
    "authorization: Basic Z2VoZWlt:geheimgeheim",
    "client_secret=geheim&grant_type=x",
  ])("is shown without the secret in it: %s", (text) => {
    expect(redactText(text)).not.toContain("geheim");
    expect(redactText(text)).toContain("[redacted]");
  });

  it("without a secret stays as it is", () => {
    const text = "STORAGE_DENIED: listing failed: see https://aka.ms/x?y=1 (role: Basic reader)";
    expect(redactText(text)).toBe(text);
  });
});
