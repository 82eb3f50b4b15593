// SPDX-License-Identifier: Apache-2.0
/** The commands on a directory of letters, without a receiver; with one: test/delivery/dead-letters.test.ts. */
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../../src/commands/program.ts";
import { LetterDirectory } from "../../../src/dead-letter/letter-directory.ts";
import { openDeadLetterArchive } from "../../../src/dead-letter/place-archive.ts";
import { DeadLetterDirectory } from "../../support/dead-letter-directory.ts";
import { sampleDeadLetter } from "../../support/dead-letter-samples.ts";
import { createRecordingHost } from "../../support/recording-context.ts";

const ESCAPE = "\u001b[2J";
const BINARY = Buffer.from([0xff, 0x00, 0xc3]);
const REFUSED = sampleDeadLetter(100, {
  reason: "refused",
  detail: "refused alone",
  receiver: { status: 400, message: `odd${ESCAPE}`, attempts: 2 },
  bytes: Buffer.from(`{"secret":"${ESCAPE}"}`),
});
const ODD_NAME = sampleDeadLetter(300, {
  blob: { ...sampleDeadLetter(0).blob, name: `evil${ESCAPE}\nname` },
});

let directory: DeadLetterDirectory;

beforeEach(async () => {
  directory = await DeadLetterDirectory.create();
  const sink = await directory.open();
  await sink.write([sampleDeadLetter(0), REFUSED]);
  await directory.clock.advance(60_000);
  await sink.write([sampleDeadLetter(200, { reason: "invalid-utf8", bytes: BINARY }), ODD_NAME]);
  const archive = openDeadLetterArchive(new LetterDirectory(directory), directory.clock);
  const { uid } = sampleDeadLetter(0);
  const replayedAtMs = directory.clock.now();
  await archive.mark([{ uid, letterKeptAtMs: replayedAtMs, replayedAtMs, isLikelyRepeat: false }]);
  await archive.close();
});
afterEach(async () => {
  await directory[Symbol.asyncDispose]();
});

async function dead(
  argv: readonly string[],
  options: Partial<Parameters<typeof createRecordingHost>[0]> = {},
) {
  const env = { HSM_AUDIT_OTEL_DEAD_LETTER_PATH: directory.path };
  const host = createRecordingHost({ env, clock: directory.clock, ...options });
  const code = await runProgram(["dead-letters", ...argv], host);
  return { code, stdout: host.stdout.text, stderr: host.stderr.text, bytes: host.stdout.bytes };
}

async function listedUids(): Promise<string[]> {
  const { stdout } = await dead(["list", "--state", "all"]);
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.slice(0, 32)]));
}

describe("dead-letters list", () => {
  it("shows a table on a terminal, with a summary, and hides no control character", async () => {
    const { code, stdout } = await dead(["list"], { isTty: true });
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(
      /^uid +kept +reason +resource +hour +range +bytes +status +tries +state$/,
    );
    expect(lines[1]).toMatch(
      /^[0-9a-f]{32} {2}2026-01-15T10:30:00Z {2}refused +A +2026-01-15T10Z +100-\d+ +\d+ +400 +2 +open$/,
    );
    expect(lines.at(-1)).toBe(
      `3 open letters in ${directory.path}: 1 refused, 1 invalid-utf8, 1 not-json; 1 in another state not shown (--state all shows them)`,
    );
    expect(stdout).not.toContain(ESCAPE);
    expect(stdout).not.toContain("secret");
  });

  it("shows one line a letter in a pipe, and nothing of its content", async () => {
    const { stdout, stderr } = await dead(["list", "--state", "all"]);
    const rows = stdout.trimEnd().split("\n");
    expect(rows.map((row) => row.split("\t").length)).toEqual([11, 11, 11, 11]);
    expect(stderr).toBe(`4 letters in ${directory.path}: 2 not-json, 1 refused, 1 invalid-utf8\n`);
    expect(stdout).not.toMatch(/secret|odd|broken|Unexpected/);
    expect(stdout).not.toContain(ESCAPE);
  });

  it.each([
    [["--reason", "refused"], [100]],
    [["--reason", "refused", "--resource", "b"], []],
    [["--resource", "a", "--state", "replayed"], [0]],
    [
      ["--resource", "/A"],
      [100, 200],
    ],
  ])("filters by %j", async (flags, starts) => {
    const { stdout } = await dead(["list", "--json", ...flags]);
    const rows = stdout.split("\n").filter((line) => line !== "");
    const found = rows.map((row) => (JSON.parse(row) as { range: { start: number } }).range.start);
    expect(found).toEqual(starts);
  });

  it("counts lines that it cannot read, names them, and shows the rest", async () => {
    const [file = ""] = await directory.files();
    await appendFile(join(directory.path, file), '{"version":2,"reas');
    const { code, stderr } = await dead(["list"]);
    expect(code).toBe(0);
    expect(stderr).toContain(
      `1 line cannot be read (kept as they are)\n  ${file}, line 5: it is cut off`,
    );
  });

  it("refuses words that mean nothing, all at once", async () => {
    const { code, stderr } = await dead(["list", "--reason", "bad", "--state", "lost"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--reason: "bad" is not supported.*\n--state: "lost"/);
  });
});

describe("dead-letters show", () => {
  it("shows everything, control characters made visible", async () => {
    const { stdout } = await dead(["show", REFUSED.uid], { isTty: true });
    for (const text of [
      "refused alone",
      `place      ${directory.path}`,
      "message    odd\\u{1b}[2J",
      "attempts   2",
      "status     400",
    ]) {
      expect(stdout).toContain(text);
    }
    expect(stdout).toContain('original:\n{"secret":"\\u{1b}[2J"}\n');
    expect(stdout).not.toContain(ESCAPE);
  });

  it("shows what is no text in base64, and gives its exact bytes with --raw", async () => {
    const { uid } = sampleDeadLetter(200);
    expect((await dead(["show", uid])).stdout).toContain("base64: it is not UTF-8:\n/wDD\n");
    expect((await dead(["show", uid, "--raw"])).bytes).toEqual(BINARY);
    expect(JSON.parse((await dead(["show", uid, "--json"])).stdout)).toMatchObject({
      place: directory.path,
      base64: "/wDD",
    });
  });

  it.each([
    ["what is no uid", ["show", "../../etc/passwd"], 2, "no log.record.uid"],
    ["a letter that is not there", ["show", "f".repeat(32)], 1, "no letter ffff"],
    ["two forms at once", ["show", "f".repeat(32), "--raw", "--json"], 2, "give one"],
  ])("refuses %s", async (_, argv, exitCode, message) => {
    const { code, stdout, stderr } = await dead(argv);
    expect([code, stdout]).toEqual([exitCode, ""]);
    expect(stderr).toContain(message);
  });
});

describe("dead-letters replay", () => {
  it.each([
    ["nothing", ["replay"], "which letters?"],
    ["two ways to choose", ["replay", "f".repeat(32), "--all"], "give one"],
    ["uncertain ones by the way", ["replay", "--reason", "partial-success"], "--uncertain"],
  ])("refuses to send %s", async (_, argv, message) => {
    const { code, stderr } = await dead(argv);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it("says of each letter that cannot be sent why it stays, in codes", async () => {
    const { code, stdout } = await dead(["replay", "--all", "--json"]);
    expect(code).toBe(1);
    expect(stdout).toContain('"why":"it still cannot be mapped (invalid-utf8)"');
    expect(stdout).toContain('"why":"its blob has not the name of an hour blob"');
    expect(stdout).toContain('"chosen":3,"replayed":0,"likelyRepeats":0,"stayed":3,"undecided":0');
    expect(stdout).not.toContain("secret");
  });
});

describe("dead-letters purge", () => {
  it("asks on a terminal, and removes replayed letters after a yes", async () => {
    const asked = await dead(["purge"], { isStdinTty: true, stdin: ["n", "\n"] });
    expect(asked.stderr).toContain("remove them for good? [y/N]");
    expect(asked.stdout).toContain("nothing was removed");
    expect(await listedUids()).toHaveLength(4);
    const agreed = await dead(["purge"], { isStdinTty: true, stdin: ["YES\n", "more"] });
    expect(agreed.code).toBe(0);
    expect(agreed.stdout).toMatch(/^1 replayed letter in .*: 1 not-json, \d+ bytes\n/);
    expect(await listedUids()).toEqual([100, 200, 300].map((start) => sampleDeadLetter(start).uid));
  });

  it("removes nothing at the end of an input without an answer", async () => {
    const { stdout } = await dead(["purge"], { isStdinTty: true, stdin: [] });
    expect(stdout).toContain("nothing was removed");
  });

  it("takes only letters that are old enough", async () => {
    const { stdout } = await dead(["purge", "--state", "open", "--older-than", "30s", "--yes"]);
    expect(stdout).toContain("1 of them is OPEN");
    expect(await listedUids()).not.toContain(REFUSED.uid);
    expect(await listedUids()).toHaveLength(3);
  });
});
