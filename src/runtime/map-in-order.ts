// SPDX-License-Identifier: Apache-2.0
/**
 * Works on several items of a stream at once and hands the results out in the stream's order. At most `limit` items are
 * under way or waiting to be handed out, so memory does not depend on the length of the stream.
 */

/** A rejection reaches the consumer in its turn; what is under way then is awaited before the generator ends. */
export async function* mapInOrder<Item, Result>(
  items: AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      // Its turn comes later; until then a rejection must not count as unhandled.
      result.catch(() => undefined);
      underWay.push(result);
      if (underWay.length < limit) continue;
      yield await next(underWay);
    }
    while (underWay.length > 0) yield await next(underWay);
  } finally {
    await Promise.allSettled(underWay);
  }
}

async function next<Result>(underWay: Promise<Result>[]): Promise<Result> {
  // Only ever called when there is one.
  return await (underWay.shift() as Promise<Result>);
}
