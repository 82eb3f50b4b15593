// SPDX-License-Identifier: Apache-2.0
import { rm, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import { expectAccountedFor, expectNoCursorAhead } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
beforeEach(async () => {
  world = await DeliveryWorld.create();
});
afterEach(async () => {
  await world.close();
});

const POISON = [
  "{",
  "}",
  '"text"',
  "null",
  "[{}",
  '{"a":1}x{"b":2}',
  '{"a":\u0000}',
  "[".repeat(20_000),
  '{"time":{"a":[1e999]},"properties":"x","identity":[[]],"durationMs":{},"resourceId":7}',
];

describe("D6: a record that cannot be parsed or mapped never blocks the records behind it", () => {
  it("delivers everything around every kind of poison", async () => {
    const blob = world.blobName();
    const lines = POISON.map((line, index) => `${line}\n${auditLines(index * 5, index * 5 + 5)}`);
    await world.container.append(blob, lines.join(""));
    const { end, totals } = await world.once();
    expect(end.kind).toBe("drained");
    const letters = await world.deadLetters();
    const kept = [...world.receivedUids, ...letters.map(({ uid }) => String(uid))];
    expect(kept.toSorted()).toEqual((await world.expectedUids(blob)).toSorted());
    expect(totals.deadLettered).toBe(letters.length);
    expect(letters.length).toBeGreaterThanOrEqual(POISON.length - 1);
    await expectAccountedFor(world, [blob]);
  });

  it("settles a blob that holds nothing but poison, and asks the receiver nothing", async () => {
    const blob = world.blobName();
    await world.container.append(blob, "no record\n".repeat(5_000));
    expect((await world.once()).end.kind).toBe("drained");
    expect(world.receiver.requests).toHaveLength(0);
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ deadLettered: 5_000 });
    expect((await world.once()).totals.recordsRead).toBe(0);
  });

  it("keeps dead letters while the receiver is down, and delivers their neighbours later", async () => {
    const blob = world.blobName();
    await world.container.append(blob, `${auditLines(0, 5)}no record\n${auditLines(5, 10)}`);
    world.receiver.script(() => ({ status: 503 }));
    const running = await world.run();
    await world.settle("the letter is kept", () => running.said("deadLettered").length === 1);
    expect(running.totals.delivered).toBe(0);
    world.receiver.script([]);
    await world.settle("all arrive", () => running.totals.delivered === 10);
    await running.stop();
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 10 });
  });
});

describe("D6: a dead-letter store that takes nothing blocks loudly, and nothing is lost", () => {
  it("holds what is behind the letter until the directory can be written again", async () => {
    const [poisoned, healthy] = [world.blobName("POISONED"), world.blobName("HEALTHY")];
    const running = await world.run();
    await world.settle("it runs", () => running.said("started").length === 1);
    await replaceByFile(world.deadLetterPath);
    await world.container.append(poisoned, `${auditLines(0, 5)}no record\n${auditLines(5, 10)}`);
    await world.settle("it says so", () => running.said("deadLetterFailed").length > 2, 5_000);
    expect(running.said("deadLetterFailed")[0]?.error.code).toBe("DEAD_LETTER_UNAVAILABLE");
    expect(world.logLines.join("")).toContain('"code":"DEAD_LETTERS_FAILED"');
    await world.container.append(healthy, auditLines(100, 110));
    const healthyUids = await world.expectedUids(healthy);
    await world.settle(
      "the other resource goes on",
      () => healthyUids.every((uid) => world.receivedUids.includes(uid)),
      1_000,
    );
    expect(running.totals.deadLettered).toBe(0);

    await rm(world.deadLetterPath);
    await world.settle("all is settled", () => running.totals.delivered === 20, 1_000);
    expect((await running.stop()).kind).toBe("drained");
    expect(world.receivedUids).toHaveLength(20);
    expect(await world.deadLetters()).toMatchObject([{ reason: "not-json", text: "no record" }]);
    await expectAccountedFor(world, [poisoned, healthy]);
  });

  it("does not let the cursor pass a letter that was never kept, also over a stop", async () => {
    const blob = world.blobName();
    const running = await world.run({
      HSM_AUDIT_OTEL_CHECKPOINT_INTERVAL: "10ms",
      HSM_AUDIT_OTEL_SHUTDOWN_GRACE: "20s",
    });
    await world.settle("it runs", () => running.said("started").length === 1);
    await replaceByFile(world.deadLetterPath);
    await world.container.append(blob, `${auditLines(0, 5)}no record\n${auditLines(5, 10)}`);
    await world.settle("it says so", () => running.said("deadLetterFailed").length > 0, 1_000);
    expect((await running.stop()).kind).toBe("abandoned");
    await expectNoCursorAhead(world, [blob]);
    await rm(world.deadLetterPath);
    await world.once();
    expect(await world.deadLetters()).toHaveLength(1);
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 10 });
  });

  it("holds an uncertain batch until its originals are kept, and never sends it again", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 10));
    const rejected = JSON.stringify({ partialSuccess: { rejectedLogRecords: "3" } });
    let isReplaced = false;
    world.receiver.script(() => ({ status: 200, body: rejected }));
    world.proxy.inject(() => {
      if (isReplaced) return undefined;
      isReplaced = true;
      return { kind: "hold", until: replaceByFile(world.deadLetterPath) };
    });
    const running = await world.run();
    await world.settle("it says so", () => running.said("deadLetterFailed").length > 2, 1_000);
    expect(running.totals.uncertain).toBe(0);
    await rm(world.deadLetterPath);
    await world.settle("it is settled", () => running.totals.uncertain === 10, 1_000);
    await running.stop();
    expect(world.receiver.requests).toHaveLength(1);
    expect(await world.deadLetters()).toHaveLength(10);
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ uncertain: 10 });
  });
});

/** Root may write everywhere, but nobody can write into a directory that is a file. */
async function replaceByFile(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await writeFile(path, "");
}
