// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from "vitest";
import { createRandomSource } from "../../src/simulate/random-source.ts";
import { auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import type { ReceivedRequest } from "../support/fake-receiver.ts";
import type { ScriptedAnswer } from "../support/scripted-answer.ts";
import { expectAccountedFor, expectNoCursorAhead, readCursors } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
afterEach(async () => {
  await world.close();
});

const SMALL_BATCHES = {
  HSM_AUDIT_OTEL_BATCH_MAX_RECORDS: "10",
  HSM_AUDIT_OTEL_BATCH_FLUSH_INTERVAL: "10ms",
  HSM_AUDIT_OTEL_CHECKPOINT_INTERVAL: "10ms",
};

describe("D2: the cursor never passes a byte that is not acknowledged", () => {
  it("stays before a batch without an answer while younger ones are acknowledged", async () => {
    // Only full batches: a timer would cut them anywhere.
    const env = { ...SMALL_BATCHES, HSM_AUDIT_OTEL_BATCH_FLUSH_INTERVAL: "1m" };
    world = await DeliveryWorld.create({ env });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 200));
    const uids = await world.expectedUids(blob);
    const held = new Set(uids.slice(40, 50));
    world.receiver.script(({ uids: [first] }) => (held.has(first ?? "") ? "hang" : undefined));

    const running = await world.run();
    await world.settle("the younger ones are answered", () => running.totals.delivered === 70);
    await world.pass(60_000);
    await running.kill();
    expect(new Set(world.receivedUids)).toEqual(
      new Set(uids.slice(0, 80).filter((uid) => !held.has(uid))),
    );
    const cursor = (await readCursors(world, [blob])).get(blob);
    const endOfFortieth = Buffer.byteLength(auditLines(0, 40));
    expect(cursor).toMatchObject({ offset: endOfFortieth, counts: { delivered: 40 } });

    world.receiver.script([]);
    await world.once();
    expect(new Set(world.receivedUids)).toEqual(new Set(uids));
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 200 });
  });

  it("stays before a batch whose dead letters are not on disk, whatever the younger ones do", async () => {
    world = await DeliveryWorld.create({ env: SMALL_BATCHES });
    const [blob, other] = [world.blobName("HSM-ONE"), world.blobName("HSM-TWO")];
    await world.container.append(blob, `${auditLines(0, 15)}no record\n${auditLines(15, 60)}`);
    await world.container.append(other, auditLines(100, 150));
    const running = await world.run();
    await world.settle("both are delivered", () => running.totals.delivered === 110);
    await running.kill();
    await expectNoCursorAhead(world, [blob, other]);
    await world.once();
    expect(await expectAccountedFor(world, [blob, other])).toMatchObject({ deadLettered: 1 });
  });

  it("holds through kills at any moment while answers fail, hang, and come out of order", async () => {
    world = await DeliveryWorld.create({
      env: { ...SMALL_BATCHES, OTEL_EXPORTER_OTLP_TIMEOUT: "150" },
    });
    const random = createRandomSource("cursors and kills");
    const blobs = [world.blobName("HSM-ONE", 1), world.blobName("HSM-ONE"), world.blobName("TWO")];
    let requestsLeft = Infinity;
    world.receiver.script((request) => {
      requestsLeft--;
      return anyAnswer(random.next(), request);
    });
    let written = 0;
    for (let round = 0; round < 14; round++) {
      for (const blob of blobs) {
        const lines = auditLines(written, written + 20 + random.below(60));
        await world.container.append(blob, random.chance(0.3) ? `${lines}no record\n` : lines);
        written += 100;
      }
      requestsLeft = 1 + random.below(18);
      const running = await world.run();
      const before = running.totals;
      await world.settle(
        "some requests arrive",
        () => requestsLeft <= 0 || before.delivered + before.deadLettered > 300,
      );
      await running.kill();
      await expectNoCursorAhead(world, blobs);
    }
    requestsLeft = Infinity;
    world.receiver.script([]);
    expect((await world.once()).end.kind).toBe("drained");
    const letters = await world.deadLetters();
    const kept = new Set([...world.receivedUids, ...letters.map(({ uid }) => String(uid))]);
    expect(kept).toEqual(new Set(await world.expectedUids(...blobs)));
    await expectAccountedFor(world, blobs);
  });
});

function anyAnswer(draw: number, { index }: ReceivedRequest): ScriptedAnswer | undefined {
  if (draw < 0.6) return undefined;
  if (draw < 0.7) return { status: 503 };
  if (draw < 0.75) return { status: 429, headers: { "retry-after": "2" } };
  if (draw < 0.8) return "reset";
  if (draw < 0.87) return "cut-mid-body";
  if (draw < 0.9) return "hang";
  if (draw < 0.95) return { status: 401, body: `who are you, ${index}?` };
  return {
    status: 200,
    body: "<html>please log in</html>",
    headers: { "content-type": "text/html" },
  };
}
