// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { recordIdPrefix, recordUid } from "../../../src/map/record-id.ts";

/**
 * Golden vectors: computed with coreutils, not with this program, for instance printf
 * 'contosologs\0insights-logs-auditevent\0…/PT1H.json\0001773478871' | sha256sum | cut -c1-16 A
 * change here breaks the recognition of repeats at every receiver.
 */
const HSM_BLOB =
  "resourceId=/SUBSCRIPTIONS/A1BA9AAA-1B2C-4D3E-8F4A-5B6C7D8E9F0A/RESOURCEGROUPS/CONTOSORESOURCEGROUP" +
  "/PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/CONTOSOMHSM/y=2026/m=03/d=14/h=09/m=00/PT1H.json";
const GOLDEN = [
  ["contosologs", "insights-logs-auditevent", HSM_BLOB, 1_773_478_871_000, "d2fb94b8ff7278b7"],
  ["a", "b", "c", 0, "4a42d9e062eeb380"],
  ["kontö", "c", "straße/ü.json", 1_700_000_000_999, "4462e8896ef0d488"],
] as const;

describe("record id", () => {
  it.each(GOLDEN)("has the prefix of the golden vector: %s/%s", (...vector) => {
    const [account, container, name, createdAtMs, expected] = vector;
    expect(recordIdPrefix({ account, container, name, createdAtMs })).toBe(expected);
  });

  it("ends with the offset in 16 hex digits", () => {
    expect(recordUid("0123456789abcdef", 0)).toBe("0123456789abcdef0000000000000000");
    expect(recordUid("0123456789abcdef", 1262)).toBe("0123456789abcdef00000000000004ee");
    expect(recordUid("0123456789abcdef", 2 ** 53 - 1)).toBe("0123456789abcdef001fffffffffffff");
  });

  it("tells blobs apart by each part of their identity", () => {
    const blob = { account: "a", container: "b", name: "c", createdAtMs: 1000 };
    const others = [
      { ...blob, account: "x" },
      { ...blob, container: "x" },
      { ...blob, name: "x" },
      { ...blob, createdAtMs: 2000 },
      { account: "a\0b", container: "c", name: "", createdAtMs: 1000 },
    ];
    const prefixes = new Set([blob, ...others].map(recordIdPrefix));
    expect(prefixes.size).toBe(6);
  });
});
