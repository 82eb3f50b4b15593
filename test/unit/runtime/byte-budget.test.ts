// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createByteBudget } from "../../../src/runtime/byte-budget.ts";

const never = new AbortController().signal;

/** Whether a promise has settled by the time pending callbacks have run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise<"later">((resolve) => {
    setImmediate(() => {
      resolve("later");
    });
  });
  return (await Promise.race([promise.then(() => "done"), later])) === "later";
}

describe("byte budget", () => {
  it("charges at once while enough is left", async () => {
    const budget = createByteBudget(100);
    await budget.acquire(60, never);
    expect(budget.available).toBe(40);
    expect(budget.tryAcquire(40)).toBe(true);
    expect(budget.available).toBe(0);
  });

  it("makes a request wait until enough was credited", async () => {
    const budget = createByteBudget(100);
    await budget.acquire(100, never);
    const waiting = budget.acquire(50, never);
    budget.credit(49);
    expect(await isPending(waiting)).toBe(true);
    budget.credit(1);
    await waiting;
    expect(budget.available).toBe(0);
  });

  it("serves waiters in their order, so that a large request is not starved", async () => {
    const budget = createByteBudget(100);
    await budget.acquire(100, never);
    const order: string[] = [];
    const large = budget.acquire(80, never).then(() => order.push("large"));
    const small = budget.acquire(10, never).then(() => order.push("small"));
    budget.credit(50);
    expect(await isPending(small)).toBe(true);
    expect(budget.tryAcquire(10)).toBe(false);
    budget.credit(50);
    await Promise.all([large, small]);
    expect(order).toEqual(["large", "small"]);
    expect(budget.available).toBe(10);
  });

  it("refuses a request larger than the whole budget instead of waiting for ever", async () => {
    const budget = createByteBudget(100);
    await expect(budget.acquire(101, never)).rejects.toMatchObject({ code: "INTERNAL" });
    expect(budget).toMatchObject({ available: 100, waiting: 0 });
  });

  it("refuses a credit of more than is charged", async () => {
    const budget = createByteBudget(100);
    await budget.acquire(10, never);
    expect(() => {
      budget.credit(11);
    }).toThrow("INTERNAL");
    expect(budget.available).toBe(90);
  });

  it.each([-1, 0.5, Number.NaN, Infinity])("refuses %d as a number of bytes", async (bytes) => {
    const budget = createByteBudget(100);
    await expect(budget.acquire(bytes, never)).rejects.toMatchObject({ code: "INTERNAL" });
    expect(() => {
      budget.credit(bytes);
    }).toThrow("INTERNAL");
    expect(budget.available).toBe(100);
  });

  it("rejects a request whose signal has aborted, even when enough is left", async () => {
    const budget = createByteBudget(100);
    await expect(budget.acquire(10, AbortSignal.abort())).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect(budget.available).toBe(100);
  });

  it("forgets a waiter that is cancelled midway and charges it nothing", async () => {
    const budget = createByteBudget(100);
    await budget.acquire(100, never);
    const abort = new AbortController();
    const waiting = budget.acquire(50, abort.signal);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
    expect(budget.waiting).toBe(0);
    budget.credit(100);
    expect(budget.available).toBe(100);
  });

  it("lets those behind a cancelled large waiter go on at once", async () => {
    const budget = createByteBudget(100);
    await budget.acquire(80, never);
    const abort = new AbortController();
    const large = budget.acquire(90, abort.signal);
    const small = budget.acquire(20, never);
    abort.abort();
    await expect(large).rejects.toMatchObject({ code: "CANCELLED" });
    await small;
    expect(budget).toMatchObject({ available: 0, waiting: 0 });
  });

  it("keeps the charge of a granted request when its signal aborts afterwards", async () => {
    const budget = createByteBudget(100);
    await budget.acquire(100, never);
    const abort = new AbortController();
    const granted = budget.acquire(30, abort.signal);
    budget.credit(100);
    abort.abort();
    await granted;
    expect(budget.available).toBe(70);
  });
});
