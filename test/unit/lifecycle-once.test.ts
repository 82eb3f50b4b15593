// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import { line, lines, textsOf } from "../support/numbered-records.ts";
import { HOUR_MS, TailingWorld } from "../support/tailing-world.ts";

/** Hours as a copied container has them: every blob was last written just now. */
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

describe("once", () => {
  it("delivers what the container holds now and ends", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName("A"), lines(1, 9));
    world.container.append(world.blobName("B"), lines(10, 12));
    const { end } = await world.untilEnded(world.start("once"));
    expect(end).toEqual({ kind: "drained" });
    expect(new Set(world.texts())).toEqual(new Set(textsOf(1, 12)));
  });

  it("ends at once when the container holds no resource", async () => {
    const world = new TailingWorld();
    expect((await world.untilEnded(world.start("once"))).end).toEqual({ kind: "drained" });
  });

  it("stops at the length that a blob had at first sight, however it grows meanwhile", async () => {
    const world = new TailingWorld();
    const name = world.blobName();
    world.container.append(name, lines(1, 20));
    let next = 21;
    world.container.fault = (call) => {
      if (call === "read") world.container.append(name, line(next++));
    };
    const { end } = await world.untilEnded(world.start("once"));
    expect(end).toEqual({ kind: "drained" });
    expect(world.texts()).toEqual(textsOf(1, 20));
  });

  it("leaves a half-written last line to the next run", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName(), `${lines(1, 2)}{"n"`);
    expect((await world.untilEnded(world.start("once"))).end).toEqual({ kind: "drained" });
    world.container.append(world.blobName(), ":3}\n");
    await world.untilEnded(world.start("once"));
    expect(world.texts()).toEqual(textsOf(1, 3));
  });

  it("works off more hours than may be open at once, even if all were written just now", async () => {
    const world = backlogWorld(200);
    writeBacklog(world, 200);
    const { end, seconds } = await world.untilEnded(world.start("once"));
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
    expect((await world.untilEnded(world.start("once"))).end).toEqual({ kind: "drained" });
    expect(world.texts()).toEqual(textsOf(1, 100));
  });

  it("delivers a blob that was recreated since the last run", async () => {
    const world = new TailingWorld();
    world.container.append(world.blobName(), lines(1, 3));
    await world.untilEnded(world.start("once"));
    world.container.delete(world.blobName());
    await world.clock.advance(2_000);
    world.container.append(world.blobName(), lines(4, 5));
    await world.untilEnded(world.start("once"));
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
    await world.untilEnded(world.start("once"));
    await world.untilEnded(world.start("once"));
    expect(world.store.ledger.map(({ name }) => name)).toContain(old);

    world.container.append(old, lines(5, 12));
    world.receiver.onAcked = ({ text }) => {
      if (text === '{"n":6}') world.receiver.become("down");
    };
    const crashed = world.start("once");
    await world.clock.advance(10_000);
    await world.kill(crashed);
    const { end } = await world.untilEnded((world.receiver.become("up"), world.start("once")));
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
    const { end, seconds } = await world.untilEnded(running, 60);
    expect(end).toEqual({ kind: "abandoned" });
    expect(seconds).toBeLessThanOrEqual(26);
  });

  it("gives up when nothing has moved for as long as it was told to wait", async () => {
    const world = new TailingWorld();
    world.receiver.become("down");
    world.container.append(world.blobName(), lines(1, 2));
    const { end, seconds } = await world.untilEnded(world.start("once"));
    expect(end).toMatchObject({ kind: "gave-up", error: { code: "NO_PROGRESS" } });
    expect(seconds).toBeGreaterThanOrEqual(300);
    expect(seconds).toBeLessThanOrEqual(310);
  });

  it("gives up at once when only a person can mend what is wrong", async () => {
    const world = new TailingWorld();
    world.receiver.become("down");
    world.receiver.isFaulty = true;
    world.container.append(world.blobName(), line(1));
    const { end, seconds } = await world.untilEnded(world.start("once"));
    expect(end).toMatchObject({ kind: "gave-up", error: { code: "RECEIVER_FAULT" } });
    expect(seconds).toBeLessThan(10);

    const denied = new TailingWorld();
    denied.container.fault = () => {
      throw new ConnectorError("STORAGE_DENIED", "no role");
    };
    const second = await denied.untilEnded(denied.start("once"));
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
    world.receiver.become("down");
    const running = world.start("once");
    await world.clock.advance(5_000);
    world.receiver.become("up");
    expect((await world.untilEnded(running)).end).toEqual({ kind: "drained" });
    expect(world.texts()).toEqual(textsOf(1, 1));
  });
});
