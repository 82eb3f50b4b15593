// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { startDeadline } from "../../../src/runtime/attempt-deadline.ts";

const timers = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;

describe("startDeadline", () => {
  it("ends the attempt when the time is over", async () => {
    const deadline = startDeadline(5, new AbortController().signal);
    await expect(deadline.passed).rejects.toThrow("timeout");
    expect(deadline.signal.aborted).toBe(true);
    deadline.clear();
  });

  it("passes the caller's cancellation on", async () => {
    const caller = new AbortController();
    const deadline = startDeadline(60_000, caller.signal);
    caller.abort();
    await expect(deadline.passed).rejects.toMatchObject({ code: "CANCELLED" });
    expect(deadline.signal.reason).toMatchObject({ code: "CANCELLED" });
    deadline.clear();
  });

  it("leaves no timer and no interest in the caller's signal when it is cleared", () => {
    const before = timers();
    const caller = new AbortController();
    const deadline = startDeadline(60_000, caller.signal);
    expect(timers()).toBe(before + 1);
    deadline.clear();
    caller.abort();
    expect(timers()).toBe(before);
    expect(deadline.signal.aborted).toBe(false);
  });
});
