// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { runProgram } from "../../../src/commands/program.ts";
import { createRecordingHost } from "../../support/recording-context.ts";

async function print(env: Record<string, string>, argv: readonly string[] = [], isTty = false) {
  const host = createRecordingHost({ env, isTty });
  const code = await runProgram(["config", "print", ...argv], host);
  return { code, stdout: host.stdout.text, stderr: host.stderr.text };
}

describe("config print", () => {
  const env = {
    HSM_AUDIT_OTEL_ACCOUNT_URL: "https://contoso.blob.core.windows.net/?sv=1&sig=geheim",
    OTEL_EXPORTER_OTLP_ENDPOINT: "https://u:geheim@c/base?key=geheim",
    OTEL_EXPORTER_OTLP_HEADERS: "Authorization=geheim",
    HTTPS_PROXY: "http://u:geheim@proxy:3128",
  };

  it("shows values with their places in a pipe, and no secret", async () => {
    const { code, stdout } = await print(env, ["--start", "7d"]);
    expect(code).toBe(0);
    expect(stdout).toContain("start = 7d  # --start\n");
    expect(stdout).toContain("pollInterval = 15s  # default\n");
    expect(stdout).toContain("sasToken = (unset)  # default\n");
    expect(stdout).toContain(
      "account = contoso  # from accountUrl (env HSM_AUDIT_OTEL_ACCOUNT_URL)\n",
    );
    expect(stdout).toContain(
      "accountUrl = https://contoso.blob.core.windows.net/?sv=[redacted]&sig=[redacted]  # env HSM_AUDIT_OTEL_ACCOUNT_URL\n",
    );
    expect(stdout).toContain("export.headers = authorization=[redacted]");
    expect(stdout).toContain(
      "export.url = https://c/base/v1/logs?key=[redacted]  # from export.endpoint (env OTEL_EXPORTER_OTLP_ENDPOINT)\n",
    );
    expect(stdout).toContain("export.proxy = http://[redacted]@proxy:3128/  # env HTTPS_PROXY\n");
    expect(stdout).not.toContain("geheim");
  });

  it("prints one JSON object a line with --json", async () => {
    const { stdout } = await print(env, ["--json"]);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows).toContainEqual({ name: "start", value: "24h", origin: "default" });
    expect(rows).toContainEqual({ name: "sasToken", value: null, origin: "default" });
    expect(stdout).not.toContain("geheim");
  });

  it("prints a table on a terminal", async () => {
    const { stdout } = await print(env, [], true);
    expect(stdout).toMatch(/│ option\s+│ value\s+│ from\s+│/);
    expect(stdout).not.toContain("geheim");
  });

  it("reports all problems on stderr, nothing on stdout, and ends with 2", async () => {
    const wrong = { HSM_AUDIT_OTEL_START: "soon", HSM_AUDIT_OTEL_BUDGET_BYTES: "1" };
    const { code, stdout, stderr } = await print(wrong);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(
      /^CONFIG_INVALID: the configuration has 2 problems\n {2}- start .*\n {2}- budgetBytes .*\n$/,
    );
  });

  it("makes control characters in values visible", async () => {
    const { stderr } = await print({ "HSM_AUDIT_OTEL_\u001b[2J": "x" });
    expect(stderr).toContain("\\u{1b}[2J");
    expect(stderr).not.toContain("\u001b");
  });
});
