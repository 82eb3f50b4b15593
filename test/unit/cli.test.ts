// SPDX-License-Identifier: Apache-2.0
// The real program in a process of its own, from its sources, as a shell starts it.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { VERSION } from "../../src/version.ts";

const CLI = new URL("../../src/cli.ts", import.meta.url).pathname;
const FIXTURES = new URL("../fixtures/map-command/", import.meta.url).pathname;

interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  readonly nodeArgs?: readonly string[];
}

/** Runs the program with nothing in its environment but what is given. */
async function run(argv: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { env = {}, input = "", nodeArgs = [] } = options;
  const child = spawn(process.execPath, [...nodeArgs, CLI, ...argv], { env });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const [stdout, stderr] = [out, err].map((chunks) => Buffer.concat(chunks).toString("utf8"));
      resolve({ code, signal, stdout: stdout ?? "", stderr: stderr ?? "" });
    });
  });
}

describe("the program", () => {
  it("maps the golden events byte for byte, with exit code 0 and nothing on stderr", async () => {
    // Made by: node src/cli.ts map < events.jsonl > request.json
    const input = readFileSync(`${FIXTURES}events.jsonl`);
    const { code, stdout, stderr } = await run(["map"], { input });
    expect([code, stderr]).toEqual([0, ""]);
    const golden = readFileSync(`${FIXTURES}request.json`, "utf8");
    expect(stdout).toBe(golden.replaceAll('"version":"0.1.0"', `"version":"${VERSION}"`));
  });

  it("ends with 1 where a line cannot be mapped, and prints the others", async () => {
    const { code, stdout, stderr } = await run(["map"], { input: 'no\n{"a":1}\n' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^line 1: not-json: /);
    expect(JSON.parse(stdout)).toHaveProperty("resourceLogs.0");
  });

  it("writes a long answer whole before it ends", async () => {
    const line = JSON.stringify({ operationName: "x".repeat(1000) });
    const { code, stdout } = await run(["map"], { input: `${line}\n`.repeat(3000) });
    expect(code).toBe(0);
    expect(stdout.length).toBeGreaterThan(3_000_000);
    expect(() => JSON.parse(stdout) as unknown).not.toThrow();
  });

  it("ends with 2 and all problems at once where the configuration is wrong", async () => {
    const env = {
      HSM_AUDIT_OTEL_POLL_INTERVAL: "15",
      HSM_AUDIT_OTEL_CHECKPOINT_PAHT: "x",
      OTEL_EXPORTER_OTLP_HEADERS: "geheim",
      OTEL_EXPORTER_OTLP_CERTIFICATE: "/does/not/exist.pem",
    };
    const { code, stdout, stderr } = await run(["config", "print", "--start", "soon"], { env });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("CONFIG_INVALID: the configuration has 5 problems\n");
    expect(stderr).toContain("HSM_AUDIT_OTEL_CHECKPOINT_PATH?");
    expect(stderr).not.toContain("geheim");
  });

  it("ends with 2 and a hint for a wrong command line", async () => {
    const { code, stderr } = await run(["confg"]);
    expect(code).toBe(2);
    expect(stderr).toContain("Did you mean config?");
  });

  it("prints the configuration from real files and masks it", async () => {
    const env = {
      AZURE_STORAGE_CONNECTION_STRING: "AccountName=contoso;AccountKey=Z2VoZWlt",
      OTEL_EXPORTER_OTLP_CLIENT_KEY: new URL("../fixtures/tls/client.key.pem", import.meta.url)
        .pathname,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: new URL(
        "../fixtures/tls/client.cert.pem",
        import.meta.url,
      ).pathname,
    };
    const { code, stdout, stderr } = await run(["config", "print"], { env });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(
      "connectionString = [redacted]  # env AZURE_STORAGE_CONNECTION_STRING",
    );
    expect(stdout).toContain("account = contoso  # from connectionString");
    expect(stdout).not.toContain("Z2VoZWlt");
    expect(stdout).not.toContain("BEGIN");
  });

  it("says which Node it needs before it loads anything", async () => {
    const old = "Object.defineProperty(process.versions,'node',{value:'20.20.2'})";
    const nodeArgs = ["--import", `data:text/javascript,${encodeURIComponent(old)}`];
    const { code, stdout, stderr } = await run(["--version"], { nodeArgs });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe("hsm-audit-otel needs Node.js 24 or newer; this is 20.20.2.\n");
    const source = readFileSync(CLI, "utf8");
    const imports = source.match(/^import (?!type ).*$/gm);
    expect(imports).toEqual(['import { isatty } from "node:tty";']);
  });

  it("does not fail when its reader goes away", async () => {
    const child = spawn(process.execPath, [CLI, "map"], { env: {} });
    const err: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.stdout.destroy();
    const line = JSON.stringify({ operationName: "x".repeat(1000) });
    child.stdin.on("error", () => undefined);
    child.stdin.end(`${line}\n`.repeat(3000));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, Buffer.concat(err).toString()]).toEqual([0, ""]);
  });

  it("ends at the first signal where the command has nothing to drain", async () => {
    const child = spawn(process.execPath, [CLI, "map"], { env: {} });
    // More than a pipe holds: written means that the program is up and reading.
    await new Promise((resolve) => child.stdin.write("\n".repeat(1 << 20), resolve));
    child.kill("SIGTERM");
    const signal = await new Promise((resolve) => {
      child.on("close", (_, name) => {
        resolve(name);
      });
    });
    expect(signal).toBe("SIGTERM");
  });
});
