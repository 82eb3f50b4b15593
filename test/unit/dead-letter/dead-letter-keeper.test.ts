// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createDeadLetterKeeper } from "../../../src/dead-letter/dead-letter-keeper.ts";
import type { DeadLetterKeeper } from "../../../src/dead-letter/dead-letter-keeper.ts";
import type { ConnectorError } from "../../../src/errors.ts";
import type { DeadLetter } from "../../../src/model.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { FakeDeadLetterSink } from "../../support/scripted-receiver.ts";
import { recorderOf } from "../../support/tailing-world.ts";
import type { TailingWorld } from "../../support/tailing-world.ts";

const blob = { account: "a", container: "c", name: "n", createdAtMs: 0 };

function letterAt(start: number): DeadLetter {
  const range = { start, end: start + 3 };
  return {
    reason: "not-json",
    detail: "d",
    uid: `u${start}`,
    blob,
    range,
    bytes: Buffer.from("bad"),
  };
}

function setUp(): {
  keeper: DeadLetterKeeper;
  sink: FakeDeadLetterSink;
  clock: ManualClock;
  events: TailingWorld["events"];
} {
  const clock = new ManualClock();
  const sink = new FakeDeadLetterSink();
  const events: TailingWorld["events"] = [];
  const keeper = createDeadLetterKeeper({
    sink,
    clock,
    events: recorderOf(events),
    random: () => 1,
  });
  return { keeper, sink, clock, events };
}

describe("dead-letter keeper", () => {
  it("keeps the entries and tells of each, without its content", async () => {
    const { keeper, sink, events } = setUp();
    await keeper.keep([letterAt(0), letterAt(7)], new AbortController().signal);
    expect(sink.kept).toEqual([letterAt(0), letterAt(7)]);
    expect(events).toEqual([
      { name: "deadLettered", event: { reason: "not-json", uid: "u0", blob, offset: 0 } },
      { name: "deadLettered", event: { reason: "not-json", uid: "u7", blob, offset: 7 } },
    ]);
  });

  it("tries again for ever, ever later up to half a minute, and tells each time", async () => {
    const { keeper, sink, clock, events } = setUp();
    sink.isBroken = true;
    let isKept = false;
    const keeping = keeper.keep([letterAt(0)], new AbortController().signal).then(() => {
      isKept = true;
    });
    await clock.advance(10 * 60_000);
    expect(isKept).toBe(false);
    const waits = events.map(({ event }) => (event as { waitMs: number }).waitMs);
    expect(waits.slice(0, 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(events.map(({ name }) => name)).not.toContain("deadLettered");
    sink.isBroken = false;
    await clock.advance(30_000);
    await keeping;
    expect(sink.kept).toEqual([letterAt(0)]);
    expect(events.at(-1)?.name).toBe("deadLettered");
  });

  it("gives a failure that is not ours the code of the store", async () => {
    const { keeper, sink, clock, events } = setUp();
    sink.write = () => Promise.reject(new Error("ENOSPC"));
    const stop = new AbortController();
    const keeping = keeper.keep([letterAt(0)], stop.signal);
    await clock.advance(0);
    const { error } = events[0]!.event as { error: ConnectorError };
    expect(error.code).toBe("DEAD_LETTER_UNAVAILABLE");
    stop.abort();
    await expect(keeping).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("is cancelled while it waits, and at its first failure when it was cancelled before", async () => {
    const { keeper, sink, clock } = setUp();
    sink.isBroken = true;
    const stop = new AbortController();
    const keeping = keeper.keep([letterAt(0)], stop.signal);
    await clock.advance(100);
    stop.abort();
    await expect(keeping).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(keeper.keep([letterAt(0)], stop.signal)).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect(clock.pendingSleeps).toBe(0);
  });
});
