// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import { watchProgress } from "../../src/watchdog.ts";
import { ManualClock } from "../support/manual-clock.ts";

interface Watched {
  clock: ManualClock;
  activity: number;
  fault: ConnectorError | undefined;
  doubt: ConnectorError | undefined;
  reason: Promise<ConnectorError>;
  isOver: boolean;
  stop: AbortController;
}

function watch(): Watched {
  const clock = new ManualClock();
  const stop = new AbortController();
  const watched: Omit<Watched, "reason"> = {
    clock,
    stop,
    activity: 0,
    fault: undefined,
    doubt: undefined,
    isOver: false,
  };
  const reason = watchProgress(
    {
      clock,
      giveUpAfterMs: 60_000,
      activity: () => watched.activity,
      fault: () => watched.fault,
      doubt: () => watched.doubt,
    },
    stop.signal,
  );
  const note = (): void => {
    watched.isOver = true;
  };
  reason.then(note, note);
  return Object.assign(watched, { reason });
}

describe("watchdog", () => {
  it("gives up after the whole time without any progress, not before", async () => {
    const watched = watch();
    await watched.clock.advance(59_000);
    expect(watched.isOver).toBe(false);
    await watched.clock.advance(1_000);
    expect((await watched.reason).message).toBe("NO_PROGRESS: nothing has moved for 60 s");
  });

  it("begins to count anew at each progress", async () => {
    const watched = watch();
    for (let minute = 0; minute < 5; minute++) {
      await watched.clock.advance(50_000);
      watched.activity++;
    }
    await watched.clock.advance(59_000);
    expect(watched.isOver).toBe(false);
    await watched.clock.advance(2_000);
    expect((await watched.reason).code).toBe("NO_PROGRESS");
  });

  it("gives up within a second over a fault that waiting does not mend", async () => {
    const watched = watch();
    watched.fault = new ConnectorError("RECEIVER_FAULT", "refused");
    await watched.clock.advance(1_000);
    expect(await watched.reason).toBe(watched.fault);
  });

  it("believes a doubt when nothing has moved for 30 s", async () => {
    const watched = watch();
    watched.doubt = new ConnectorError("RECEIVER_FAULT", "refused");
    await watched.clock.advance(29_000);
    watched.activity++;
    await watched.clock.advance(30_000);
    expect(watched.isOver).toBe(false);
    await watched.clock.advance(2_000);
    expect(await watched.reason).toBe(watched.doubt);
  });

  it("overlooks a fault that is over before it looks", async () => {
    const watched = watch();
    watched.fault = new ConnectorError("RECEIVER_FAULT", "refused");
    await watched.clock.advance(500);
    watched.fault = undefined;
    await watched.clock.advance(2_000);
    expect(watched.isOver).toBe(false);
    watched.stop.abort();
    await expect(watched.reason).rejects.toMatchObject({ code: "CANCELLED" });
    expect(watched.clock.pendingSleeps).toBe(0);
  });

  it("is cancelled at once by a signal that has aborted already", async () => {
    const options = {
      clock: new ManualClock(),
      giveUpAfterMs: 1,
      activity: () => 0,
      fault: () => undefined,
      doubt: () => undefined,
    };
    await expect(watchProgress(options, AbortSignal.abort())).rejects.toMatchObject({
      code: "CANCELLED",
    });
  });
});
