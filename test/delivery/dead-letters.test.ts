// SPDX-License-Identifier: Apache-2.0
/** The way back: letters that a connector has written are listed, replayed and purged by the commands. */
import { randomUUID } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../src/commands/program.ts";
import { EVENT_MARKER, auditLine, auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import { createRecordingHost } from "../support/recording-context.ts";
import type { RecordingHost } from "../support/recording-context.ts";

let world: DeliveryWorld;
beforeEach(async () => {
  world = await DeliveryWorld.create({ env: { HSM_AUDIT_OTEL_OBSERVED_TIMESTAMP: "omit" } });
});
afterEach(async () => {
  await world.close();
});

const PARTIAL = {
  status: 200,
  body: JSON.stringify({
    partialSuccess: { rejectedLogRecords: "1", errorMessage: `one is odd: ${EVENT_MARKER}` },
  }),
};

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, time and I/O going on. */
async function dead(
  argv: string,
  env: Record<string, string> = {},
  begun: (host: RecordingHost) => void = () => undefined,
): Promise<Run> {
  const host = createRecordingHost({
    env: { ...world.environment, ...env },
    clock: world.clock,
  });
  let code: number | undefined;
  begun(host);
  const running = runProgram(["dead-letters", ...argv.split(" ")], host).then((ended) => {
    code = ended;
  });
  await world.settle(`${argv} ends`, () => code !== undefined);
  await running;
  return { code: code ?? -1, stdout: host.stdout.text, stderr: host.stderr.text };
}

function objects(stdout: string): Record<string, unknown>[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function placeName(env: Record<string, string>): string {
  const container = env["HSM_AUDIT_OTEL_DEAD_LETTER_CONTAINER"];
  if (container === undefined) return world.deadLetterPath;
  return `the container ${container} of the account ${world.accountName}`;
}

/** Five uncertain records and one line that is none. */
async function keepLetters(env: Record<string, string> = {}): Promise<string> {
  const blob = world.blobName();
  await world.container.append(blob, `${auditLines(0, 5)}{"${EVENT_MARKER}":\n`);
  world.receiver.script([PARTIAL]);
  await world.once(env);
  return blob;
}

describe.each(["a directory", "a container"])("dead letters in %s", (place) => {
  let env: Record<string, string>;
  beforeEach(() => {
    const container = { HSM_AUDIT_OTEL_DEAD_LETTER_CONTAINER: `letters-${randomUUID()}` };
    env = place === "a container" ? container : {};
  });

  it("arrive by a replay with the same uid and the same content, once", async () => {
    const blob = await keepLetters(env);
    const uids = await world.expectedUids(blob);
    const [sent] = world.receiver.requests;
    const before = world.receiver.records.slice(0, 5);
    expect(sent?.recordCount).toBe(5);

    const listed = await dead("list --json", env);
    expect(objects(listed.stdout).map(({ uid, reason }) => [uid, reason])).toEqual(
      expect.arrayContaining([
        [uids[0], "partial-success"],
        [uids[5], "not-json"],
      ]),
    );
    expect(listed.stdout + listed.stderr).not.toContain(EVENT_MARKER);

    const first = await dead("replay --all", env);
    expect(first.code).toBe(1);
    expect(first.stdout).toContain("5 uncertain letters left out");
    expect(world.receiver.requests).toHaveLength(1);

    const replayed = await dead("replay --all --uncertain", env);
    expect(replayed.stdout).toBe(
      `${uids[5] ?? ""} not-json stays: it still cannot be mapped (not-json)\n` +
        `6 letters in ${placeName(env)}: 5 replayed (5 likely a repeat), 1 stayed\n`,
    );
    expect(replayed.code).toBe(1);
    expect(replayed.stdout + replayed.stderr).not.toContain(EVENT_MARKER);
    // One request a letter, each as it was sent before.
    expect(world.receiver.requests.slice(1).map(({ recordCount }) => recordCount)).toEqual(
      Array(5).fill(1),
    );
    const again = world.receiver.records.slice(5);
    expect(again.toSorted((a, b) => (a.uid < b.uid ? -1 : 1))).toEqual(before);

    const second = await dead("replay --all --uncertain", env);
    expect(second.stdout).toMatch(/^1 letter in .*: 0 replayed, 1 stayed\n/m);
    expect(world.receiver.requests).toHaveLength(6);

    expect((await dead("purge --yes", env)).stdout).toContain("removed 5 letters");
    const left = await dead("list --state all --json", env);
    expect(objects(left.stdout)).toMatchObject([{ uid: uids[5], state: "open" }]);
  });

  it("stay when the receiver refuses them again, and are kept through a receiver that is down", async () => {
    await keepLetters(env);
    world.receiver.script((request) =>
      request.index % 2 === 0 ? { status: 400, body: EVENT_MARKER } : "ok",
    );
    const refused = await dead(
      "replay --all --uncertain --max-in-flight 1 --max-in-flight-per-resource 1",
      env,
    );
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/partial-success stays: refused again: HTTP 400/);
    expect(refused.stdout).toMatch(/6 letters in .*: 3 replayed .*, 3 stayed\n/);
    expect(refused.stdout + refused.stderr).not.toContain(EVENT_MARKER);

    world.receiver.script(() => ({ status: 503 }));
    const down = await dead("replay --all --uncertain --give-up-after 30s", env);
    expect(down.code).toBe(1);
    expect(down.stdout).toMatch(
      /^3 letters in .*: 0 replayed, 1 stayed, 2 not decided\ngave up: NO_PROGRESS/m,
    );

    world.receiver.script([]);
    const up = await dead("replay --all --uncertain", env);
    expect(up.stdout).toMatch(/3 letters in .*: 2 replayed \(2 likely a repeat\), 1 stayed/);
  });
});

describe("dead letters", () => {
  it("of a container that does not exist are no all-clear", async () => {
    const env = { HSM_AUDIT_OTEL_DEAD_LETTER_CONTAINER: `letters-${randomUUID()}` };
    const { code, stderr } = await dead("list", env);
    expect(code).toBe(0);
    expect(stderr).toBe(
      `0 open letters in ${placeName(env)}\n${placeName(env)} does not exist: ` +
        "nothing was ever kept there, or it is another place\n",
    );
  });

  it("that a signal cuts short stay open or are marked, and add up", async () => {
    await keepLetters();
    world.receiver.script((request) => (request.index > 2 ? "hang" : "ok"));
    const hosts: RecordingHost[] = [];
    const stopping = dead(
      "replay --all --uncertain --max-in-flight 1 --max-in-flight-per-resource 1 --shutdown-grace 5s",
      {},
      (host) => hosts.push(host),
    );
    await world.settle("two are sent, one hangs", () => world.receiver.requests.length === 4);
    hosts[0]?.stop.abort();
    const stopped = await stopping;
    expect(stopped.code).toBe(3);
    expect(stopped.stdout).toMatch(
      /^at least 6 letters in .*: 2 replayed \(2 likely a repeat\), 1 stayed, 3 not decided\n/m,
    );
    world.receiver.script([]);
    const rest = await dead("replay --all --uncertain");
    expect(rest.stdout).toMatch(/4 letters in .*: 3 replayed/);
  });

  it("show their original whole, and the receiver's words, to who asks for one", async () => {
    const blob = await keepLetters();
    const [uid = ""] = await world.expectedUids(blob);
    const shown = await dead(`show ${uid}`);
    expect(shown.stdout).toContain(`message    one is odd: ${EVENT_MARKER}\n`);
    expect(shown.stdout).toContain(`original:\n${auditLine(0)}`);
    const raw = await dead(`show ${uid} --raw`);
    expect(raw.stdout).toBe(auditLine(0).trimEnd());
    expect(objects((await dead(`show ${uid} --json`)).stdout)).toMatchObject([
      { uid, text: auditLine(0).trimEnd(), status: 200, attempts: 1 },
    ]);
  });

  it("are refused when they were changed: another position is another record", async () => {
    const blob = await keepLetters();
    const [uid = ""] = await world.expectedUids(blob);
    for (const name of await readdir(world.deadLetterPath)) {
      const path = join(world.deadLetterPath, name);
      const text = await readFile(path, "utf8");
      await writeFile(path, text.replace(`"uid":"${uid}"`, `"uid":"${"0".repeat(32)}"`));
    }
    const replayed = await dead(`replay ${"0".repeat(32)}`);
    expect(replayed.stdout).toContain("gives another uid than it has: the entry was changed");
    expect(replayed.code).toBe(1);
  });

  it("that are open are purged only loudly, and the log of operations tells", async () => {
    await keepLetters();
    const refused = await dead("purge --state all");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("--yes")]);
    const purged = await dead("purge --state all --yes");
    expect(purged.stdout).toContain("6 of them are OPEN");
    expect((await dead("list --state all")).stdout).toBe("");
    const log = await readFile(join(world.deadLetterPath, "operations.ndjson"), "utf8");
    expect(objects(log)).toMatchObject([
      { act: "purge", letters: 6, open: 6, user: expect.any(String) as string },
      { act: "purged", letters: 6 },
    ]);
    expect(log).not.toContain(EVENT_MARKER);
  });
});
