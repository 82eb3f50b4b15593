// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { CommandContext, CommandEntry } from "../../../src/commands/command.ts";
import { runProgram } from "../../../src/commands/program.ts";
import { ConnectorError } from "../../../src/errors.ts";
import { createRecordingHost } from "../../support/recording-context.ts";

/** A command that does what the test says, and remembers its context. */
function createEntry(run: (context: CommandContext) => void = () => undefined) {
  const seen: CommandContext[] = [];
  const entry: CommandEntry = {
    name: "cursors set",
    summary: "set a cursor",
    config: { groups: ["Checkpoint"], needs: { storage: false } },
    flags: [
      { name: "json", doc: "as JSON" },
      { name: "not-before", placeholder: "time", doc: "a time" },
    ],
    args: [{ form: "<name>", doc: "the resource" }],
    examples: ["hsm-audit-otel cursors set x"],
    load: () =>
      Promise.resolve((context: CommandContext) => {
        seen.push(context);
        run(context);
        return Promise.resolve(0 as const);
      }),
  };
  return { entry, seen };
}

describe("a command", () => {
  it("gets its arguments and its flags by their long names", async () => {
    const { entry, seen } = createEntry();
    const argv = ["cursors", "set", "x", "--json", "--not-before", "now", "--checkpoint-path=p"];
    const code = await runProgram(argv, createRecordingHost({}), [entry]);
    expect(code).toBe(0);
    expect(seen[0]?.args).toEqual(["x"]);
    expect(seen[0]?.flags).toEqual({ json: true, "not-before": "now", "checkpoint-path": "p" });
  });

  it("that throws a configuration fault ends with 2, any other with 1, without secrets", async () => {
    const host = createRecordingHost({});
    const faulty = (code: "CONFIG_INVALID" | "STORAGE_DENIED") =>
      createEntry(() => {
        throw new ConnectorError(code, "https://u:geheim@c?sig=geheim \u001b[2J");
      }).entry;
    const argv = ["cursors", "set", "x"];
    expect(await runProgram(argv, host, [faulty("CONFIG_INVALID")])).toBe(2);
    expect(await runProgram(argv, host, [faulty("STORAGE_DENIED")])).toBe(1);
    expect(host.stderr.text).toContain(
      "STORAGE_DENIED: https://[redacted]@c?sig=[redacted] \\u{1b}",
    );
    expect(host.stderr.text).not.toContain("geheim");
  });

  it("that has a bug ends with 1 and says where", async () => {
    const host = createRecordingHost({});
    const { entry } = createEntry(() => {
      throw new TypeError("x is not a function");
    });
    expect(await runProgram(["cursors", "set", "x"], host, [entry])).toBe(1);
    expect(host.stderr.text).toMatch(/TypeError: x is not a function\n\s+at .*program\.test\.ts/);
  });
});

describe("a wrong command line", () => {
  it.each([
    [["cursor"], "Did you mean cursors?"],
    [["cursors", "sett", "x"], "Did you mean set?"],
    [["cursors", "set", "x", "--chekpoint-path", "p"], "Did you mean --checkpoint-path?"],
    [["cursors", "set"], "missing required argument 'name'"],
    [["cursors", "set", "x", "--account-key", "geheim"], "unknown option '--account-key'"],
    [[], "Usage: hsm-audit-otel"],
    [["cursors"], "Usage: hsm-audit-otel cursors"],
  ])("ends with 2 and a hint: %j", async (argv, hint) => {
    const { entry, seen } = createEntry();
    const host = createRecordingHost({});
    expect(await runProgram(argv, host, [entry])).toBe(2);
    expect(host.stderr.text).toContain(hint);
    expect(host.stdout.text).toBe("");
    expect(seen).toHaveLength(0);
  });
});

describe("help", () => {
  it("shows examples, defaults and the names in the environment", async () => {
    const { entry } = createEntry();
    const host = createRecordingHost({});
    expect(await runProgram(["cursors", "set", "--help"], host, [entry])).toBe(0);
    const help = host.stdout.text.replace(/\s+/g, " ");
    expect(help).toContain("--checkpoint-path <path>");
    expect(help).toContain("(env HSM_AUDIT_OTEL_CHECKPOINT_NAME; default default)");
    expect(help).toContain("Examples: hsm-audit-otel cursors set x");
    expect(host.stdout.text).not.toContain("\u001b");
    expect(host.stderr.text).toBe("");
  });

  it("of a command with secrets names their variables, and gives them no flag", async () => {
    const host = createRecordingHost({});
    expect(await runProgram(["config", "print", "--help"], host)).toBe(0);
    expect(host.stdout.text).toContain("HSM_AUDIT_OTEL_SAS_TOKEN");
    expect(host.stdout.text).not.toContain("--sas-token");
  });

  it("and version end with 0 on stdout", async () => {
    const host = createRecordingHost({});
    expect(await runProgram(["--help"], host)).toBe(0);
    expect(await runProgram(["--version"], host)).toBe(0);
    expect(host.stdout.text).toMatch(/map .*stdin[\s\S]*\n\d+\.\d+\.\d+\n$/);
  });
});
