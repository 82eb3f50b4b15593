// SPDX-License-Identifier: Apache-2.0
import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { systemClock, yieldToIo } from "../../../src/runtime/clock.ts";

describe("system clock", () => {
  it("tells the time in milliseconds", () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it("sleeps not at all for nothing or less, and leaves no listener behind", async () => {
    const { signal } = new AbortController();
    await systemClock.sleep(0, signal);
    await systemClock.sleep(-5_000, signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("rejects at once when the signal has aborted", async () => {
    const sleep = systemClock.sleep(1_000_000, AbortSignal.abort("enough"));
    await expect(sleep).rejects.toMatchObject({ code: "CANCELLED", cause: "enough" });
  });

  it("is woken by the signal, and gives its timer back", async () => {
    const stop = new AbortController();
    const timersBefore = timers();
    const sleep = systemClock.sleep(1_000_000, stop.signal);
    expect(timers()).toBe(timersBefore + 1);
    stop.abort();
    await expect(sleep).rejects.toMatchObject({ code: "CANCELLED" });
    expect(timers()).toBe(timersBefore);
  });

  it.each([Infinity, 2 ** 31, 1e15])("does not wake at once from a sleep of %d ms", async (ms) => {
    const stop = new AbortController();
    let isAwake = false;
    const sleep = systemClock.sleep(ms, stop.signal).finally(() => {
      isAwake = true;
    });
    sleep.catch(() => undefined);
    // An overlong timer fires after one millisecond; a timer set later for longer fires behind it.
    await systemClock.sleep(5, new AbortController().signal);
    expect(isAwake).toBe(false);
    stop.abort();
    await expect(sleep).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

describe("yielding", () => {
  it("lets I/O have a turn", async () => {
    let hasRun = false;
    setImmediate(() => {
      hasRun = true;
    });
    await yieldToIo();
    expect(hasRun).toBe(true);
  });
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
}
