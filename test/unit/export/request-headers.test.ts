// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { prepareDestination } from "../../../src/export/request-headers.ts";

const plain = {
  url: "https://collector:4318/v1/logs",
  contentType: "application/json",
  headers: {},
  version: "1.2.3",
} as const;

describe("prepareDestination", () => {
  it("takes the credentials out of the URL", () => {
    const { url, headers } = prepareDestination({ ...plain, url: "https://us:pass@host/v1/logs" });
    expect(url.href).toBe("https://host/v1/logs");
    expect(headers["authorization"]).toBe(`Basic ${btoa("us:pass")}`);
  });

  it("prefers the user's own headers, but for the content type", () => {
    const { headers } = prepareDestination({
      ...plain,
      url: "https://us:pass@host/",
      headers: { Authorization: "Bearer abc", "User-Agent": "mine" },
    });
    expect(headers).toEqual({
      authorization: "Bearer abc",
      "user-agent": "mine",
      "content-type": "application/json",
    });
  });

  it("knows every secret that it sends, the longest first", () => {
    const { secrets } = prepareDestination({
      ...plain,
      url: "https://host/?key=abcdefgh",
      headers: { authorization: `Basic ${btoa("user:passw0rd")}`, "x-token": "Bearer 0123456789" },
    });
    expect(secrets).toEqual([
      `Basic ${btoa("user:passw0rd")}`,
      btoa("user:passw0rd"),
      "Bearer 0123456789",
      "user:passw0rd",
      "key=abcdefgh",
      "0123456789",
      "passw0rd",
    ]);
  });

  it("refuses userinfo that cannot be decoded", () => {
    expect(() => prepareDestination({ ...plain, url: "https://us%zz:pass@host/" })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });

  it("takes no common word for a secret", () => {
    const headers = { authorization: "Bearer 0123456789" };
    expect(prepareDestination({ ...plain, headers }).secrets).not.toContain("Bearer");
  });
});
