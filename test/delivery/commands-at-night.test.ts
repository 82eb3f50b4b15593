// SPDX-License-Identifier: Apache-2.0
// What commands print when something is wrong: the sentence that somebody reads at three in the morning.
import { truncate } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../src/commands/program.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import { createRecordingHost } from "../support/recording-context.ts";
import { runVerify } from "../support/verify-command.ts";

let world: DeliveryWorld;
beforeEach(async () => {
  world = await DeliveryWorld.create();
  await world.container.append(world.blobName(), auditLines(0, 30));
});
afterEach(async () => {
  await world.close();
});

async function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const host = createRecordingHost({ env: world.environment, clock: systemClock });
  const code = await runProgram(argv, host);
  return { code, stdout: host.stdout.text, stderr: host.stderr.text };
}

describe("once that gives up", () => {
  it("says what is held, and what stood in the way", async () => {
    world.receiver.script(() => ({ status: 401, body: "who are you?" }));
    const plain = await run("once");
    expect(plain.code).toBe(1);
    expect(plain.stdout).toContain("0 dead-lettered, 30 held for the next run\n");
    expect(plain.stdout).toMatch(/^gave up: RECEIVER_FAULT: .*; last trouble: RECEIVER_FAULT: /m);
    expect(plain.stdout).toContain("HTTP 401 (refused): who are you?");
    const json = JSON.parse((await run("once", "--json")).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({ end: "gave-up", recordsRead: 30 });
    expect(json["error"]).toMatch(/^RECEIVER_FAULT: /);
  });

  it("repeats no event content that a firewall repeats", async () => {
    const body = "blocked by policy 9: 203.0.113.7 is on the list";
    world.receiver.script(() => ({ status: 403, body }));
    const { code, stdout, stderr } = await run("once");
    expect(code).toBe(1);
    expect(stdout + stderr).toContain("HTTP 403 (refused)");
    expect(stdout + stderr).not.toContain("203.0.113.7");
    expect(stdout + stderr).not.toContain("policy 9");
  });
});

describe("check", () => {
  it("looks at the store as a start does", async () => {
    const fresh = await run("check");
    expect(fresh.code).toBe(0);
    expect(fresh.stdout).toMatch(/^✓ checkpoint: .*checkpoint\.sqlite is not there yet/m);
    await run("once");
    expect((await run("check")).stdout).toMatch(/^✓ checkpoint: .* is there and whole/m);
    await truncate(world.checkpointPath, 5_000);
    const broken = await run("check");
    expect(broken.code).toBe(1);
    expect(broken.stdout).toMatch(/^✗ checkpoint: CHECKPOINT_UNAVAILABLE: .* is damaged/m);
  });
});

describe("verify", () => {
  it("does not call nothing a proof, and is told of the place of dead letters by flag", async () => {
    await run("once");
    const future = new Date(world.clock.now() + 7 * 24 * 3_600_000).toISOString();
    const nothing = await runVerify(world, ["--from", future]);
    expect(nothing.stdout).toContain("no differences: there was nothing to prove");
    const elsewhere = ["--dead-letter-path", `${world.directory}/elsewhere`];
    expect((await runVerify(world, elsewhere)).code).toBe(0);
  });
});
