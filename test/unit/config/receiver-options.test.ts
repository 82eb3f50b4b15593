// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { configOf, problemsOf } from "../../support/given-config.ts";

describe("the receiver", () => {
  const urlOf = (env: Record<string, string>, flags = {}): string =>
    configOf({ env, flags }).export.url;

  it.each([
    ["http://c:4318", "http://c:4318/v1/logs"],
    ["http://c:4318/", "http://c:4318/v1/logs"],
    ["http://c:4318/my", "http://c:4318/my/v1/logs"],
    ["http://c:4318/my/", "http://c:4318/my/v1/logs"],
    ["https://c/otlp?key=1", "https://c/otlp/v1/logs?key=1"],
  ])("at the base endpoint %s is asked at %s", (endpoint, url) => {
    expect(urlOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toBe(url);
  });

  it.each([
    ["http://c:4318", "http://c:4318/"],
    ["http://c:4318/ingest", "http://c:4318/ingest"],
    ["http://c:4318/v1/logs/", "http://c:4318/v1/logs/"],
  ])("at the logs endpoint %s is asked as it is", (endpoint, url) => {
    const env = {
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://base",
    };
    expect(urlOf(env)).toBe(url);
  });

  it("is the flag's even where a variable names a logs endpoint", () => {
    const env = { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://env/x" };
    expect(urlOf(env, { "export-endpoint": "http://flag" })).toBe("http://flag/v1/logs");
  });

  it("gets a user and password of its URL as a header, and the URL none", () => {
    const receiver = configOf({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: "https://us%40er:pa%3Ass@c" },
    }).export;
    expect(receiver.url).toBe("https://c/v1/logs");
    const basic = Buffer.from("us@er:pa:ss").toString("base64");
    expect(receiver.headers["authorization"]?.reveal()).toBe(`Basic ${basic}`);
  });

  it.each(["c:4318", "grpc://c:4317", "http://", ""])("is refused at %j", (endpoint) => {
    const problems = problemsOf({ flags: { "export-endpoint": endpoint } });
    expect(problems[0]).toMatch(/^export\.endpoint \(--export-endpoint\)/);
  });

  it("takes settings by the logs variable first", () => {
    const env = {
      OTEL_EXPORTER_OTLP_TIMEOUT: "1000",
      OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: "2500",
      OTEL_EXPORTER_OTLP_COMPRESSION: "none",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "HTTP/JSON",
    };
    const receiver = configOf({ env }).export;
    expect(receiver).toMatchObject({ timeoutMs: 2500, compression: "none", protocol: "http/json" });
  });

  it("wants a unit for the timeout everywhere but in the standard variable", () => {
    expect(problemsOf({ flags: { "export-timeout": "2500" } })[0]).toContain("has no unit");
  });
});

describe("headers", () => {
  const headersOf = (env: Record<string, string>): Record<string, string> => {
    const { headers } = configOf({ env }).export;
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.reveal()]),
    );
  };

  it("of both variables are merged, and the logs variable wins whatever the case", () => {
    const env = {
      OTEL_EXPORTER_OTLP_HEADERS: "X-Scope-OrgID=a, Authorization=Basic%20YQ==,,",
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: "x-scope-orgid=b%2Cc",
    };
    expect(headersOf(env)).toEqual({ "x-scope-orgid": "b,c", authorization: "Basic YQ==" });
  });

  it("come from a map in the file", () => {
    const files = { "a.yaml": "export:\n  headers:\n    X-Key: v%20\n" };
    const { headers } = configOf({ flags: { config: "a.yaml" }, files }).export;
    expect(headers["x-key"]?.reveal()).toBe("v%20");
  });

  it.each([
    ["geheim", "entry 1 of the list has not the form name=value"],
    ["a=b,c=geheim%zz", "entry 2 of the list is not percent-encoded properly"],
    ["Authorization: Bearer geheim=", "a header's name holds a character"],
    ["a=geheim%0d%0aX: y", "header a: its value holds a character"],
    ["Content-Type=geheim", "header Content-Type is set by the program itself"],
  ])("that cannot be sent are refused without showing them: %s", (list, message) => {
    const problems = problemsOf({ env: { OTEL_EXPORTER_OTLP_HEADERS: list } });
    expect(problems.join()).toContain(message);
    expect(problems.join()).not.toContain("geheim");
  });
});

describe("resource attributes", () => {
  it("pass on the namespace and the environment only", () => {
    const env = {
      OTEL_RESOURCE_ATTRIBUTES:
        "service.name=x,service.namespace=sec%20ops,deployment.environment.name=prod,host.name=h",
    };
    expect(configOf({ env }).resourceDefaults).toEqual({
      serviceNamespace: "sec ops",
      deploymentEnvironmentName: "prod",
    });
  });
});
