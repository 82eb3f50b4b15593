// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from "vitest";
import { auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import type { ScriptedAnswer } from "../support/scripted-answer.ts";
import { expectAccountedFor, readCursors } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
afterEach(async () => {
  await world.close();
});

const MIB = 1024 * 1024;
const SMALL_BUDGET = {
  HSM_AUDIT_OTEL_BUDGET_BYTES: "1MiB",
  HSM_AUDIT_OTEL_WINDOW_BYTES: "256KiB",
  HSM_AUDIT_OTEL_MAX_RECORD_BYTES: "64KiB",
  HSM_AUDIT_OTEL_BATCH_MAX_BYTES: "256KiB",
};

const LOGIN_PAGE: ScriptedAnswer = {
  status: 200,
  headers: { "content-type": "text/html" },
  body: "<html>please log in</html>",
};

describe("D7: a receiver that is down, slow, throttling or refusing everything never causes a loss", () => {
  it("delivers everything when a receiver that was away is back at its address", async () => {
    world = await DeliveryWorld.create();
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 10));
    const running = await world.run();
    await world.settle("the first arrive", () => running.totals.delivered === 10);
    await world.receiver.close();
    await world.container.append(blob, auditLines(10, 50));
    await world.settle("it is missed", () => running.totals.retries >= 4, 1_000);
    await world.replaceReceiver();
    await world.settle("the rest arrives", () => running.totals.delivered === 50, 1_000);
    expect((await running.stop()).kind).toBe("drained");
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 50 });
  });

  it("delivers everything after answers that never come, come late or come torn", async () => {
    const script: ScriptedAnswer[] = [
      "hang",
      "reset",
      "cut-mid-body",
      "stall-mid-body",
      { status: 502 },
    ];
    world = await DeliveryWorld.create({
      env: { OTEL_EXPORTER_OTLP_TIMEOUT: "150" },
      receiver: { script },
    });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 20));
    const { end, totals } = await world.once();
    expect(end.kind).toBe("drained");
    expect(totals).toMatchObject({ delivered: 20, retries: 5 });
    expect(new Set(world.receivedUids)).toEqual(new Set(await world.expectedUids(blob)));
  });

  it.each([
    ["503 with seconds", 503, 120, (): string => "120"],
    ["429 with seconds", 429, 90, (): string => "90"],
    [
      "429 with a date",
      429,
      300,
      (): string => new Date(Math.ceil(world.clock.now() / 1_000) * 1_000 + 300_000).toUTCString(),
    ],
  ])("waits as long as a %s says, then goes on", async (_name, status, seconds, retryAfter) => {
    world = await DeliveryWorld.create();
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 20));
    const askedAtMs: number[] = [];
    world.receiver.script(({ index }) => {
      askedAtMs.push(world.clock.now());
      return index > 0 ? undefined : { status, headers: { "retry-after": retryAfter() } };
    });
    const { end } = await world.once();
    expect(end.kind).toBe("drained");
    expect(askedAtMs).toHaveLength(2);
    expect((askedAtMs[1] ?? 0) - (askedAtMs[0] ?? 0)).toBeGreaterThanOrEqual(seconds * 1_000);
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
  });

  it.each<[string, ScriptedAnswer]>([
    ["401", { status: 401, body: "who are you?" }],
    ["404", { status: 404 }],
    ["400", { status: 400, body: "no" }],
    ["500", { status: 500 }],
    ["a redirect", { status: 302, headers: { location: "http://127.0.0.1:9/" } }],
    ["a login page under 200", LOGIN_PAGE],
    ["5 MB under 200", { status: 200, body: Buffer.alloc(5_000_000, " ") }],
  ])(
    "holds everything on %s, dead-letters nothing, and goes on by itself",
    async (_name, answer) => {
      world = await DeliveryWorld.create({ receiver: { script: () => answer } });
      const blob = world.blobName();
      await world.container.append(blob, auditLines(0, 30));
      const running = await world.run({ HSM_AUDIT_OTEL_BATCH_MAX_RECORDS: "10" });
      await world.settle("it says so", () => running.said("receiverFaulted").length > 0);
      await world.container.append(blob, auditLines(30, 60));
      const first = world.receiver.requests.length;
      await world.settle("it probes", () => world.receiver.requests.length > first + 2, 1_000);
      expect(running.totals).toMatchObject({ delivered: 0, uncertain: 0, deadLettered: 0 });

      world.receiver.script([]);
      await world.settle("all arrive", () => running.totals.delivered === 60, 1_000);
      expect(running.said("receiverRecovered")).toHaveLength(1);
      await running.stop();
      expect(new Set(world.receivedUids)).toEqual(new Set(await world.expectedUids(blob)));
      expect(await world.deadLetters()).toEqual([]);
      expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 60 });
    },
  );

  it("stops reading at the byte budget while the receiver is down", async () => {
    world = await DeliveryWorld.create({
      env: SMALL_BUDGET,
      receiver: { script: () => ({ status: 503 }), keep: "uids" },
    });
    const blobs = [world.blobName("ONE"), world.blobName("TWO"), world.blobName("TWO", 1)];
    for (const blob of blobs) await world.container.append(blob, auditLines(0, 10_000));
    const running = await world.run();
    const bytesRead = (): number => world.proxy.counts().read.responseBytes;
    await world.settle("it reads ahead", () => bytesRead() > MIB / 2);
    await world.settle("it retries", () => running.totals.retries > 3, 1_000);
    await world.pass(600_000);
    await world.pass(3_600_000, 5_000);
    expect(bytesRead()).toBeLessThanOrEqual(MIB + 256 * 1024);

    world.receiver.script([]);
    await world.settle("all arrive", () => running.totals.delivered === 30_000, 1_000);
    await running.stop();
    expect(world.receivedUids.toSorted()).toEqual((await world.expectedUids(...blobs)).toSorted());
    expect(await expectAccountedFor(world, blobs)).toMatchObject({ delivered: 30_000 });
  });

  it("delivers everything when the receiver's name is found at last", async () => {
    world = await DeliveryWorld.create();
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 30));
    const running = await world.run({
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://no-such-host.invalid:4318/v1/logs",
    });
    await world.settle("it tries", () => running.totals.retries > 1, 1_000);
    expect(running.said("exportRetried")[0]?.reason).toMatch(/no-such-host\.invalid/);
    running.abandon();
    expect((await running.stop()).kind).toBe("abandoned");
    expect((await world.once()).end.kind).toBe("drained");
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
  });

  it("gives `once` up on a receiver fault with its cursors intact", async () => {
    world = await DeliveryWorld.create({
      receiver: { script: () => ({ status: 401, body: "who are you?" }) },
    });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 30));
    const { end, totals } = await world.once();
    expect(end).toMatchObject({ kind: "gave-up", error: { code: "RECEIVER_FAULT" } });
    expect(totals).toMatchObject({ delivered: 0, deadLettered: 0 });
    expect((await readCursors(world, [blob])).get(blob)?.offset ?? 0).toBe(0);

    world.receiver.script([]);
    expect((await world.once()).end.kind).toBe("drained");
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
  });

  it("gives `once` up on a receiver that is away for as long as it was told to wait", async () => {
    world = await DeliveryWorld.create({ env: { HSM_AUDIT_OTEL_GIVE_UP_AFTER: "30m" } });
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 30));
    await world.receiver.close();
    const startedAtMs = world.clock.now();
    const { end } = await world.once();
    expect(end).toMatchObject({ kind: "gave-up", error: { code: "NO_PROGRESS" } });
    expect(world.clock.now() - startedAtMs).toBeGreaterThanOrEqual(30 * 60_000);
    await world.replaceReceiver();
    expect((await world.once()).end.kind).toBe("drained");
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
  });
});
