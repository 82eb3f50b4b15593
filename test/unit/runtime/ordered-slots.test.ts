// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createOrderedSlots } from "../../../src/runtime/ordered-slots.ts";
import type { OrderedSlots } from "../../../src/runtime/ordered-slots.ts";

/** Submits named works that run until they are told to end, and notes which have started. */
function createStage(slots: OrderedSlots): {
  started: string[];
  submit: (name: string, ...keys: string[]) => Promise<string>;
  end: (name: string) => Promise<void>;
} {
  const started: string[] = [];
  const enders = new Map<string, () => void>();
  return {
    started,
    submit: (name, ...keys) =>
      slots.run(keys, async () => {
        started.push(name);
        await new Promise<void>((resolve) => enders.set(name, resolve));
        return name;
      }),
    end: async (name) => {
      enders.get(name)!();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe("ordered slots", () => {
  it("runs at most `total` works at once", async () => {
    const slots = createOrderedSlots({ total: 2, perKey: 2 });
    const { started, submit, end } = createStage(slots);
    const all = [submit("a", "A"), submit("b", "B"), submit("c", "C")];
    expect(started).toEqual(["a", "b"]);
    expect(slots).toMatchObject({ inFlight: 2, waiting: 1 });
    await end("b");
    expect(started).toEqual(["a", "b", "c"]);
    await end("a");
    await end("c");
    expect(await Promise.all(all)).toEqual(["a", "b", "c"]);
    expect(slots).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  it("runs at most `perKey` works of a key at once, and does not hold up other keys", async () => {
    const slots = createOrderedSlots({ total: 10, perKey: 1 });
    const { started, submit, end } = createStage(slots);
    void submit("a1", "A");
    void submit("a2", "A");
    void submit("b1", "B");
    expect(started).toEqual(["a1", "b1"]);
    await end("a1");
    expect(started).toEqual(["a1", "b1", "a2"]);
    await end("a2");
    await end("b1");
  });

  it("keeps work behind earlier work that waits for another key", async () => {
    const slots = createOrderedSlots({ total: 10, perKey: 1 });
    const { started, submit, end } = createStage(slots);
    void submit("a", "A");
    void submit("ab", "A", "B");
    // B has room, but an earlier work of B has not started.
    void submit("b", "B");
    expect(started).toEqual(["a"]);
    await end("a");
    expect(started).toEqual(["a", "ab"]);
    await end("ab");
    expect(started).toEqual(["a", "ab", "b"]);
    await end("b");
  });

  it("counts a key once when a work names it twice", async () => {
    const slots = createOrderedSlots({ total: 10, perKey: 1 });
    const { started, submit, end } = createStage(slots);
    void submit("a", "A", "A");
    expect(started).toEqual(["a"]);
    await end("a");
    void submit("b", "A");
    await end("b");
    expect(started).toEqual(["a", "b"]);
  });

  it("hands an error to whoever submitted the work, and frees the slot", async () => {
    const slots = createOrderedSlots({ total: 1, perKey: 1 });
    const failing = slots.run(["A"], () => Promise.reject(new Error("refused")));
    const throwing = slots.run(["A"], () => {
      throw new Error("thrown");
    });
    const fine = slots.run(["A"], () => Promise.resolve("fine"));
    await expect(failing).rejects.toThrow("refused");
    await expect(throwing).rejects.toThrow("thrown");
    expect(await fine).toBe("fine");
  });

  it("starts work that work submits while it starts after what was submitted before", async () => {
    const slots = createOrderedSlots({ total: 1, perKey: 3 });
    const { started, submit, end } = createStage(slots);
    void submit("first", "A");
    let inner: Promise<string> | undefined;
    void slots.run(["A"], () => {
      started.push("outer");
      inner = submit("inner", "A");
      return Promise.resolve();
    });
    void submit("second", "A");
    await end("first");
    expect(started).toEqual(["first", "outer", "second"]);
    await end("second");
    await end("inner");
    await inner;
    expect(started).toEqual(["first", "outer", "second", "inner"]);
  });

  it("resolves whenIdle only when nothing runs and nothing waits", async () => {
    const slots = createOrderedSlots({ total: 1, perKey: 1 });
    await slots.whenIdle();
    const { submit, end } = createStage(slots);
    void submit("a", "A");
    void submit("b", "A");
    let isIdle = false;
    const idle = slots.whenIdle().then(() => (isIdle = true));
    await end("a");
    expect(isIdle).toBe(false);
    await end("b");
    await idle;
    expect(slots.inFlight).toBe(0);
  });

  it("keeps the place of work that is not ready, and takes no slot for it", async () => {
    const slots = createOrderedSlots({ total: 1, perKey: 1 });
    const { started, submit, end } = createStage(slots);
    const { promise: ready, resolve } = Promise.withResolvers<undefined>();
    const later = slots.run(["A"], () => Promise.resolve(started.push("later")), ready);
    void submit("a", "A");
    void submit("b", "B");
    expect(started).toEqual(["b"]);
    expect(slots).toMatchObject({ inFlight: 1, waiting: 2 });
    await end("b");
    expect(started).toEqual(["b"]);
    resolve(undefined);
    await later;
    await new Promise((done) => setImmediate(done));
    expect(started).toEqual(["b", "later", "a"]);
    await end("a");
  });

  it("runs work whose preparation failed: the work itself finds out", async () => {
    const slots = createOrderedSlots({ total: 1, perKey: 1 });
    const ready = Promise.reject(new Error("not encoded"));
    const work = slots.run(["A"], async () => await ready, ready);
    await expect(work).rejects.toThrow("not encoded");
    await slots.whenIdle();
  });

  it("refuses limits in which nothing would ever run", () => {
    expect(() => createOrderedSlots({ total: 0, perKey: 1 })).toThrow("INTERNAL");
    expect(() => createOrderedSlots({ total: 1, perKey: Number.NaN })).toThrow("INTERNAL");
  });

  it("holds limits and order for any programme of works", async () => {
    const keysOfWork = fc.uniqueArray(fc.constantFrom("A", "B", "C"), { maxLength: 3 });
    const programme = fc.array(fc.record({ keys: keysOfWork, turns: fc.nat(4) }), {
      maxLength: 25,
    });
    const limits = fc.record({
      total: fc.integer({ min: 1, max: 5 }),
      perKey: fc.constantFrom(1, 2),
    });
    await fc.assert(
      fc.asyncProperty(programme, limits, async (works, { total, perKey }) => {
        const slots = createOrderedSlots({ total, perKey });
        const startedAt: number[] = [];
        const running: string[][] = [];
        let starts = 0;
        await Promise.all(
          works.map(({ keys, turns }, index) =>
            slots.run(keys, async () => {
              startedAt[index] = starts++;
              running.push(keys);
              expect(running.length).toBeLessThanOrEqual(total);
              for (const key of keys) {
                const ofKey = running.filter((other) => other.includes(key));
                expect(ofKey.length).toBeLessThanOrEqual(perKey);
              }
              for (let turn = 0; turn < turns; turn++) await Promise.resolve();
              running.splice(running.indexOf(keys), 1);
            }),
          ),
        );
        works.forEach(({ keys }, index) => {
          works.slice(0, index).forEach((earlier, earlierIndex) => {
            if (!earlier.keys.some((key) => keys.includes(key))) return;
            expect(startedAt[earlierIndex]).toBeLessThan(startedAt[index] ?? -1);
          });
        });
      }),
    );
  });
});
