// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hourBlobName, wholeHour } from "../../src/discover/blob-path.ts";
import { auditLine, auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import { expectAccountedFor } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
beforeEach(async () => {
  world = await DeliveryWorld.create();
});
afterEach(async () => {
  await world.close();
});

describe("D1: every complete record is delivered, uncertain or dead-lettered, and the counts add up", () => {
  it("delivers all records of several resources and hours once, in their blobs' order", async () => {
    const blobs = [
      world.blobName("HSM-ONE", 2),
      world.blobName("HSM-ONE", 0),
      world.blobName("HSM-TWO", 1),
    ];
    for (const [index, name] of blobs.entries()) {
      await world.container.append(name, auditLines(index * 100, index * 100 + 100));
    }
    const { end, totals } = await world.once();
    expect(end.kind).toBe("drained");
    for (const name of blobs) {
      const expected = await world.expectedUids(name);
      expect(world.receivedUids.filter((uid) => expected.includes(uid))).toEqual(expected);
    }
    expect(world.receivedUids).toHaveLength(300);
    expect(totals).toMatchObject({ recordsRead: 300, delivered: 300, deadLettered: 0 });
    expect(await expectAccountedFor(world, blobs)).toMatchObject({ delivered: 300 });
  });

  it("delivers every vault's records when a hundred quiet ones share requests", async () => {
    const blobs = Array.from({ length: 100 }, (_, index) => world.blobName(`VAULT-${index}`));
    await Promise.all(
      blobs.map((name, index) =>
        world.container.append(name, auditLines(index * 3, index * 3 + 3)),
      ),
    );
    const { end } = await world.once();
    expect(end.kind).toBe("drained");
    const expected = await world.expectedUids(...blobs);
    expect(world.receivedUids.toSorted()).toEqual(expected.toSorted());
    expect(world.receiver.requests.length).toBeLessThan(30);
    expect(await expectAccountedFor(world, blobs)).toMatchObject({ delivered: 300 });
  });

  it("counts a shared request's records for the blob that each came from, also when uncertain", async () => {
    const blobs = ["A", "B", "C"].map((name) => world.blobName(name));
    for (const [index, name] of blobs.entries()) {
      await world.container.append(name, auditLines(0, index + 1));
    }
    const rejected = JSON.stringify({ partialSuccess: { rejectedLogRecords: "1" } });
    world.receiver.script(() => ({ status: 200, body: rejected }));
    const { end, totals } = await world.once();
    expect(end.kind).toBe("drained");
    expect(totals).toMatchObject({ recordsRead: 6, delivered: 0, uncertain: 6, deadLettered: 0 });
    expect(await expectAccountedFor(world, blobs)).toMatchObject({ uncertain: 6 });
    expect(await world.deadLetters()).toHaveLength(6);
  });

  it("keeps the originals of a partly rejected batch with the receiver's message", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 20));
    world.receiver.script([
      "ok",
      {
        status: 200,
        body: JSON.stringify({
          partialSuccess: { rejectedLogRecords: "2", errorMessage: "two are too old" },
        }),
      },
    ]);
    const { end, totals } = await world.once({ HSM_AUDIT_OTEL_BATCH_MAX_RECORDS: "10" });
    expect(end.kind).toBe("drained");
    expect(totals).toMatchObject({ recordsRead: 20, delivered: 10, uncertain: 10 });
    expect(world.receiver.requests).toHaveLength(2);
    const uncertain = world.receiver.requests[1]?.uids;
    const letters = await world.deadLetters();
    expect(letters.map(({ uid }) => uid)).toEqual(uncertain);
    const bytes = await world.container.read(blob);
    for (const { text, range } of letters) {
      const { start, end } = range as { start: number; end: number };
      expect(text).toBe(bytes.toString("utf8", start, end));
    }
    const why = letters.map(({ reason, detail, receiver }) => ({ reason, detail, receiver }));
    expect(why).toEqual(
      letters.map(() => ({
        reason: "partial-success",
        detail: "the receiver rejected 2 of 10 records",
        receiver: { status: 200, message: "two are too old", attempts: 1 },
      })),
    );
    const counts = { delivered: 10, uncertain: 10, deadLettered: 0, filtered: 0 };
    expect(await expectAccountedFor(world, [blob])).toEqual(counts);
  });

  it("keeps what is no record as a dead letter with its bytes, position and reason", async () => {
    const blob = world.blobName();
    const bad: [Buffer, string][] = [
      [Buffer.from("{broken"), "not-json"],
      [Buffer.from("null"), "not-an-object"],
      [Buffer.from("42"), "not-an-object"],
      [
        Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
        "invalid-utf8",
      ],
      [Buffer.from(auditLine(7, { padding: "x".repeat(5_000) }).trimEnd()), "oversize"],
      [Buffer.from(auditLine(8, { padding: "y".repeat(100_000) }).trimEnd()), "oversize"],
    ];
    const expected: unknown[] = [];
    let offset = 0;
    const parts: Buffer[] = [];
    for (const [index, [original, reason]] of bad.entries()) {
      const good = Buffer.from(auditLine(index));
      const start = offset + good.length;
      parts.push(good, original, Buffer.from("\n"));
      offset = start + original.length + 1;
      const kept = original.subarray(0, 64 * 1024);
      const content =
        reason === "invalid-utf8"
          ? { base64: kept.toString("base64") }
          : { text: kept.toString("utf8") };
      expected.push({ reason, range: { start, end: offset - 1 }, blob, ...content });
    }
    await world.container.append(blob, Buffer.concat(parts));
    const { createdAtMs } = await world.container.properties(blob);
    const { end, totals } = await world.once({ HSM_AUDIT_OTEL_MAX_RECORD_BYTES: "4KiB" });
    expect(end.kind).toBe("drained");
    expect(totals).toMatchObject({ recordsRead: 12, delivered: 6, uncertain: 0, deadLettered: 6 });
    const letters = await world.deadLetters();
    expect(letters).toMatchObject(expected);
    for (const { uid, range } of letters) {
      const { start } = range as { start: number };
      expect(uid).toBe(world.uidOf(blob, createdAtMs ?? 0, start));
    }
    const counts = { delivered: 6, uncertain: 0, deadLettered: 6, filtered: 0 };
    expect(await expectAccountedFor(world, [blob])).toEqual(counts);
  });

  it("finds resources whose folder is spelled `ResourceId=`", async () => {
    const prefix =
      "ResourceId=/subscriptions/0/resourceGroups/Rg/providers/Microsoft.KeyVault/vaults/v/";
    const blob = hourBlobName(prefix, wholeHour(world.clock.now()));
    const other = world.blobName();
    await world.container.append(blob, auditLines(0, 5));
    await world.container.append(other, auditLines(5, 9));
    await world.once();
    const expected = await world.expectedUids(blob, other);
    expect(world.receivedUids.toSorted()).toEqual(expected.toSorted());
    expect(await expectAccountedFor(world, [blob, other])).toMatchObject({ delivered: 9 });
  });

  it("follows two blobs of one resource that grow at the same time around the hour", async () => {
    world = await atTheHour(world);
    const [older, newer] = [world.blobName("HSM-ONE", 1), world.blobName("HSM-ONE", 0)];
    await world.container.append(older, auditLines(0, 5));
    const running = await world.run();
    for (let round = 0; round < 6; round++) {
      await world.container.append(older, auditLines(100 + round * 5, 105 + round * 5));
      await world.container.append(newer, auditLines(200 + round * 5, 205 + round * 5));
      const count = 5 + (round + 1) * 10;
      await world.settle(`${count} records`, () => running.totals.delivered === count, 1_000);
    }
    expect((await running.stop()).kind).toBe("drained");
    const expected = await world.expectedUids(older, newer);
    expect(world.receivedUids.toSorted()).toEqual(expected.toSorted());
    expect(await expectAccountedFor(world, [older, newer])).toMatchObject({ delivered: 65 });
  });

  it("delivers once what is appended between two reads of the same round", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 3_000));
    let next = 3_000;
    world.proxy.inject(({ kind }) => {
      if (kind !== "read" || next >= 3_200) return undefined;
      const until = world.container.append(blob, auditLines(next, next + 20));
      next += 20;
      return { kind: "hold", until };
    });
    const running = await world.run({ HSM_AUDIT_OTEL_WINDOW_BYTES: "1MiB" });
    await world.settle("all arrive", () => running.totals.delivered === 3_200, 1_000);
    await running.stop();
    expect(world.receivedUids.toSorted()).toEqual((await world.expectedUids(blob)).toSorted());
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 3_200 });
  });
});

/** The same world five minutes after the turn of an hour. */
async function atTheHour(present: DeliveryWorld): Promise<DeliveryWorld> {
  const nowMs = wholeHour(present.clock.now()) + 5 * 60_000;
  await present.close();
  return await DeliveryWorld.create({ nowMs });
}
