// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../src/commands/program.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { auditLine, auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import { nextSecond } from "../support/eventually.ts";
import { createRecordingHost } from "../support/recording-context.ts";
import type { RunningConnector } from "../support/running-connector.ts";
import { expectAccountedFor } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
beforeEach(async () => {
  world = await DeliveryWorld.create();
});
afterEach(async () => {
  await world.close();
});

describe("D8: a blob that is deleted, recreated or shrunk is noticed before its bytes are used, said, and handled without stopping the others", () => {
  it("says that a blob is gone, what was settled of it, and goes on with the others", async () => {
    const [doomed, other] = [world.blobName("DOOMED"), world.blobName("OTHER")];
    const running = await runOver([doomed, other], 20);
    await world.container.remove(doomed);
    await world.container.append(other, auditLines(20, 30));
    await world.settle("it says so", () => running.said("blobChanged").length > 0, 1_000);
    await world.settle("the other goes on", () => running.totals.delivered === 50, 1_000);
    expect(running.said("blobChanged")).toMatchObject([
      {
        change: "deleted",
        blob: { name: doomed },
        settledBytes: auditLines(0, 20).length,
        lostBytes: 0,
      },
    ]);
    await running.stop();
    await expectAccountedFor(world, [other]);
  });

  it("says how much was lost of a blob that went before it was read", async () => {
    const blob = world.blobName("DOOMED");
    await world.container.append(blob, auditLines(0, 20));
    world.proxy.inject(({ kind }) => {
      if (kind !== "read") return undefined;
      world.proxy.inject(undefined);
      return { kind: "hold", until: world.container.remove(blob) };
    });
    const running = await world.run();
    await world.settle("it says so", () => running.said("blobChanged").length > 0, 1_000);
    expect(running.said("blobChanged")).toMatchObject([
      { change: "deleted", settledBytes: 0, lostBytes: auditLines(0, 20).length },
    ]);
    expect(world.logLines.join("")).toContain('"level":"error"');
    expect((await running.stop()).kind).toBe("drained");
  });

  it("prints in the summary of `once` what was lost", async () => {
    const blob = world.blobName("DOOMED");
    await world.container.append(blob, auditLines(0, 20));
    await world.container.append(world.blobName("OTHER"), auditLines(0, 5));
    world.proxy.inject(({ kind, url }) => {
      if (kind !== "read" || !decodeURIComponent(url).includes("/DOOMED/")) return undefined;
      world.proxy.inject(undefined);
      return { kind: "hold", until: world.container.remove(blob) };
    });
    const host = { ...createRecordingHost({ env: world.environment }), clock: systemClock };
    expect(await runProgram(["once"], host)).toBe(0);
    expect(host.stdout.text).toContain("5 delivered, 0 uncertain, 0 dead-lettered\n");
    const lost = auditLines(0, 20).length;
    expect(host.stdout.text).toContain(
      `lost: ${lost} bytes of 1 blobs were gone before delivery\n`,
    );
  });

  it.each([
    ["longer", 40],
    ["as long", 20],
    ["shorter", 5],
  ])(
    "delivers a %s blob of the same name from its first byte, under other uids",
    async (_, lines) => {
      const [blob, other] = [world.blobName(), world.blobName("OTHER")];
      const running = await runOver([blob, other], 20);
      const before = await world.expectedUids(blob);
      await replace(blob, auditLines(100, 100 + lines));
      await world.container.append(other, auditLines(20, 30));
      await world.settle("all arrive", () => running.totals.delivered === 50 + lines, 1_000);
      expect(running.said("blobChanged")).toMatchObject([
        // All of it was settled; the other blob's length says nothing of this one.
        { change: "replaced", blob: { name: blob }, lostBytes: 0 },
      ]);
      expect((await running.stop()).kind).toBe("drained");
      const after = await world.expectedUids(blob, other);
      expect(world.receivedUids.toSorted()).toEqual([...before, ...after].toSorted());
      expect(new Set(world.receivedUids).size).toBe(50 + lines);
      await expectAccountedFor(world, [blob, other]);
    },
  );

  it("notices a blob that was replaced while it did not run", async () => {
    const blob = world.blobName();
    await (await runOver([blob], 20)).stop();
    const before = await world.expectedUids(blob);
    await replace(blob, auditLines(100, 160));
    const { end, totals } = await world.once();
    expect(end.kind).toBe("drained");
    expect(totals.delivered).toBe(60);
    const expected = [...before, ...(await world.expectedUids(blob))];
    expect(world.receivedUids.toSorted()).toEqual(expected.toSorted());
  });

  it("notices a change in the middle of a read: no window mixes two blobs", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 3_000));
    const before = await world.expectedUids(blob);
    let reads = 0;
    world.proxy.inject(({ kind }) => {
      if (kind !== "read" || ++reads !== 3) return undefined;
      return { kind: "hold", until: replace(blob, auditLines(5_000, 9_000)) };
    });
    const running = await world.run({ HSM_AUDIT_OTEL_WINDOW_BYTES: "256KiB", ...SMALL_RECORDS });
    await world.settle("it says so", () => running.said("blobChanged").length > 0, 1_000);
    const after = await world.expectedUids(blob);
    await world.settle("all of it arrives", () => world.receivedUids.includes(after.at(-1) ?? ""));
    expect((await running.stop()).kind).toBe("drained");
    expect(running.said("blobChanged")[0]?.lostBytes).toBeGreaterThan(0);
    const read = world.receivedUids.filter((uid) => before.includes(uid));
    expect(new Set(read)).toEqual(new Set(before.slice(0, read.length)));
    const { length } = world.receivedUids;
    expect(length).toBe(read.length + after.length);
    expect(new Set(world.receivedUids)).toEqual(new Set([...read, ...after]));
    const texts = new Set<unknown>(auditLines(0, 9_000).split("\n"));
    const strange = world.receivedRecords.filter(({ body }) => !texts.has(body));
    expect(strange).toEqual([]);
    expect(await world.deadLetters()).toEqual([]);
  });

  it("calls a blob shrunk that is shorter and has the same time of creation", async () => {
    const running = await world.run({ HSM_AUDIT_OTEL_POLL_INTERVAL: "1s" });
    for (let attempt = 0; ; attempt++) {
      if (await shrinkWithinASecond(running, `SHRUNK-${attempt}`)) break;
      expect(attempt).toBeLessThan(8);
    }
    await running.stop();
  });

  /** Creates, has delivered, and recreates a blob; false when the second was over too soon. */
  async function shrinkWithinASecond(
    running: RunningConnector,
    resource: string,
  ): Promise<boolean> {
    // A resource of its own, known before the second begins.
    const blob = world.blobName(resource);
    const { delivered } = running.totals;
    await world.container.append(world.blobName(resource, 1), auditLines(0, 1));
    await world.settle("it is found", () => running.totals.delivered === delivered + 1, 1_000);
    await nextSecond();
    await world.container.append(blob, auditLines(0, 20));
    const before = await world.container.properties(blob);
    await world.settle("it is read", () => running.totals.delivered === delivered + 21, 5_000);
    const said = running.said("blobChanged").length;
    await world.container.remove(blob);
    await world.container.append(blob, auditLine(50));
    const after = await world.container.properties(blob);
    await world.settle("it says so", () => running.said("blobChanged").length > said, 5_000);
    await world.settle("it is read", () => running.totals.delivered === delivered + 22, 5_000);
    const { change } = running.said("blobChanged")[said] ?? {};
    const isSameSecond = after.createdAtMs === before.createdAtMs;
    expect(change === (isSameSecond ? "shrunk" : "replaced") || change === "deleted").toBe(true);
    return change === "shrunk";
  }

  async function runOver(blobs: readonly string[], lines: number): Promise<RunningConnector> {
    for (const blob of blobs) await world.container.append(blob, auditLines(0, lines));
    const running = await world.run();
    await world.settle("all arrive", () => running.totals.delivered === blobs.length * lines);
    return running;
  }

  /** Deletes a blob and writes another under its name, in another second. */
  async function replace(blob: string, content: string): Promise<void> {
    await nextSecond();
    await world.container.remove(blob);
    await world.container.append(blob, content);
  }
});

const SMALL_RECORDS = { HSM_AUDIT_OTEL_MAX_RECORD_BYTES: "64KiB" };
