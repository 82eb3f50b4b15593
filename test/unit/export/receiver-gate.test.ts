// SPDX-License-Identifier: Apache-2.0
// The state machine of the gate, seen through the exporter that owns it.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExporterHarness } from "../../support/exporter-harness.ts";
import { delivered, faulty, retryable } from "../../support/fake-transport.ts";

let harness: ExporterHarness;

beforeEach(() => {
  harness = new ExporterHarness();
});

afterEach(async () => {
  await harness.dispose();
});

describe("the gate of a retrying exporter", () => {
  it("lets requests through side by side while it is open", async () => {
    await harness.begin("a");
    await harness.begin("b");
    await harness.begin("c");
    expect(harness.sent()).toEqual(["a", "b", "c"]);
    expect(harness.exporter.state()).toBe("open");
  });

  it("keeps new requests waiting after a failure and sends one probe, the oldest", async () => {
    await harness.begin("a");
    await harness.begin("b");
    await harness.answer(1, retryable());
    await harness.begin("c");
    await harness.answer(0, retryable());
    expect(harness.exporter.state()).toBe("backing-off");
    await harness.clock.advance(1000);
    expect(harness.sent()).toEqual(["a", "b", "a"]);
    await harness.clock.advance(3_600_000);
    expect(harness.sent()).toHaveLength(3);
  });

  it("opens for all when the probe succeeds", async () => {
    await harness.begin("a");
    await harness.answer(0, retryable());
    await harness.begin("b");
    await harness.begin("c");
    await harness.clock.advance(1000);
    await harness.answer(1, delivered);
    expect(harness.sent()).toEqual(["a", "a", "b", "c"]);
    expect(harness.exporter.state()).toBe("open");
  });

  it("opens when the probe is a partial success", async () => {
    await harness.begin("a");
    await harness.answer(0, retryable());
    await harness.clock.advance(1000);
    await harness.answer(1, { kind: "partial", status: 200, rejectedCount: 1, message: "" });
    expect(harness.exporter.state()).toBe("open");
  });

  it("does not multiply the wait by the number of requests that one outage hits", async () => {
    for (const name of ["a", "b", "c", "d"]) await harness.begin(name);
    for (const attempt of [0, 1, 2, 3]) await harness.answer(attempt, retryable());
    expect(harness.clock.nextWakeInMs).toBe(1000);
    expect(harness.clock.pendingSleeps).toBe(1);
    await harness.clock.advance(1000);
    await harness.answer(4, retryable());
    expect(harness.clock.nextWakeInMs).toBe(2000);
  });

  it("waits for the longest Retry-After among the requests that were under way", async () => {
    for (const name of ["a", "b", "c"]) await harness.begin(name);
    await harness.answer(0, retryable(10_000));
    await harness.answer(1, retryable(90_000));
    await harness.answer(2, retryable(20_000));
    await harness.clock.advance(89_999);
    expect(harness.sent()).toHaveLength(3);
    await harness.clock.advance(1);
    expect(harness.sent()).toEqual(["a", "b", "c", "a"]);
  });

  it("does not cancel what was under way, nor open for its success", async () => {
    await harness.begin("a");
    const { done } = await harness.begin("b");
    await harness.answer(0, retryable());
    await harness.answer(1, delivered);
    expect((await done).kind).toBe("delivered");
    expect(harness.exporter.state()).toBe("backing-off");
    await harness.begin("c");
    expect(harness.sent()).toEqual(["a", "b"]);
  });

  it("holds no timer while nobody waits, and probes with the next request that comes", async () => {
    const one = new AbortController();
    await harness.begin("a", one.signal);
    await harness.answer(0, retryable());
    one.abort();
    await harness.clock.advance(0);
    expect(harness.clock.pendingSleeps).toBe(0);
    await harness.clock.advance(400);
    await harness.begin("b");
    expect(harness.clock.nextWakeInMs).toBe(600);
    await harness.clock.advance(600);
    expect(harness.sent()).toEqual(["a", "b"]);
  });

  it.each([-30, 30])(
    "waits no longer and no shorter when the clock is set %d days",
    async (days) => {
      await harness.begin("a");
      await harness.answer(0, retryable());
      harness.clock.setWall(days * 86_400_000);
      await harness.clock.advance(999);
      expect(harness.sent()).toHaveLength(1);
      await harness.clock.advance(1);
      expect(harness.sent()).toHaveLength(2);
    },
  );
});

describe("a retrying exporter whose receiver is at fault", () => {
  it("says so once, holds everything and probes after 5, 10 … 60 s", async () => {
    await harness.begin("a");
    await harness.begin("b");
    const waits: number[] = [];
    await harness.answer(1, faulty());
    await harness.answer(0, faulty());
    for (let probe = 0; probe < 6; probe++) {
      waits.push(harness.clock.nextWakeInMs!);
      await harness.clock.advance(harness.clock.nextWakeInMs!);
      await harness.answer(2 + probe, faulty());
    }
    expect(waits).toEqual([5, 10, 20, 40, 60, 60].map((s) => s * 1000));
    expect(harness.sent()).toEqual(["a", "b", "a", "a", "a", "a", "a", "a"]);
    expect(harness.told).toEqual(["fault, 5000: HTTP 401"]);
    expect(harness.exporter.state()).toBe("fault");
  });

  it("says so again when the reason changes, and now and then when it does not", async () => {
    await harness.begin("a");
    await harness.answer(0, faulty());
    await harness.clock.advance(5000);
    await harness.answer(1, faulty("HTTP 403"));
    expect(harness.told).toEqual(["fault, 5000: HTTP 401", "fault, 10000: HTTP 403"]);
    for (let probe = 2; probe < 20; probe++) {
      await harness.clock.advance(harness.clock.nextWakeInMs!);
      await harness.answer(probe, faulty("HTTP 403"));
    }
    expect(harness.told).toEqual([
      "fault, 5000: HTTP 401",
      "fault, 10000: HTTP 403",
      "fault, 60000: HTTP 403",
    ]);
  });

  it("recovers by itself and says so once", async () => {
    const { done } = await harness.begin("a");
    await harness.answer(0, faulty());
    await harness.begin("b");
    await harness.clock.advance(5000);
    await harness.answer(1, delivered);
    await harness.answer(2, delivered);
    expect((await done).kind).toBe("delivered");
    expect(harness.exporter.state()).toBe("open");
    expect(harness.told).toEqual(["fault, 5000: HTTP 401", "recovered"]);
  });

  it("does not speak of recovery after mere retries", async () => {
    await harness.begin("a");
    await harness.answer(0, retryable());
    await harness.clock.advance(1000);
    await harness.answer(1, delivered);
    expect(harness.told).toEqual(["retry 1 in 1000: HTTP 503"]);
  });

  it("remains at fault while probes fail in a milder way, and then recovers", async () => {
    await harness.begin("a");
    await harness.answer(0, faulty());
    await harness.clock.advance(5000);
    await harness.answer(1, retryable(undefined, "ECONNREFUSED"));
    expect(harness.exporter.state()).toBe("fault");
    expect(harness.clock.nextWakeInMs).toBe(1000);
    await harness.clock.advance(1000);
    await harness.answer(2, delivered);
    expect(harness.told).toEqual([
      "fault, 5000: HTTP 401",
      "retry 2 in 1000: ECONNREFUSED",
      "recovered",
    ]);
  });

  it("learns of a fault from a request that was under way when it began to back off", async () => {
    await harness.begin("a");
    await harness.begin("b");
    await harness.answer(0, retryable());
    await harness.answer(1, faulty());
    expect(harness.exporter.state()).toBe("fault");
    await harness.clock.advance(4999);
    expect(harness.sent()).toHaveLength(2);
    await harness.clock.advance(1);
    expect(harness.sent()).toEqual(["a", "b", "a"]);
  });
});
