// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import type { ReceivedRequest } from "../support/fake-receiver.ts";
import type { ScriptedAnswer } from "../support/scripted-answer.ts";
import { expectAccountedFor, expectNoCursorAhead, readCursors } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
beforeEach(async () => {
  world = await DeliveryWorld.create();
});
afterEach(async () => {
  await world.close();
});

const NO: ScriptedAnswer = { status: 400, body: "attribute 17 is not to my liking" };

/** Refuses what holds one of these uids. */
function refuse(uids: readonly string[], answer: ScriptedAnswer = NO) {
  const bad = new Set(uids);
  return (request: ReceivedRequest): ScriptedAnswer | undefined =>
    request.uids.some((uid) => bad.has(uid)) ? answer : undefined;
}

async function deadUids(): Promise<string[]> {
  return (await world.deadLetters()).map(({ uid }) => String(uid));
}

describe("D6: a record that the receiver refuses on its own account never blocks the others", () => {
  it("is found among 2,000 in a few requests, kept, and passed by the cursor", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 2_000));
    const uids = await world.expectedUids(blob);
    const bad = uids[1234]!;
    world.receiver.script(refuse([bad]));
    const { end, totals } = await world.once();
    expect(end.kind).toBe("drained");
    expect(totals).toMatchObject({ delivered: 1_999, uncertain: 0, deadLettered: 1 });
    expect(world.receiver.requests.length).toBeLessThanOrEqual(2 * 11 + 3);
    expect(world.receivedUids).toEqual(uids.filter((uid) => uid !== bad));
    const line = auditLines(1_234, 1_235).trimEnd();
    expect(await world.deadLetters()).toMatchObject([{ reason: "refused", uid: bad, text: line }]);
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 1_999 });
    expect((await world.once()).totals.recordsRead).toBe(0);
  });

  it("takes a few requests a culprit, wherever several stand", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 2_000));
    const uids = await world.expectedUids(blob);
    const bad = [0, 1, 2, 999, 1_000, 1_500].map((index) => uids[index]!);
    world.receiver.script(refuse(bad, { status: 422 }));
    const { totals } = await world.once();
    expect(totals).toMatchObject({ delivered: 1_994, deadLettered: 6 });
    expect((await deadUids()).toSorted()).toEqual(bad.toSorted());
    expect(world.receiver.requests.length).toBeLessThanOrEqual(6 * (2 * 11 + 3));
    await expectAccountedFor(world, [blob]);
  });

  it("costs the other resources of a shared request nothing", async () => {
    const blobs = ["ONE", "TWO", "THREE", "FOUR"].map((name) => world.blobName(name));
    for (const blob of blobs) await world.container.append(blob, auditLines(0, 5));
    const bad = (await world.expectedUids(blobs[1]!))[0]!;
    world.receiver.script(refuse([bad], { status: 500 }));
    const { totals } = await world.once({ HSM_AUDIT_OTEL_BATCH_FLUSH_INTERVAL: "1m" });
    expect(totals).toMatchObject({ delivered: 19, deadLettered: 1 });
    expect(world.receiver.requests[0]?.recordCount).toBe(20);
    expect(new Set(world.receivedUids).size).toBe(19);
    expect(world.receivedUids).toHaveLength(19);
    expect(await expectAccountedFor(world, blobs)).toMatchObject({ delivered: 19 });
  });

  it("halves what is too large for the receiver, in order", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 1_000));
    world.receiver.script(({ uncompressedBytes }) =>
      uncompressedBytes > 100_000
        ? { status: 400, body: "http: request body too large" }
        : undefined,
    );
    const { totals } = await world.once();
    expect(totals).toMatchObject({ delivered: 1_000, deadLettered: 0 });
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
  });

  it("believes Loki's word about single entries: nothing is sent again, all of it is kept", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 30));
    const body = "entry for stream '{a=\"b\"}' has timestamp too old: 2020-01-01T00:00:00Z";
    world.receiver.script(({ index }) => (index === 0 ? { status: 400, body } : undefined));
    const { totals } = await world.once({ HSM_AUDIT_OTEL_BATCH_MAX_RECORDS: "10" });
    const [refused] = world.receiver.requests;
    const uncertain = refused?.recordCount ?? 0;
    expect(totals).toMatchObject({ delivered: 30 - uncertain, uncertain, deadLettered: 0 });
    const sent = world.receiver.requests.flatMap(({ uids }) => uids);
    expect(sent).toEqual(await world.expectedUids(blob));
    expect(await deadUids()).toEqual(refused?.uids);
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ uncertain });
  });

  it("holds nobody up, even where all records of another resource are refused", async () => {
    const [bad, good] = [world.blobName("BAD"), world.blobName("GOOD")];
    // More than the budget: what is in doubt must not keep the others from being read.
    for (let part = 0; part < 10; part++) {
      await world.container.append(bad, auditLines(part * 1_000, part * 1_000 + 1_000));
    }
    world.receiver.script(refuse(await world.expectedUids(bad)));
    const running = await world.run({
      HSM_AUDIT_OTEL_BATCH_MAX_RECORDS: "500",
      HSM_AUDIT_OTEL_BUDGET_BYTES: "1MiB",
      HSM_AUDIT_OTEL_WINDOW_BYTES: "256KiB",
      HSM_AUDIT_OTEL_MAX_RECORD_BYTES: "64KiB",
      HSM_AUDIT_OTEL_BATCH_MAX_BYTES: "256KiB",
    });
    await world.settle("it is in doubt", () => running.said("receiverFaulted").length > 0, 1_000);
    await world.pass(3_600_000, 5_000);
    expect(await world.deadLetters()).toEqual([]);
    const startedAtMs = world.clock.now();
    for (let count = 50; count <= 150; count += 50) {
      await world.container.append(good, auditLines(count - 50, count));
      await world.settle("others arrive", () => world.receivedUids.length === count, 1_000);
      await world.settle("bad ones go", () => running.totals.deadLettered >= count / 25, 1_000);
    }
    // Not only when hundreds of bad ones were asked for, one a minute.
    expect(world.clock.now() - startedAtMs).toBeLessThanOrEqual(2 * 3_600_000);
    running.abandon();
    await running.stop();
    await expectNoCursorAhead(world, [bad, good]);
  });
});

describe("D6: a record is condemned on evidence only", () => {
  it("waits for it when it is the last one, and the receiver counts as faulty", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 10));
    const bad = (await world.expectedUids(blob)).at(-1)!;
    world.receiver.script(refuse([bad]));
    const { end } = await world.once();
    expect(end).toMatchObject({ kind: "gave-up", error: { code: "RECEIVER_FAULT" } });
    expect(await world.deadLetters()).toEqual([]);
    expect((await readCursors(world, [blob])).get(blob)?.offset ?? 0).toBe(0);

    const running = await world.run();
    await world.settle("it holds", () => running.said("receiverFaulted").length === 1, 1_000);
    await world.container.append(blob, auditLines(10, 12));
    await world.settle("it is condemned", () => running.totals.deadLettered === 1, 1_000);
    await world.settle("the next arrive", () => running.totals.delivered === 11, 1_000);
    await running.stop();
    expect(await deadUids()).toEqual([bad]);
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 11 });
  });

  it("keeps a strict order, and lets the next batch bring the evidence", async () => {
    const strict = {
      HSM_AUDIT_OTEL_MAX_IN_FLIGHT_PER_RESOURCE: "1",
      HSM_AUDIT_OTEL_BATCH_MAX_RECORDS: "10",
    };
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 60));
    const uids = await world.expectedUids(blob);
    world.receiver.script(refuse([uids[9]!, uids[19]!]));
    const { end } = await world.once(strict);
    expect(end.kind).toBe("drained");
    expect(world.receivedUids).toEqual(uids.filter((_, index) => index !== 9 && index !== 19));
    expect(await deadUids()).toEqual([uids[9], uids[19]]);
  });

  it("repeats with the same uids what a stop finds without evidence", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 4));
    const uids = await world.expectedUids(blob);
    world.receiver.script(refuse(uids.slice(-1)));
    const running = await world.run({ HSM_AUDIT_OTEL_SHUTDOWN_GRACE: "5s" });
    await world.settle("three arrive", () => running.totals.delivered === 3, 1_000);
    expect((await running.stop()).kind).toBe("abandoned");
    world.receiver.script([]);
    expect((await world.once()).totals.delivered).toBe(4);
    expect(world.receivedUids).toEqual([...uids.slice(0, 3), ...uids]);
  });
});

describe("D7: a receiver that refuses everything is at fault, and not the records", () => {
  it.each([400, 500])(
    "condemns none of 10,000 for an answer %i, and delivers all",
    async (status) => {
      const blob = world.blobName();
      await world.container.append(blob, auditLines(0, 10_000));
      world.receiver.script(() => ({ status }));
      const running = await world.run();
      await world.settle("it holds", () => running.said("receiverFaulted").length > 0, 1_000);
      const before = world.receiver.requests.length;
      await world.pass(3_600_000, 5_000);
      expect(await world.deadLetters()).toEqual([]);
      expect(running.totals).toMatchObject({ delivered: 0, uncertain: 0, deadLettered: 0 });
      // One probe a minute, whatever the number of batches that wait.
      expect(world.receiver.requests.length - before).toBeLessThanOrEqual(75);
      world.receiver.script([]);
      await world.settle("all arrive", () => running.totals.delivered === 10_000, 1_000);
      await running.stop();
      expect(world.receivedUids.toSorted()).toEqual((await world.expectedUids(blob)).toSorted());
      expect(await world.deadLetters()).toEqual([]);
      expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 10_000 });
    },
  );
});
