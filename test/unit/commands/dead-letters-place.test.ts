// SPDX-License-Identifier: Apache-2.0
/** "Nothing there" is an all-clear at the right place only: what the commands say of the place that they looked at. */
import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../../src/commands/program.ts";
import { LetterDirectory } from "../../../src/dead-letter/letter-directory.ts";
import { openDeadLetterArchive } from "../../../src/dead-letter/place-archive.ts";
import { DeadLetterDirectory } from "../../support/dead-letter-directory.ts";
import { sampleDeadLetter } from "../../support/dead-letter-samples.ts";
import { createRecordingHost } from "../../support/recording-context.ts";

const UID = "f".repeat(32);
let directory: DeadLetterDirectory;
let elsewhere: string;

beforeEach(async () => {
  directory = await DeadLetterDirectory.create();
  elsewhere = join(dirname(directory.path), "elsewhere");
});
afterEach(async () => {
  await directory[Symbol.asyncDispose]();
});

async function dead(argv: string, path: string, more: object = {}) {
  const env = { HSM_AUDIT_OTEL_DEAD_LETTER_PATH: path };
  const host = createRecordingHost({ env, clock: directory.clock, ...more });
  const code = await runProgram(["dead-letters", ...argv.split(" ")], host);
  return { code, stdout: host.stdout.text, stderr: host.stderr.text };
}

function missing(): string {
  return `${elsewhere} does not exist: nothing was ever kept there, or it is another place\n`;
}

describe("a place that does not exist", () => {
  it.each([
    ["list", 0, "0 open letters in "],
    [`show ${UID}`, 1, `no letter ${UID} in `],
    ["replay --all", 0, "0 letters in "],
    [`replay ${UID}`, 1, "0 letters in "],
    ["purge --yes", 0, "0 replayed letters in "],
  ])("is named and said by %s", async (argv, exitCode, head) => {
    const { code, stdout, stderr } = await dead(argv, elsewhere);
    expect(code).toBe(exitCode);
    expect(stdout + stderr).toContain(`${head}${elsewhere}`);
    expect(stdout + stderr).toContain(missing());
    expect(await readdir(dirname(elsewhere))).toEqual([]);
  });

  it.each(["list --json", "replay --all --json", "purge --yes --json"])(
    "is said to a program by %s",
    async (argv) => {
      const { stdout, stderr } = await dead(argv, elsewhere);
      const text = argv.startsWith("list") ? stderr : stdout;
      expect(JSON.parse(text)).toMatchObject({ place: elsewhere, exists: false });
    },
  );

  it("is told apart from one that is empty", async () => {
    await mkdir(directory.path);
    expect(await dead("list", directory.path)).toMatchObject({
      code: 0,
      stderr: `0 open letters in ${directory.path}\n`,
    });
    const { stdout } = await dead("replay --all", directory.path);
    expect(stdout).toBe(`0 letters in ${directory.path}: nothing to send\n`);
  });

  it("is told apart from a file in its way", async () => {
    await writeFile(elsewhere, "a file");
    const { code, stderr } = await dead("list", elsewhere);
    expect(code).toBe(1);
    expect(stderr).toContain("a file stands where the directory should be");
  });
});

describe("letters of a resource", () => {
  beforeEach(async () => {
    const blob = sampleDeadLetter(0).blob;
    const other = blob.name.replace("/A/", "/ANOTHER/");
    const letters = [sampleDeadLetter(0), sampleDeadLetter(1, { blob: { ...blob, name: other } })];
    await (await directory.open()).write(letters);
  });

  it.each([
    ["a", 2],
    ["an", 1],
    ["?", 1],
    ["/a", 2],
  ])("are chosen as verify does it: %s", async (resource, count) => {
    const { stderr } = await dead(`list --resource ${resource}`, directory.path);
    expect(stderr).toContain(`${count} open letter`);
    expect(stderr).not.toContain("selects");
  });

  it.each(["list", "replay", "purge --yes"])("that there is none of: said by %s", async (argv) => {
    const { code, stdout, stderr } = await dead(`${argv} --resource hsm-9`, directory.path);
    expect(code).toBe(0);
    expect(stdout + stderr).toContain(
      'no letter there is of a resource that --resource "hsm-9" selects\n',
    );
    const json = await dead(`${argv} --json --resource hsm-9`, directory.path);
    expect(json.stdout + json.stderr).toContain('"unknownResource":"hsm-9"');
  });

  it("may not be asked for by nothing", async () => {
    const env = { HSM_AUDIT_OTEL_DEAD_LETTER_PATH: directory.path };
    const host = createRecordingHost({ env, clock: directory.clock });
    expect(await runProgram(["dead-letters", "list", "--resource", ""], host)).toBe(2);
    expect(host.stderr.text).toContain("--resource: it is empty");
  });

  it("are named before a purge, because a name's beginning may select more than one", async () => {
    const { stdout } = await dead("purge --state open --resource a --yes", directory.path);
    expect(stdout).toMatch(/\nof A, ANOTHER\n/);
  });
});

describe("purge", () => {
  it("says what is free in the measure that it announced, and what their marks took", async () => {
    const letter = sampleDeadLetter(0);
    await (await directory.open()).write([letter]);
    const keptAtMs = directory.clock.now();
    const archive = openDeadLetterArchive(new LetterDirectory(directory), directory.clock);
    const mark = { uid: letter.uid, letterKeptAtMs: keptAtMs, replayedAtMs: keptAtMs };
    await archive.mark([{ ...mark, isLikelyRepeat: false }]);
    await archive.close();
    const { stdout } = await dead("purge --yes", directory.path);
    expect(stdout).toMatch(
      /: 1 not-json, (\d+) bytes\nremoved 1 letter: \1 bytes, older copies included, and \d+ bytes of their marks\n$/,
    );
  });

  it("gives a program one object, and a person who is asked the question beside it", async () => {
    await (await directory.open()).write([sampleDeadLetter(0)]);
    const [file = ""] = await directory.files();
    await appendFile(join(directory.path, file), "torn");
    const argv = "purge --state open --json";
    const no = await dead(argv, directory.path, { isStdinTty: true, stdin: ["n\n"] });
    expect(no.code).toBe(1);
    expect(no.stderr).toMatch(/1 open letter in .*\n1 of them is OPEN[^]*\[y\/N\]/);
    expect(JSON.parse(no.stdout)).toMatchObject({ end: "declined", letters: 1, removed: null });
    const yes = await dead(`${argv} --yes`, directory.path);
    const summary = JSON.parse(yes.stdout) as { bytes: number };
    expect(summary).toMatchObject({
      end: "purged",
      place: directory.path,
      exists: true,
      letters: 1,
      open: 1,
      reasons: { "not-json": 1 },
      resources: ["A"],
      // The torn line that stays got its newline.
      removed: { letters: 1, bytes: summary.bytes - 1, markBytes: 0 },
      unreadableLines: 1,
    });
    const none = await dead(`${argv} --yes`, directory.path);
    expect(JSON.parse(none.stdout)).toMatchObject({ end: "nothing-chosen", letters: 0 });
    const log = await readFile(join(directory.path, "operations.ndjson"), "utf8");
    expect(log).toContain('"act":"purged","letters":1');
  });
});
