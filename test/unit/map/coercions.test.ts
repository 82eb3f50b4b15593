// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { COERCIONS, isBlank } from "../../../src/map/coercions.ts";

describe("isBlank", () => {
  it("is true for what Azure writes instead of nothing, and for nothing else", () => {
    expect([undefined, null, "", "-", "(unknown)"].map(isBlank)).toEqual(Array(5).fill(true));
    expect([0, false, " ", "--", "unknown", {}, []].map(isBlank)).toEqual(Array(7).fill(false));
  });
});

describe("COERCIONS", () => {
  it.each([
    ["text", "x", "x"],
    ["text", 7, undefined],
    ["label", "400", "400"],
    ["label", 4, "4"],
    ["label", 4.5, undefined],
    ["label", true, undefined],
    ["integer", 488, 488],
    ["integer", "78", 78],
    ["integer", "-1", -1],
    ["integer", "0", 0],
    ["integer", "999999999999999", 999_999_999_999_999],
    ["integer", "", undefined],
    ["integer", "-", undefined],
    ["integer", "--1", undefined],
    ["integer", " 78", undefined],
    ["integer", "78ms", undefined],
    ["integer", 12.5, undefined],
    ["integer", "12.5", undefined],
    ["integer", "1e3", undefined],
    ["integer", "9007199254740993", undefined],
    ["integer", 1e300, undefined],
    ["integer", true, undefined],
    ["flag", true, true],
    ["flag", "False", false],
    ["flag", "TRUE", true],
    ["flag", false, false],
    ["flag", "", undefined],
    ["flag", "yes", undefined],
    ["flag", 1, undefined],
    ["tlsVersion", "TLS1_3", "1.3"],
    ["tlsVersion", "TLSv1.2", "1.2"],
    ["tlsVersion", "TLS1", "1.0"],
    ["tlsVersion", "tls1_2", "1.2"],
    ["tlsVersion", "SSL3", "SSL3"],
    ["tlsVersion", "1.3", "1.3"],
    ["tlsVersion", "TLS", "TLS"],
    ["tlsVersion", "TLS1-2", "TLS1-2"],
    ["tlsVersion", "TLS1_", "TLS1_"],
    ["tlsVersion", "DTLS1_2", "DTLS1_2"],
    ["tlsVersion", "TLS1_2 (draft)", "TLS1_2 (draft)"],
    ["tlsVersion", 1.3, undefined],
    ["words", "pwd", "pwd"],
    ["words", ["pwd", "mfa"], "pwd,mfa"],
    ["words", ["pwd"], "pwd"],
    ["words", { 0: "pwd", length: 1 }, undefined],
    ["words", [], undefined],
    ["words", ["pwd", 1], undefined],
  ] as const)("%s of %j is %j", (name, value, expected) => {
    expect(COERCIONS[name](value)).toBe(expected);
  });
});
