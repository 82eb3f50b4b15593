// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { sasExpiryMs } from "../../../src/azure/sas-expiry.ts";

const urlWith = (query: string): string => `https://contoso.blob.core.windows.net/logs?${query}`;

describe("the expiry of a shared access signature", () => {
  it.each([
    ["2026-01-15T11:00:00Z", Date.UTC(2026, 0, 15, 11)],
    ["2026-01-15T11%3A00%3A00Z", Date.UTC(2026, 0, 15, 11)],
    ["2026-01-15T11:00Z", Date.UTC(2026, 0, 15, 11)],
    ["2026-01-15", Date.UTC(2026, 0, 15)],
    ["2026-01-15T11:00:00.5Z", Date.UTC(2026, 0, 15, 11, 0, 0, 500)],
  ])("is read in the form %s", (expiry, expected) => {
    expect(sasExpiryMs(urlWith(`sv=2024-11-04&se=${expiry}&sig=x`))).toBe(expected);
  });

  it.each([
    "se=&sig=x",
    "se=tomorrow&sig=x",
    "se=2026-13-45&sig=x",
    "si=policy&sig=x",
    "",
    "se=2026-01-15",
  ])("is not known from %j", (query) => {
    expect(sasExpiryMs(urlWith(query))).toBeUndefined();
  });

  it("is not known from what is no URL", () => {
    expect(sasExpiryMs("no url")).toBeUndefined();
  });
});
