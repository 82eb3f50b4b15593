// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { mapInOrder } from "../../../src/runtime/map-in-order.ts";

async function* upTo(count: number): AsyncGenerator<number> {
  await Promise.resolve();
  for (let number = 0; number < count; number++) yield number;
}

it("hands results out in order, whatever ends first, with no more than the limit under way", async () => {
  let [underWay, most] = [0, 0];
  const results: number[] = [];
  const work = async (item: number): Promise<number> => {
    most = Math.max(most, ++underWay);
    for (let turn = 0; turn < 10 + ((item * 7) % 5) * 9; turn++) await Promise.resolve();
    underWay--;
    return item * 2;
  };
  for await (const result of mapInOrder(upTo(20), 4, work)) results.push(result);
  expect(results).toEqual(Array.from({ length: 20 }, (_, index) => index * 2));
  expect(most).toBe(4);
});

it("rejects in its turn, behind the results before it, and leaves nothing under way", async () => {
  const done: number[] = [];
  const work = async (item: number): Promise<number> => {
    for (let turn = 0; turn < item; turn++) await Promise.resolve();
    done.push(item);
    if (item === 2) throw new Error("two");
    return item;
  };
  const results: number[] = [];
  const consume = async (): Promise<void> => {
    for await (const result of mapInOrder(upTo(9), 3, work)) results.push(result);
  };
  await expect(consume()).rejects.toThrow("two");
  expect(results).toEqual([0, 1]);
  const doneThen = [...done];
  await new Promise((resolve) => setImmediate(resolve));
  expect(done).toEqual(doneThen);
});
