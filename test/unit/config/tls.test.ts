// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { formatProblem } from "../../../src/config/problem.ts";
import { readTextFile } from "../../../src/config/read-config.ts";

const TLS = new URL("../../fixtures/tls/", import.meta.url).pathname;
const CERT = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
const KEY = "OTEL_EXPORTER_OTLP_CLIENT_KEY";

function load(env: Record<string, string>) {
  return loadConfig({ env, flags: {}, readFile: readTextFile }, { storage: false });
}

function problemsOf(env: Record<string, string>): string[] {
  const result = load(env);
  return result.kind === "ok" ? [] : result.problems.map(formatProblem);
}

describe("certificates", () => {
  it("are loaded as text, the key as a secret", () => {
    const result = load({
      OTEL_EXPORTER_OTLP_CERTIFICATE: `${TLS}ca.cert.pem`,
      [CERT]: `${TLS}client.cert.pem`,
      [KEY]: `${TLS}client.key.pem`,
    });
    if (result.kind === "invalid") throw new Error(result.problems.map(formatProblem).join());
    const { tls } = result.config.export;
    expect(tls.ca).toBe(readFileSync(`${TLS}ca.cert.pem`, "utf8"));
    expect(tls.cert).toBe(readFileSync(`${TLS}client.cert.pem`, "utf8"));
    expect(tls.key?.reveal()).toBe(readFileSync(`${TLS}client.key.pem`, "utf8"));
    expect(JSON.stringify(result.config)).not.toContain("PRIVATE");
  });

  it("that cannot be read are a problem at start", () => {
    const [problem] = problemsOf({ OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE: `${TLS}none.pem` });
    expect(problem).toBe(
      `export.certificate (env OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE): "${TLS}none.pem" cannot be read (ENOENT)`,
    );
  });

  it.each([
    [`${TLS}README.md`, "holds no PEM certificate"],
    [`${TLS}client.key.pem`, "holds no PEM certificate"],
    [TLS, "cannot be read (EISDIR)"],
  ])("that are none are a problem at start: %#", (path, message) => {
    expect(problemsOf({ OTEL_EXPORTER_OTLP_CERTIFICATE: path })[0]).toContain(message);
  });

  it("without key, and a key without certificate, are a problem", () => {
    expect(problemsOf({ [KEY]: `${TLS}client.key.pem` })).toEqual([
      `export.clientKey (env ${KEY}): is given without export.clientCertificate; give both`,
    ]);
    expect(problemsOf({ [CERT]: `${TLS}client.cert.pem` })).toEqual([
      `export.clientCertificate (env ${CERT}): is given without export.clientKey; give both`,
    ]);
  });

  it("with another's key are a problem", () => {
    const env = { [CERT]: `${TLS}client.cert.pem`, [KEY]: `${TLS}server.key.pem` };
    expect(problemsOf(env)).toEqual([
      `export.clientKey (env ${KEY}): does not belong to export.clientCertificate (env ${CERT})`,
    ]);
  });

  it("whose text is broken are a problem, without the text", () => {
    const broken = "-----BEGIN PRIVATE KEY-----\nZ2VoZWlt\n-----END PRIVATE KEY-----\n";
    const result = loadConfig(
      {
        env: { [CERT]: "c", [KEY]: "k" },
        flags: {},
        readFile: (path) => ({ kind: "text", text: path === "k" ? broken : "nothing" }),
      },
      { storage: false },
    );
    const problems = result.kind === "ok" ? [] : result.problems.map(formatProblem);
    expect(problems[0]).toContain('"c" holds no PEM certificate');
    expect(problems[1]).toContain('"k" holds a PEM private key that cannot be decoded');
    expect(problems.join()).not.toContain("Z2VoZWlt");
  });
});
