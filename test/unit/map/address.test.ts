// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { parseClientAddress } from "../../../src/map/address.ts";

describe("parseClientAddress", () => {
  it.each([
    ["198.51.100.7", "198.51.100.7", undefined],
    ["198.51.100.7:49152", "198.51.100.7", 49_152],
    ["2001:db8::7", "2001:db8::7", undefined],
    ["[2001:db8::7]:443", "2001:db8::7", 443],
    ["[2001:db8::7]", "2001:db8::7", undefined],
    ["::ffff:203.0.113.201", "::ffff:203.0.113.201", undefined],
    ["host.example:80", "host.example", 80],
    ["198.51.100.7:1", "198.51.100.7", 1],
    ["198.51.100.7:65535", "198.51.100.7", 65_535],
  ])("splits %s", (text, address, port) => {
    expect(parseClientAddress(text)).toEqual({ address, port });
  });

  it.each([
    "X.X.X.X",
    "XX:2a02:db8",
    "198.51.100.7:0",
    "198.51.100.7:65536",
    "198.51.100.7:",
    ":1",
    "[]:1",
    // A last group of digits is no port: an IPv6 address stays whole.
    "2001:db8:1:2:3:4:5:6",
    "x[2001:db8::7]:443",
    "[2001:db8::7]:443x",
    "[2001:db8::7]443",
    "[2001:db8::7]:123456",
    "198.51.100.7:123456",
    "198.51.100.7:80 ",
    "[host]",
  ])("passes %s through as it is", (text) => {
    expect(parseClientAddress(text)).toEqual({ address: text, port: undefined });
  });
});
