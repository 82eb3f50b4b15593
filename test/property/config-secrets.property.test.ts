// SPDX-License-Identifier: Apache-2.0
// Whatever the secrets are and wherever an operator puts them, right or wrong, no output of the program shows them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runProgram } from "../../src/commands/program.ts";
import { createRecordingHost } from "../support/recording-context.ts";

/** Long enough not to occur by chance; letters that survive URL parsing and base64 rules unchanged. */
const secret = fc.stringMatching(/^[A-Za-z0-9]{12,24}$/).map((word) => `Zq${word}`);
const junk = fc.constantFrom("", " ", "%zz", "\n", ";", ",", "==", "&x=1", "\u001b[2J", "é");

/** Places for a secret, well-formed or nearly so. */
const PLACES: readonly ((secret: string, junk: string) => readonly [string, string])[] = [
  (s, j) => ["HSM_AUDIT_OTEL_ACCOUNT_KEY", `${s}${j}`],
  (s, j) => ["HSM_AUDIT_OTEL_SAS_TOKEN", `?sv=1&sig=${s}${j}`],
  (s, j) => ["HSM_AUDIT_OTEL_SAS_TOKEN", `${s}${j}`],
  (s, j) => ["AZURE_STORAGE_CONNECTION_STRING", `AccountName=c;AccountKey=${s}${j}`],
  (s, j) => ["AZURE_STORAGE_CONNECTION_STRING", `${s}${j}`],
  (s, j) => ["HSM_AUDIT_OTEL_ACCOUNT_URL", `https://c.blob.core.windows.net${j}?sig=${s}`],
  (s, j) => ["HSM_AUDIT_OTEL_ACCOUNT_URL", `https://c.dfs.core.windows.net/?sig=${s}${j}`],
  (s, j) => ["HSM_AUDIT_OTEL_ACCOUNT_URL", `AccountKey=${s}${j}`],
  (s, j) => ["OTEL_EXPORTER_OTLP_HEADERS", `Authorization=Bearer ${s}${j}`],
  (s, j) => ["OTEL_EXPORTER_OTLP_HEADERS", `Authorization: Bearer ${s}${j}`],
  (s, j) => ["OTEL_EXPORTER_OTLP_LOGS_HEADERS", `a=1,x=${s}${j}`],
  (s, j) => ["OTEL_EXPORTER_OTLP_ENDPOINT", `https://u:${s}@c${j}/`],
  (s, j) => ["OTEL_EXPORTER_OTLP_ENDPOINT", `https://c/?api-key=${s}${j}`],
  (s, j) => ["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", `https://${s}${j}@c/`],
  (s, j) => ["HTTP_PROXY", `http://u:${s}${j}@proxy:1`],
  (s, j) => ["HTTP_PROXY", `socks5://u:${s}${j}@proxy:1`],
];

describe("secrets", () => {
  it("never appear in the output of config print, in whatever form and with whatever mistake", async () => {
    const places = fc.subarray([...PLACES], { minLength: 1 });
    const form = fc.record({ isTty: fc.boolean(), argv: fc.constantFrom([], ["--json"]) });
    await fc.assert(
      fc.asyncProperty(secret, junk, places, form, async (word, extra, chosen, { isTty, argv }) => {
        const env = {
          OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318",
          ...Object.fromEntries(chosen.map((place) => place(word, extra))),
        };
        const host = createRecordingHost({ env, isTty });
        const code = await runProgram(["config", "print", ...argv], host);
        expect([0, 2]).toContain(code);
        const output = host.stdout.text + host.stderr.text;
        expect(output).not.toBe("");
        for (const shape of [
          word,
          encodeURIComponent(word),
          Buffer.from(word).toString("base64"),
        ]) {
          expect(output.toLowerCase()).not.toContain(shape.toLowerCase());
        }
      }),
      { numRuns: 400 },
    );
  });

  it("never appear in a problem with a configuration file", async () => {
    const lines = fc.constantFrom(
      "accountKey: ",
      "accountKey: [",
      "accountKey: '",
      "sasToken:\n  x: ",
      "export:\n  headers:\n    a: ",
      "export:\n  headers: ",
      "connectionString: {a: ",
      "  : ",
    );
    await fc.assert(
      fc.asyncProperty(secret, junk, lines, async (word, extra, line) => {
        const folder = mkdtempSync(join(tmpdir(), "config-secrets-"));
        try {
          const path = join(folder, "config.yaml");
          writeFileSync(path, `start: 1h\n${line}${word}${extra}\n`);
          const host = createRecordingHost({});
          await runProgram(["config", "print", "--config", path], host);
          expect(host.stdout.text + host.stderr.text).not.toContain(word);
        } finally {
          rmSync(folder, { recursive: true });
        }
      }),
      { numRuns: 200 },
    );
  });
});
