// SPDX-License-Identifier: Apache-2.0
// A blob that changes under the reader, at the two moments between which it looks: after the listing, and between two
// windows. Whether the service's clock has gone on by a second meanwhile is in the test's hands.
import { describe, expect, it } from "vitest";
import { line, lines, textsOf } from "../support/numbered-records.ts";
import { TailingWorld } from "../support/tailing-world.ts";

interface Change {
  readonly change: string;
  readonly blob: { readonly name: string };
  readonly lostBytes: number;
}

interface Case {
  readonly what: string;
  /** Reads that are answered before the blob changes. */
  readonly readsBefore: number;
  readonly isSameSecond: boolean;
  /** Texts of the blob that has the name now, one a write; none: it is gone. */
  readonly now: readonly string[];
  /** What is said of it; undefined where nothing was read of the first one, and it cannot be told from the second. */
  readonly said: string | undefined;
}

const OLD = lines(100, 149);
const LONGER = [lines(500, 599)];
const SHORTER = [501, 502, 503, 504, 505, 506, 507].map(line);

const CASES: Case[] = [
  {
    what: "deleted before it is read",
    readsBefore: 0,
    isSameSecond: false,
    now: [],
    said: "deleted",
  },
  {
    what: "deleted between two windows",
    readsBefore: 3,
    isSameSecond: false,
    now: [],
    said: "deleted",
  },
  {
    what: "recreated, longer, before it is read",
    ...{ readsBefore: 0, isSameSecond: false, now: LONGER, said: "replaced" },
  },
  {
    what: "recreated, longer, between two windows",
    ...{ readsBefore: 3, isSameSecond: false, now: LONGER, said: "replaced" },
  },
  {
    what: "recreated, shorter, before it is read",
    ...{ readsBefore: 0, isSameSecond: false, now: SHORTER, said: "replaced" },
  },
  {
    what: "recreated, shorter, between two windows",
    ...{ readsBefore: 3, isSameSecond: false, now: SHORTER, said: "replaced" },
  },
  {
    what: "shrunk within a second, before it is read",
    ...{ readsBefore: 0, isSameSecond: true, now: SHORTER, said: undefined },
  },
  {
    what: "shrunk within a second, between two windows",
    ...{ readsBefore: 3, isSameSecond: true, now: SHORTER, said: "shrunk" },
  },
  {
    what: "recreated within a second by fewer writes, between two windows",
    ...{ readsBefore: 3, isSameSecond: true, now: LONGER, said: "replaced" },
  },
];

describe("a blob that changes under the reader", () => {
  it.each(CASES)("is noticed before its bytes are used: $what", async (one) => {
    const world = new TailingWorld();
    const [name, other] = [world.blobName("CHANGING"), world.blobName("OTHER")];
    for (const text of textsOf(100, 149)) world.container.append(name, `${text}\n`);
    world.container.append(other, lines(1, 3));
    if (!one.isSameSecond) await world.clock.advance(5_000);
    let reads = 0;
    world.container.fault = (call, of) => {
      if (call !== "read" || of !== name || reads++ !== one.readsBefore) return;
      world.container.delete(name);
      for (const text of one.now) world.container.append(name, text);
    };
    const running = world.start();
    await world.clock.advance(60_000);
    world.container.append(other, lines(4, 6));
    await world.clock.advance(10 * 60_000);
    expect((await world.stop(running)).kind).toBe("drained");

    const changes = world.said("blobChanged") as Change[];
    expect(changes.map(({ change, blob }) => [change, blob.name])).toEqual(
      one.said === undefined ? [] : [[one.said, name]],
    );
    const old = world.texts().filter((text) => OLD.includes(`${text}\n`));
    expect(old).toEqual(textsOf(100, 149).slice(0, old.length));
    expect(old.length > 0).toBe(one.readsBefore > 0);
    const oldBytes = old.reduce((sum, text) => sum + text.length + 1, 0);
    if (one.said !== undefined) expect(changes[0]?.lostBytes).toBe(OLD.length - oldBytes);
    const rest = world.texts().filter((text) => !old.includes(text));
    const now = one.now.join("").split("\n").slice(0, -1);
    expect(rest.toSorted()).toEqual([...textsOf(1, 6), ...now].toSorted());
    expect(world.sink.kept).toEqual([]);
  });
});

describe("a blob that was settled whole, and replaced by a longer one", () => {
  it("has lost nothing, whoever finds the other one first", async () => {
    const world = new TailingWorld();
    const [older, newest] = [world.blobName("HSM", 1), world.blobName("HSM")];
    world.container.append(older, OLD);
    world.container.append(newest, line(1));
    const running = world.start();
    await world.clock.advance(60_000);
    expect(world.texts()).toHaveLength(51);
    world.container.delete(older);
    await world.clock.advance(2_000);
    world.container.append(older, LONGER.join(""));
    // The listing tells the length of the one that has the name now.
    await world.clock.advance(10 * 60_000);
    const changes = world.said("blobChanged") as Change[];
    expect(changes.map(({ change, lostBytes }) => [change, lostBytes])).toEqual([["replaced", 0]]);
    expect(world.texts()).toHaveLength(151);
    await world.stop(running);
  });
});
