// SPDX-License-Identifier: Apache-2.0
/**
 * Blobs that are not plain JSON Lines, on the real path: documents in append blobs and block blobs, envelopes and several
 * objects on a line, bytes that are no text. What holds for lines holds for them: cursor, ids, crash, dead letters.
 */
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditLine } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import { eventually } from "../support/eventually.ts";
import { addUp, readCursors } from "../support/stored-cursors.ts";

let world: DeliveryWorld;
beforeEach(async () => {
  world = await DeliveryWorld.create();
});
afterEach(async () => {
  await world.close();
});

const event = (number: number): string => auditLine(number).trimEnd();
const events = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => event(from + index));
const pretty = (from: number, to: number): string =>
  JSON.stringify(
    { records: events(from, to).map((text) => JSON.parse(text) as unknown) },
    undefined,
    4,
  );

/** Bodies as the receiver has them, parsed: a pretty-printed event keeps its own text. */
function received(): unknown[] {
  return world.receivedRecords.map(({ body }) => JSON.parse(body as string) as unknown);
}

function parsed(from: number, to: number): unknown[] {
  return events(from, to).map((text) => JSON.parse(text) as unknown);
}

/** Each received record stands in the blob at the offset that its uid names. */
async function expectInPlace(blob: string): Promise<void> {
  const bytes = await world.container.read(blob);
  for (const { body, uid } of world.receivedRecords) {
    const offset = Number.parseInt(uid.slice(16), 16);
    const text = body as string;
    expect(bytes.toString("utf8", offset, offset + Buffer.byteLength(text))).toBe(text);
  }
}

describe("documents in append blobs", () => {
  it.each([
    ["an envelope", `{"records":[${events(0, 30).join(",")}]}`],
    ["an array", `[${events(0, 30).join(",\r\n")}\r\n]`],
    ["a pretty-printed envelope", `\ufeff${pretty(0, 30)}\n`],
    ["objects, one behind the other", `${events(0, 30).join("")}\n`],
    [
      "lines, some of which are envelopes",
      `${event(0)}\n{"records":[${events(1, 29).join(",")}]}\n${event(29)}\n`,
    ],
    ["several objects on a line", `${event(0)}\n${events(1, 29).join(" ")}\n${event(29)}\n`],
  ])("delivers %s, each record once and at its place", async (_what, text) => {
    const blob = world.blobName();
    // In pieces that end anywhere, as appends do.
    const bytes = Buffer.from(text);
    for (let from = 0; from < bytes.length; from += 3_001) {
      await world.container.append(blob, bytes.subarray(from, from + 3_001));
    }
    const { totals } = await world.once();
    expect([totals.delivered, totals.deadLettered]).toEqual([30, 0]);
    expect(received()).toEqual(parsed(0, 30));
    await expectInPlace(blob);
    const again = await world.once();
    expect(again.totals.delivered).toBe(0);
  });

  it("goes on in the middle of a document after a crash, and repeats nothing that was saved", async () => {
    const blob = world.blobName();
    await world.container.append(blob, `{"records":[${events(0, 20).join(",")}`);
    const running = await world.run();
    await world.settle("the first arrive", () => running.totals.delivered === 20);
    await world.pass(2_000);
    await running.kill();
    const cursor = (await readCursors(world, [blob])).get(blob);
    const bytes = await world.container.read(blob);
    expect(cursor?.offset).toBe(bytes.length);
    expect(cursor?.crc32).toBe(crc32(bytes));
    await world.container.append(blob, `,\n${events(20, 40).join(",")}]}`);
    const next = await world.run();
    await world.settle("the rest arrives", () => next.totals.delivered === 20);
    await next.stop();
    expect(received()).toEqual(parsed(0, 40));
    expect(addUp((await readCursors(world, [blob])).get(blob)!.counts)).toBe(40);
  });

  it("keeps what is no record as a dead letter, with its bytes and its range, and goes on", async () => {
    const blob = world.blobName();
    const bad = ['{"torn": 1,', '{"x": \u0000}', "17", '{"y": "\ud800"}'];
    const text = `[\n${event(0)},\n${bad[0] ?? ""}\n${event(1)},\n${bad[1] ?? ""},\n${bad[2] ?? ""},\n${event(2)}]`;
    await world.container.append(blob, text);
    const { totals } = await world.once();
    expect([totals.delivered, totals.deadLettered]).toEqual([3, 3]);
    const letters = await world.deadLetters();
    expect(letters.map(({ reason }) => reason)).toEqual(["not-json", "not-json", "not-an-object"]);
    const bytes = await world.container.read(blob);
    for (const letter of letters) {
      const { start, end } = letter["range"] as { start: number; end: number };
      expect(bytes.toString("utf8", start, end)).toBe(letter["text"]);
    }
    expect(received()).toEqual(parsed(0, 3));
  });
});

describe("block blobs that are written again whole", () => {
  it.each([
    ["an envelope", (to: number) => `{"records":[${events(0, to).join(",")}]}`],
    ["a pretty-printed envelope", (to: number) => pretty(0, to)],
    ["JSON Lines", (to: number) => `${events(0, to).join("\n")}\n`],
  ])(
    "delivers each record of %s once, under the id of the first version seen",
    async (_what, write) => {
      const blob = world.blobName();
      await world.container.upload(blob, write(10));
      const first = await world.container.properties(blob);
      const running = await world.run();
      await world.settle("the first arrive", () => running.totals.delivered === 10, 1_000);
      for (const to of [11, 25]) {
        await nextSecond();
        await world.container.upload(blob, write(to));
        await world.settle(`${to} arrive`, () => running.totals.delivered === to, 1_000);
      }
      await running.stop();
      // A process of its own knows the blob again by its bytes.
      await nextSecond();
      await world.container.upload(blob, write(30));
      const { totals } = await world.once();
      expect(totals.delivered).toBe(5);
      expect(received()).toEqual(parsed(0, 30));
      const prefix = world.uidOf(blob, first.createdAtMs ?? 0, 0).slice(0, 16);
      expect(world.receivedUids.every((uid) => uid.startsWith(prefix))).toBe(true);
      expect(running.said("blobChanged")).toEqual([]);
      await expectInPlace(blob);
    },
  );

  it("reads one that holds something else from its first byte, and says so", async () => {
    const blob = world.blobName();
    await world.container.upload(blob, `{"records":[${events(0, 10).join(",")}]}`);
    const running = await world.run();
    await world.settle("the first arrive", () => running.totals.delivered === 10, 1_000);
    await nextSecond();
    await world.container.upload(blob, `{"records":[${events(100, 120).join(",")}]}`);
    await world.settle("the others arrive", () => running.totals.delivered === 30, 1_000);
    await running.stop();
    expect(running.said("blobChanged")).toMatchObject([{ change: "replaced" }]);
    expect(received()).toEqual([...parsed(0, 10), ...parsed(100, 120)]);
  });
});

/** Creation times are whole seconds of the service's clock, which is the real one. */
async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1_000);
  await eventually("the next second", () => Math.floor(Date.now() / 1_000) > second);
}
