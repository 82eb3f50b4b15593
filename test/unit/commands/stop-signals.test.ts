// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { listenForStop } from "../../../src/commands/stop-signals.ts";
import { ManualClock } from "../../support/manual-clock.ts";

function listen() {
  const clock = new ManualClock();
  let send: (name: string) => void = () => undefined;
  let exits = 0;
  const signals = listenForStop({
    onSignal: (listener) => {
      send = listener;
    },
    now: () => clock.monotonicNow(),
    forceExit: () => {
      exits++;
    },
  });
  const phases = (): [boolean, boolean, number] => [
    signals.stop.aborted,
    signals.abandon.aborted,
    exits,
  ];
  return {
    clock,
    send: (name: string) => {
      send(name);
    },
    phases,
    signals,
  };
}

describe("signals", () => {
  it("stop first, abandon second, and end the process third", async () => {
    const { clock, send, phases, signals } = listen();
    expect(phases()).toEqual([false, false, 0]);
    send("SIGTERM");
    expect(phases()).toEqual([true, false, 0]);
    expect((signals.stop.reason as Error).message).toBe("SIGTERM");
    await clock.advance(300);
    send("SIGTERM");
    expect(phases()).toEqual([true, true, 0]);
    await clock.advance(300);
    send("SIGTERM");
    expect(phases()).toEqual([true, true, 1]);
  });

  it("that arrive twice for one key press count once", async () => {
    const { clock, send, phases } = listen();
    send("SIGINT");
    await clock.advance(299);
    send("SIGINT");
    expect(phases()).toEqual([true, false, 0]);
  });

  it("of two kinds count as two", () => {
    const { send, phases } = listen();
    send("SIGINT");
    send("SIGTERM");
    expect(phases()).toEqual([true, true, 0]);
  });
});
