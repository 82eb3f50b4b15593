// SPDX-License-Identifier: Apache-2.0
// What a caller of the exporter sees. How its requests share one gate: receiver-gate.test.ts.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExporterHarness, requestOf } from "../../support/exporter-harness.ts";
import { delivered, retryable } from "../../support/fake-transport.ts";

let harness: ExporterHarness;

beforeEach(() => {
  harness = new ExporterHarness();
});

afterEach(async () => {
  await harness.dispose();
});

describe("a retrying exporter", () => {
  it("returns a delivered outcome with its warning", async () => {
    const { done } = await harness.begin("a");
    await harness.answer(0, { kind: "delivered", warning: "slow" });
    expect(await done).toEqual({ kind: "delivered", warning: "slow", attempts: 1 });
  });

  it("returns a partial success and never sends the request again", async () => {
    const { done } = await harness.begin("a");
    const partial = { kind: "partial", status: 200, rejectedCount: 1, message: "too old" } as const;
    await harness.answer(0, partial);
    expect(await done).toEqual({ ...partial, attempts: 1 });
    await harness.clock.advance(3_600_000);
    expect(harness.sent()).toEqual(["a"]);
  });

  it("sends the same bytes again after 1, 2, 4 … 60 s, for ever", async () => {
    const { done } = await harness.begin("a");
    const waits: number[] = [];
    for (let attempt = 0; attempt < 40; attempt++) {
      await harness.answer(attempt, retryable());
      waits.push(harness.clock.nextWakeInMs!);
      await harness.clock.advance(harness.clock.nextWakeInMs!);
    }
    expect(waits.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((s) => s * 1000));
    expect(waits.at(-1)).toBe(60_000);
    const [first] = harness.transport.attempts;
    expect(harness.transport.attempts.every(({ request }) => request === first!.request)).toBe(
      true,
    );
    await harness.answer(40, delivered);
    expect((await done).kind).toBe("delivered");
  });

  it("tells each retry with its reason, wait and number", async () => {
    await harness.begin("a");
    await harness.answer(0, retryable());
    await harness.clock.advance(1000);
    await harness.answer(1, retryable(undefined, "ECONNREFUSED"));
    expect(harness.told).toEqual(["retry 1 in 1000: HTTP 503", "retry 2 in 2000: ECONNREFUSED"]);
  });

  it("obeys a Retry-After that is longer or shorter than its own wait", async () => {
    await harness.begin("a");
    await harness.answer(0, retryable(300_000));
    await harness.clock.advance(299_999);
    expect(harness.sent()).toHaveLength(1);
    await harness.clock.advance(1);
    expect(harness.sent()).toHaveLength(2);
    await harness.answer(1, retryable(500));
    await harness.clock.advance(500);
    expect(harness.sent()).toHaveLength(3);
  });

  it("obeys no Retry-After beyond one hour, and waits its own time for one of 0", async () => {
    await harness.begin("a");
    await harness.answer(0, retryable(86_400_000));
    expect(harness.clock.nextWakeInMs).toBe(3_600_000);
    await harness.clock.advance(3_600_000);
    await harness.answer(1, retryable(0));
    expect(harness.clock.nextWakeInMs).toBe(2000);
  });

  it("begins anew with 1 s after a success", async () => {
    const { done } = await harness.begin("a");
    await harness.answer(0, retryable());
    await harness.clock.advance(1000);
    await harness.answer(1, retryable());
    await harness.clock.advance(2000);
    await harness.answer(2, delivered);
    await done;
    await harness.begin("b");
    await harness.answer(3, retryable());
    expect(harness.clock.nextWakeInMs).toBe(1000);
  });
});

describe("a cancelled export", () => {
  const cancelled = { code: "CANCELLED" };

  it("sends nothing when it was cancelled before", async () => {
    await expect(
      harness.exporter.export(requestOf("a"), AbortSignal.abort()),
    ).rejects.toMatchObject(cancelled);
    expect(harness.sent()).toEqual([]);
  });

  it("ends midway through an attempt", async () => {
    const one = new AbortController();
    const { done } = await harness.begin("a", one.signal);
    one.abort();
    await expect(done).rejects.toMatchObject(cancelled);
  });

  it("ends midway through a wait and leaves the others their turn", async () => {
    const one = new AbortController();
    const { done } = await harness.begin("a", one.signal);
    await harness.begin("b");
    await harness.answer(0, retryable());
    await harness.answer(1, retryable());
    one.abort();
    await expect(done).rejects.toMatchObject(cancelled);
    await harness.clock.advance(1000);
    expect(harness.sent()).toEqual(["a", "b", "b"]);
  });

  it("hands the probe to the next oldest at once", async () => {
    const one = new AbortController();
    const { done } = await harness.begin("a", one.signal);
    await harness.answer(0, retryable());
    await harness.begin("b");
    await harness.begin("c");
    await harness.clock.advance(1000);
    one.abort();
    await expect(done).rejects.toMatchObject(cancelled);
    await harness.clock.advance(0);
    expect(harness.sent()).toEqual(["a", "a", "b"]);
    await harness.answer(2, delivered);
    expect(harness.sent()).toEqual(["a", "a", "b", "c"]);
  });

  it("hands the probe on also when it is cancelled in the moment of its turn", async () => {
    const one = new AbortController();
    await harness.begin("a", one.signal);
    await harness.begin("b");
    await harness.answer(0, retryable());
    await harness.answer(1, retryable());
    const turn = harness.clock.advance(1000);
    one.abort();
    await turn;
    expect(harness.sent()).toEqual(["a", "b", "b"]);
  });

  it("hands the probe on when the transport breaks its promise and throws", async () => {
    const { done } = await harness.begin("a");
    await harness.answer(0, retryable());
    await harness.begin("b");
    await harness.clock.advance(1000);
    harness.transport.attempts[1]!.crash(new TypeError("bug"));
    await expect(done).rejects.toThrow("bug");
    await harness.clock.advance(0);
    expect(harness.sent()).toEqual(["a", "a", "b"]);
  });
});

describe("closing a retrying exporter", () => {
  it("closes its transport", async () => {
    await harness.exporter.close();
    expect(harness.transport.closeCount).toBe(1);
  });
});
