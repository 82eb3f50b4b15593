// SPDX-License-Identifier: Apache-2.0
// The disk of the checkpoint store and the dead letters is full, or cannot be written: nothing is lost, no cursor moves
// over what is not durable, it is said loudly, and it goes on by itself. The real program on real disks, see cramped-disk.ts.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readLiveCursors } from "../../kills/left-cursors.ts";
import { auditLines } from "../support/audit-lines.ts";
import { ConnectorProcess } from "../support/connector-process.ts";
import { CrampedDisk, diskKinds } from "../support/cramped-disk.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import { eventuallyElsewhere } from "../support/eventually.ts";
import { expectAccountedFor, expectNoCursorAhead } from "../support/stored-cursors.ts";

describe.each(diskKinds())("a disk in trouble (%s)", (kind) => {
  let world: DeliveryWorld;
  let disk: CrampedDisk;
  let blob: string;
  let connector: ConnectorProcess | undefined;

  beforeEach(async () => {
    const env = {
      HSM_AUDIT_OTEL_POLL_INTERVAL: "1s",
      HSM_AUDIT_OTEL_MAX_IDLE_POLL_INTERVAL: "1s",
      HSM_AUDIT_OTEL_BATCH_FLUSH_INTERVAL: "10ms",
      HSM_AUDIT_OTEL_CHECKPOINT_INTERVAL: "10ms",
      HSM_AUDIT_OTEL_LOG_FORMAT: "json",
    };
    world = await DeliveryWorld.create({ env });
    disk = new CrampedDisk(kind, world.directory);
    blob = world.blobName();
    await world.container.append(blob, auditLines(0, 20));
  });
  afterEach(async () => {
    connector?.kill();
    await connector?.ended;
    disk[Symbol.dispose]();
    await world.close();
  });

  function start(): ConnectorProcess {
    connector = new ConnectorProcess(["run"], world.environment, { wrapper: disk.wrapper });
    return connector;
  }

  const cursor = (): number => readLiveCursors(world.checkpointPath)[0]?.offset ?? 0;

  async function startAndSettle(): Promise<ConnectorProcess> {
    const running = start();
    const { length } = await world.container.properties(blob);
    await eventuallyElsewhere("the first are settled", () => cursor() === length);
    return running;
  }

  async function stopAndAddUp(running: ConnectorProcess, deadLettered: number): Promise<void> {
    running.stop();
    expect((await running.ended).code).toBe(0);
    const counts = { delivered: 40, deadLettered };
    expect(await expectAccountedFor(world, [blob])).toMatchObject(counts);
    expect(new Set(world.receivedUids).size).toBe(40);
  }

  it("full for the checkpoint: delivery goes on, the cursor follows when there is room", async () => {
    const running = await startAndSettle();
    const before = cursor();
    disk.fill(running.processId);
    await world.container.append(blob, auditLines(20, 40));
    await running.logged("CHECKPOINT_FAILED");
    await eventuallyElsewhere("all arrive", () => world.receivedUids.length === 40);
    expect(cursor()).toBe(before);
    disk.empty(running.processId);
    await running.logged("CHECKPOINT_RECOVERED");
    await stopAndAddUp(running, 0);
    expect(world.receivedUids).toHaveLength(40);
  });

  it("full for the checkpoint, and killed: the rest is repeated", async () => {
    const running = await startAndSettle();
    disk.fill(running.processId);
    await world.container.append(blob, auditLines(20, 40));
    await running.logged("CHECKPOINT_FAILED");
    await eventuallyElsewhere("all arrive", () => world.receivedUids.length === 40);
    running.kill();
    await running.ended;
    disk.empty();
    await expectNoCursorAhead(world, [blob]);
    const again = await startAndSettle();
    await stopAndAddUp(again, 0);
    expect(world.receivedUids).toHaveLength(60);
  });

  it("full for a dead letter: the cursor waits before it, and goes on when there is room", async () => {
    const running = await startAndSettle();
    const before = cursor();
    disk.fill(running.processId);
    await world.container.append(blob, `no record\n${auditLines(20, 40)}`);
    await running.logged("DEAD_LETTERS_FAILED");
    expect(cursor()).toBe(before);
    expect(await world.deadLetters()).toEqual([]);
    disk.empty(running.processId);
    await running.logged("DEAD_LETTERS_RECOVERED");
    const { length } = await world.container.properties(blob);
    await eventuallyElsewhere("all is settled", () => cursor() === length);
    await stopAndAddUp(running, 1);
    expect(await world.deadLetters()).toHaveLength(1);
  });

  it.each([
    ["full", "fill", "empty"],
    ["read-only", "forbidWriting", "allowWriting"],
  ] as const)("%s at start: refused in one sentence, and later all is well", async (...when) => {
    const [, begin, end] = when;
    disk[begin]();
    const { code, stdout, stderr } = await start().ended;
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^(CHECKPOINT|DEAD_LETTER)_UNAVAILABLE: [^\n]+\n$/);
    // A limit on the size of files is no full disk, and SQLite says so: an I/O error.
    const isLimit = kind === "limits" && begin === "fill";
    expect(stderr).toMatch(
      isLimit ? /I\/O error/ : /disk is full: make|check the owner, the mode|EROFS|EACCES/,
    );
    expect(stderr).toContain(world.directory);
    disk[end]();
    await world.once();
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 20 });
  });
});
