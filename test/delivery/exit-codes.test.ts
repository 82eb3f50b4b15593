// SPDX-License-Identifier: Apache-2.0
// How the real process ends: exit codes and signals are interface, and what a service manager sees.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditLines } from "../support/audit-lines.ts";
import { ConnectorProcess } from "../support/connector-process.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import { expectAccountedFor, expectNoCursorAhead } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
let blob: string;
let connector: ConnectorProcess | undefined;
beforeEach(async () => {
  const env = {
    HSM_AUDIT_OTEL_POLL_INTERVAL: "1s",
    HSM_AUDIT_OTEL_BATCH_FLUSH_INTERVAL: "10ms",
    HSM_AUDIT_OTEL_CHECKPOINT_INTERVAL: "10ms",
    HSM_AUDIT_OTEL_SHUTDOWN_GRACE: "1h",
    HSM_AUDIT_OTEL_LOG_FORMAT: "json",
  };
  world = await DeliveryWorld.create({ env });
  blob = world.blobName();
  await world.container.append(blob, auditLines(0, 20));
});
afterEach(async () => {
  connector?.kill();
  await connector?.ended;
  await world.close();
});

function start(command = "run", env: Readonly<Record<string, string>> = {}): ConnectorProcess {
  connector = new ConnectorProcess([command], { ...world.environment, ...env });
  return connector;
}

/** A later run delivers what is left, and nothing is missing. */
async function expectRestDelivered(records = 20): Promise<void> {
  await expectNoCursorAhead(world, [blob]);
  world.receiver.script([]);
  expect((await world.once()).end.kind).toBe("drained");
  expect(new Set(world.receivedUids)).toEqual(new Set(await world.expectedUids(blob)));
  expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: records });
}

describe("exit code 0", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "%s: settled and saved, nothing repeats",
    async (name) => {
      world.receiver.script(() => {
        connector?.signal(name);
        return undefined;
      });
      const { code, stdout, stderr } = await start().ended;
      expect([code, stdout], stderr).toEqual([0, ""]);
      expect(stderr).toContain('"isDrained":true');
      await expectRestDelivered();
      expect(world.receivedUids).toHaveLength(20);
    },
  );

  it("takes both signals that npm makes of one key for one", async () => {
    world.receiver.script(() => {
      connector?.signal("SIGINT");
      connector?.signal("SIGINT");
      return undefined;
    });
    expect((await start().ended).code).toBe(0);
    await expectRestDelivered();
  });
});

describe("exit code 3", () => {
  it("second signal: what is in flight is dropped, and repeated", async () => {
    world.receiver.script(() => {
      connector?.signal("SIGTERM");
      connector?.signal("SIGINT");
      return "hang";
    });
    const { code, stderr } = await start().ended;
    expect(code, stderr).toBe(3);
    expect(stderr).toContain('"isDrained":false');
    await expectRestDelivered();
  });

  it("grace over while the receiver is down: the cursor is where it was", async () => {
    world.receiver.script(() => {
      connector?.stop();
      return { status: 503 };
    });
    expect((await start("run", { HSM_AUDIT_OTEL_SHUTDOWN_GRACE: "1s" }).ended).code).toBe(3);
    expect(world.receivedUids).toEqual([]);
    await expectRestDelivered();
    expect(world.receivedUids).toHaveLength(20);
  });

  it("grace over while a dead letter cannot be kept", async () => {
    const running = start("run", { HSM_AUDIT_OTEL_SHUTDOWN_GRACE: "100ms" });
    await running.logged("STARTED");
    // A file where the directory was: no dead letter can be written.
    await rm(world.deadLetterPath, { recursive: true });
    await writeFile(world.deadLetterPath, "");
    await world.container.append(blob, "no record\n");
    await running.logged("DEAD_LETTERS_FAILED");
    running.stop();
    expect((await running.ended).code).toBe(3);
    await rm(world.deadLetterPath);
    await expectNoCursorAhead(world, [blob]);
    await world.once();
    const counts = { delivered: 20, deadLettered: 1 };
    expect(await expectAccountedFor(world, [blob])).toMatchObject(counts);
  });

  it("`once` cut short by a signal, although nothing was dropped", async () => {
    world.receiver.script(({ index }) => {
      if (index > 0) return undefined;
      connector?.stop();
      // There is time for the signal before it is sent again.
      return { status: 503 };
    });
    const { code, stdout, stderr } = await start("once").ended;
    expect(code, stderr).toBe(3);
    expect(stdout).toContain("20 delivered");
    await expectRestDelivered();
  });

  it("third signal: at once, whatever the program waits for", async () => {
    const running = start();
    await running.logged("STARTED");
    // Nothing can be saved. The last save is tried for five seconds; a third signal does not wait for it.
    using holder = new DatabaseSync(world.checkpointPath);
    holder.exec("BEGIN IMMEDIATE");
    await running.logged("CHECKPOINT_FAILED");
    running.signal("SIGTERM");
    running.signal("SIGINT");
    const beganMs = performance.now();
    // A signal that comes again within 300 ms is an echo.
    await new Promise((resolve) => setTimeout(resolve, 600));
    running.signal("SIGTERM");
    const { code, stderr } = await running.ended;
    expect(code, stderr).toBe(3);
    expect(stderr).not.toContain("STOPPED");
    expect(performance.now() - beganMs).toBeLessThan(4_000);
    holder.exec("ROLLBACK");
    await expectRestDelivered();
  });
});

describe("exit code 1", () => {
  it("the store is another process's: one sentence that names it, at once", async () => {
    const first = start();
    await first.logged("STARTED");
    for (const command of ["run", "once"]) {
      const second = new ConnectorProcess([command], world.environment);
      const { code, stdout, stderr } = await second.ended;
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toBe(
        `CHECKPOINT_LOCKED: another process (process ${first.processId}) writes the checkpoint ` +
          `store ${world.checkpointPath}: stop it, or give this one another checkpoint path\n`,
      );
    }
    first.kill();
    await first.ended;
    await expectRestDelivered();
  });

  it("the store cannot be used: what and where", async () => {
    await mkdir(world.checkpointPath);
    const { code, stderr } = await start().ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^CHECKPOINT_UNAVAILABLE: .*checkpoint\.sqlite is not a file.*\n$/);
  });

  it("`once` that gets nowhere gives up, and its cursor is where it was", async () => {
    world.receiver.script(() => ({ status: 401 }));
    const { code, stderr } = await start("once").ended;
    expect(code, stderr).toBe(1);
    await expectRestDelivered();
  });
});

describe("exit code 2", () => {
  it("a wrong configuration: nothing was begun", async () => {
    const { code, stderr } = await start("run", { HSM_AUDIT_OTEL_POLL_INTERVAL: "soon" }).ended;
    expect(code, stderr).toBe(2);
    expect(world.proxy.requests()).toEqual([]);
    expect(world.receiver.requests).toEqual([]);
  });
});

describe("a signal before anything runs", () => {
  it("ends the process, and the next start finds all in order", async () => {
    for (const code of [undefined, "STARTED"]) {
      const running = start();
      if (code !== undefined) await running.logged(code);
      running.stop();
      const { code: exitCode, signal } = await running.ended;
      // Before the program listens, the system ends it as it ends any.
      expect([exitCode, signal]).toEqual(code === undefined ? [null, "SIGTERM"] : [0, null]);
    }
    await expectRestDelivered();
  });
});
