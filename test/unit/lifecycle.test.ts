// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import type { RunEnd } from "../../src/lifecycle-parts.ts";
import { HOUR_MS, line, lines, prefixOf, TailingWorld, textsOf } from "../support/tailing-world.ts";
import type { RunningLifecycle } from "../support/tailing-world.ts";

/** Lets time go on in seconds until the run has ended; says after how many. */
async function untilEnded(
  world: TailingWorld,
  running: RunningLifecycle,
  maxSeconds = 3_600,
): Promise<{ end: RunEnd; seconds: number }> {
  let seconds = 0;
  for (; !running.hasEnded() && seconds < maxSeconds; seconds++) await world.clock.advance(1_000);
  if (!running.hasEnded()) throw new Error(`still running after ${maxSeconds} s`);
  // A run that has ended waits for nothing.
  expect(world.clock.pendingSleeps).toBe(0);
  return { end: await running.ended, seconds };
}

/** Twenty copied hours and more than can be open at once: every blob was last written just now. */
function writeBacklog(world: TailingWorld, hours: number): void {
  for (let ago = hours; ago >= 1; ago--) {
    world.container.append(world.blobName("HSM", ago), line(hours - ago + 1));
  }
}

function backlogWorld(hours: number): TailingWorld {
  const world = new TailingWorld();
  const proposedStartHourMs = Math.floor(world.clock.now() / HOUR_MS - hours) * HOUR_MS;
  return new TailingWorld({ settings: { proposedStartHourMs } });
}

describe("a run", () => {
  it("delivers what stands there and what comes, and drains when it is told to stop", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName(), lines(1, 5));
    const running = world.start();
    await world.clock.advance(5_000);
    world.container.append(world.blobName(), lines(6, 7));
    await world.clock.advance(60_000);
    expect(world.texts()).toEqual(textsOf(1, 7));
    expect(await world.stop(running)).toEqual({ kind: "drained" });
    expect(world.clock.pendingSleeps).toBe(0);
  });

  it("delivers and saves on stop what was read but not yet sent", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName(), line(1));
    const running = world.start();
    await world.clock.advance(10);
    expect(world.texts()).toEqual([]);
    expect(await world.stop(running)).toEqual({ kind: "drained" });
    expect(world.texts()).toEqual(textsOf(1, 1));
    const saved = await world.store.load(prefixOf("HSM"));
    expect(saved?.checkpoint.open.map(({ offset }) => offset)).toEqual([8]);
  });

  it("gives up what is in flight when the grace is over, and the next run repeats it", async () => {
    const world = new TailingWorld();
    world.receiver.become("down");
    world.container.append(world.blobName(), lines(1, 3));
    const running = world.start();
    await world.clock.advance(5_000);
    running.stop.abort();
    const { end, seconds } = await untilEnded(world, running);
    expect(end).toEqual({ kind: "abandoned" });
    expect(seconds).toBeGreaterThanOrEqual(20);
    expect(seconds).toBeLessThanOrEqual(26);
    world.receiver.become("up");
    const next = world.start();
    await world.clock.advance(5_000);
    expect(world.texts()).toEqual(textsOf(1, 3));
    await world.stop(next);
  });

  it("ends without waiting for the grace when it is told to abandon", async () => {
    const world = new TailingWorld();
    world.receiver.become("down");
    world.container.append(world.blobName(), lines(1, 3));
    const running = world.start();
    await world.clock.advance(5_000);
    running.stop.abort();
    await world.clock.advance(100);
    running.abandon.abort();
    const { end, seconds } = await untilEnded(world, running);
    expect([end.kind, seconds]).toEqual(["abandoned", 1]);
  });

  it("stops while it waits for budget that a receiver which is down does not give back", async () => {
    const world = new TailingWorld();
    world.receiver.become("down");
    world.container.append(world.blobName(), lines(1, 100));
    const running = world.start();
    await world.clock.advance(30_000);
    expect(world.container.bytesServed).toBeLessThan(300);
    running.stop.abort();
    expect((await untilEnded(world, running)).end.kind).toBe("abandoned");
  });

  it("says that it was abandoned, and saves nothing later, when the last save fails", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName(), line(1));
    const running = world.start();
    await world.clock.advance(10);
    for (let save = 0; save < 50; save++) world.store.failNextSave();
    running.stop.abort();
    const { end } = await untilEnded(world, running, 30);
    expect(end).toEqual({ kind: "abandoned" });
    const failures = world.said("checkpointFailed").length;
    await world.clock.advance(HOUR_MS);
    expect(world.said("checkpointFailed")).toHaveLength(failures);
  });

  it("throws what must not happen, with the cursor before it", async () => {
    const world = new TailingWorld({
      encode: () => Promise.reject(new ConnectorError("INTERNAL", "cannot be encoded")),
    });
    world.container.append(world.blobName(), line(1));
    const running = world.start();
    for (let second = 0; second < 40 && !running.hasEnded(); second++) {
      await world.clock.advance(1_000);
    }
    await expect(running.ended).rejects.toThrow("INTERNAL: cannot be encoded");
    const saved = await world.store.load(prefixOf("HSM"));
    expect(saved?.checkpoint.open.map(({ offset }) => offset)).toEqual([0]);
    expect(world.clock.pendingSleeps).toBe(0);
  });

  it("finds resources that appear later", async () => {
    const world = new TailingWorld();
    const running = world.start();
    await world.clock.advance(60_000);
    world.container.append(world.blobName("LATE"), line(1));
    await world.clock.advance(11 * 60_000);
    expect(world.texts()).toEqual(textsOf(1, 1));
    await world.stop(running);
  });

  it("waits out a container that does not answer, louder once and then ever longer", async () => {
    const world = new TailingWorld();
    let failing = 4;
    world.container.fault = (call) => {
      if (call === "folders" && failing-- > 0) {
        throw new ConnectorError("STORAGE_UNAVAILABLE", "busy", { retryAfterMs: 2_000 });
      }
    };
    world.container.append(world.blobName(), line(1));
    const running = world.start();
    await world.clock.advance(30_000);
    const waits = world.said("storageFailed").map((event) => (event as { waitMs: number }).waitMs);
    expect(waits).toEqual([2_000, 2_000, 3_000, 6_000]);
    expect(world.said("storageRecovered")).toEqual([{ resource: undefined }]);
    expect(world.texts()).toEqual(textsOf(1, 1));
    await world.stop(running);
  });

  it("goes on with a resource whose cursor another writer moved while its batch was held", async () => {
    const world = new TailingWorld({ settings: { batchMaxRecords: 100, batchMaxBytes: 10_000 } });
    world.container.append(world.blobName(), lines(1, 4));
    const running = world.start();
    await world.clock.advance(5_000);
    world.store.overtake(prefixOf("HSM"));
    // The conflict shows at the next save, with records of the void progress read and not sent.
    world.container.append(world.blobName(), lines(5, 20));
    await world.clock.advance(10 * 60_000);
    expect(running.hasEnded()).toBe(false);
    expect(world.said("checkpointConflicted")).toHaveLength(1);
    expect(new Set(world.texts())).toEqual(new Set(textsOf(1, 20)));
    world.container.append(world.blobName(), lines(21, 40));
    await world.clock.advance(10 * 60_000);
    expect(new Set(world.texts())).toEqual(new Set(textsOf(1, 40)));
    expect(await world.stop(running)).toEqual({ kind: "drained" });
  });
});

describe("once", () => {
  it("delivers what the container holds now and ends", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName("A"), lines(1, 9));
    world.container.append(world.blobName("B"), lines(10, 12));
    const { end } = await untilEnded(world, world.start("once"));
    expect(end).toEqual({ kind: "drained" });
    expect(new Set(world.texts())).toEqual(new Set(textsOf(1, 12)));
  });

  it("ends at once when the container holds no resource", async () => {
    const world = new TailingWorld();
    expect((await untilEnded(world, world.start("once"))).end).toEqual({ kind: "drained" });
  });

  it("stops at the length that a blob had at first sight, however it grows meanwhile", async () => {
    const world = new TailingWorld();
    const name = world.blobName();
    world.container.append(name, lines(1, 20));
    let next = 21;
    world.container.fault = (call) => {
      if (call === "read") world.container.append(name, line(next++));
    };
    const { end } = await untilEnded(world, world.start("once"));
    expect(end).toEqual({ kind: "drained" });
    expect(world.texts()).toEqual(textsOf(1, 20));
  });

  it("leaves a half-written last line to the next run", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName(), `${lines(1, 2)}{"n"`);
    expect((await untilEnded(world, world.start("once"))).end).toEqual({ kind: "drained" });
    world.container.append(world.blobName(), ":3}\n");
    await untilEnded(world, world.start("once"));
    expect(world.texts()).toEqual(textsOf(1, 3));
  });

  it("works off more hours than may be open at once, even if all were written just now", async () => {
    const world = backlogWorld(200);
    writeBacklog(world, 200);
    const { end, seconds } = await untilEnded(world, world.start("once"));
    expect(end).toEqual({ kind: "drained" });
    expect(world.texts()).toEqual(textsOf(1, 200));
    expect(seconds).toBeLessThan(30);
  });

  it("does not take a listing that broke off for the end of the backlog", async () => {
    const world = backlogWorld(100);
    writeBacklog(world, 100);
    let listed = 0;
    world.container.fault = (call) => {
      // In the second listing, the one that makes the rest of the backlog known.
      if (call === "listed" && ++listed === 75) {
        throw new ConnectorError("STORAGE_UNAVAILABLE", "busy");
      }
    };
    expect((await untilEnded(world, world.start("once"))).end).toEqual({ kind: "drained" });
    expect(world.texts()).toEqual(textsOf(1, 100));
  });

  it("delivers a blob that was recreated since the last run", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName(), lines(1, 3));
    await untilEnded(world, world.start("once"));
    world.container.delete(world.blobName());
    await world.clock.advance(2_000);
    world.container.append(world.blobName(), lines(4, 5));
    await untilEnded(world, world.start("once"));
    expect(world.texts()).toEqual(textsOf(1, 5));
    expect(world.said("blobChanged")).toMatchObject([{ change: "replaced" }]);
  });

  it("finishes a re-opened blob that a crash left half delivered", async () => {
    const world = new TailingWorld();
    const old = world.blobName("HSM", 1);
    world.container.append(old, lines(1, 2));
    world.container.append(world.blobName(), line(3));
    await world.clock.advance(8 * HOUR_MS);
    world.container.append(world.blobName(), line(4));
    // Twice: a blob is closed by the run that comes after the one which settled it.
    await untilEnded(world, world.start("once"));
    await untilEnded(world, world.start("once"));
    expect(world.store.ledger.map(({ name }) => name)).toContain(old);

    world.container.append(old, lines(5, 12));
    world.receiver.onAcked = ({ text }) => {
      if (text === '{"n":6}') world.receiver.become("down");
    };
    const crashed = world.start("once");
    await world.clock.advance(10_000);
    await world.kill(crashed);
    const { end } = await untilEnded(world, (world.receiver.become("up"), world.start("once")));
    expect(end).toEqual({ kind: "drained" });
    expect(new Set(world.texts())).toEqual(new Set(textsOf(1, 12)));
  });

  it("keeps the grace of a stop that comes while a receiver that is down holds the last batches", async () => {
    const world = new TailingWorld();
    world.receiver.become("down");
    world.container.append(world.blobName(), lines(1, 2));
    const running = world.start("once");
    await world.clock.advance(10_000);
    running.stop.abort();
    const { end, seconds } = await untilEnded(world, running, 60);
    expect(end).toEqual({ kind: "abandoned" });
    expect(seconds).toBeLessThanOrEqual(26);
  });

  it("gives up when nothing has moved for as long as it was told to wait", async () => {
    const world = new TailingWorld();
    world.receiver.become("down");
    world.container.append(world.blobName(), lines(1, 2));
    const { end, seconds } = await untilEnded(world, world.start("once"));
    expect(end).toMatchObject({ kind: "gave-up", error: { code: "NO_PROGRESS" } });
    expect(seconds).toBeGreaterThanOrEqual(300);
    expect(seconds).toBeLessThanOrEqual(310);
  });

  it("gives up at once when only a person can mend what is wrong", async () => {
    const world = new TailingWorld();
    world.receiver.become("down");
    world.receiver.isFaulty = true;
    world.container.append(world.blobName(), line(1));
    const { end, seconds } = await untilEnded(world, world.start("once"));
    expect(end).toMatchObject({ kind: "gave-up", error: { code: "RECEIVER_FAULT" } });
    expect(seconds).toBeLessThan(10);

    const denied = new TailingWorld();
    denied.container.fault = () => {
      throw new ConnectorError("STORAGE_DENIED", "no role");
    };
    const second = await untilEnded(denied, denied.start("once"));
    expect(second.end).toMatchObject({ kind: "gave-up", error: { code: "STORAGE_DENIED" } });
    expect(second.seconds).toBeLessThan(10);
  });

  it("does not give up over a refusal that is over", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName(), line(1));
    let isRefused = true;
    world.container.fault = (call) => {
      if (call === "blobs" && isRefused) {
        isRefused = false;
        throw new ConnectorError("STORAGE_DENIED", "the role is not there yet");
      }
    };
    expect((await untilEnded(world, world.start("once"))).end).toEqual({ kind: "drained" });
    expect(world.texts()).toEqual(textsOf(1, 1));
  });
});
