// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { chooseProxy } from "../../../src/config/proxy.ts";

const HTTP_PROXY = "http://user:geheim@proxy:3128";

function proxyOf(url: string, env: Record<string, string>): string | undefined {
  return chooseProxy(url, env).proxy?.reveal();
}

describe("the proxy", () => {
  it("is chosen by the scheme of the receiver, lower case first", () => {
    const env = { HTTP_PROXY: "http://a:1", HTTPS_PROXY: "http://b:1", https_proxy: "http://c:1" };
    expect(proxyOf("http://r", env)).toBe("http://a:1/");
    expect(proxyOf("https://r", env)).toBe("http://c:1/");
    expect(proxyOf("https://r", { HTTP_PROXY: "http://a:1" })).toBeUndefined();
  });

  it("may be written without a scheme", () => {
    expect(proxyOf("http://r", { http_proxy: "proxy:3128" })).toBe("http://proxy:3128/");
  });

  it.each(["http://localhost:4318", "http://127.0.0.1:4318", "http://[::1]:4318"])(
    "is never used for this machine: %s",
    (url) => {
      expect(proxyOf(url, { HTTP_PROXY })).toBeUndefined();
    },
  );

  it.each([
    ["*", true],
    ["collector.monitoring.svc", true],
    ["monitoring.svc", true],
    [".svc", true],
    ["*.svc", true],
    ["COLLECTOR.monitoring.svc:4318", true],
    ["collector.monitoring.svc:4317", false],
    ["other, monitoring.svc", true],
    ["ing.svc", false],
    ["", false],
  ])("is left out for the names in NO_PROXY=%j: %s", (NO_PROXY, isLeftOut) => {
    const url = "http://collector.monitoring.svc:4318/v1/logs";
    expect(proxyOf(url, { HTTP_PROXY, NO_PROXY }) === undefined).toBe(isLeftOut);
  });

  it.each([
    ["10.0.0.0/8", "http://10.1.2.3", true],
    ["10.1.2.3", "http://10.1.2.3", true],
    ["10.0.0.0/8", "http://11.1.2.3", false],
    ["10.0.0.0/8", "http://ten.example", false],
    ["fd00::/8", "http://[fd00::1]", true],
    ["10.0.0.0/99", "http://10.1.2.3", false],
  ])("is left out for addresses: NO_PROXY=%s, %s: %s", (no_proxy, url, isLeftOut) => {
    expect(proxyOf(url, { HTTP_PROXY, no_proxy }) === undefined).toBe(isLeftOut);
  });

  it("that is no URL is a problem without showing it", () => {
    const { problems } = chooseProxy("http://r", { HTTP_PROXY: "socks5://u:geheim@p:1" });
    expect(problems[0]?.name).toBe("HTTP_PROXY");
    expect(JSON.stringify(problems)).not.toContain("geheim");
  });
});
