// SPDX-License-Identifier: Apache-2.0
/** Documents over hours and days: what closes them, and what opens them again. */
import { describe, expect, it } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import { HOUR_MS, TailingWorld } from "../support/tailing-world.ts";

const DAY_MS = 24 * HOUR_MS;

/** A world with an hour of a block blob, delivered and closed long ago, and a young hour beside it. */
async function closedWorld(text: string): Promise<{ world: TailingWorld; name: string }> {
  const world = new TailingWorld({ settings: { reopenWindowMs: 7 * DAY_MS } });
  const name = world.blobName("DOC");
  world.container.put(name, text);
  const running = world.start();
  await world.clock.advance(9 * HOUR_MS);
  world.container.append(world.blobName("DOC"), '{"young":1}\n');
  await world.clock.advance(9 * HOUR_MS);
  expect((await world.stop(running)).kind).toBe("drained");
  expect(world.store.ledger.map((closed) => closed.name)).toContain(name);
  return { world, name };
}

describe("a document of an hour that is closed", () => {
  it.each([
    ["was empty", '{"records":[]}', '{"records":[{"n":1},{"n":2}]}', ['{"n":1}', '{"n":2}']],
    ["goes on", '[{"n":1}]', '[{"n":1},{"n":2}]', ['{"n":1}', '{"n":2}']],
    ["is another one", '[{"n":1}]', '[{"n":7},{"n":8}]', ['{"n":1}', '{"n":7}', '{"n":8}']],
  ])("is read to its end by one run of once where it %s", async (_what, before, after, texts) => {
    const { world, name } = await closedWorld(before);
    world.container.put(name, after);
    const { end } = await world.untilEnded(world.start("once"));
    expect(end.kind).toBe("drained");
    expect(world.texts().filter((text) => text !== '{"young":1}')).toEqual(texts);
  });

  it("is not opened again as long as nobody writes it", async () => {
    const { world } = await closedWorld('{"records":[]}');
    const running = world.start();
    await world.clock.advance(3 * DAY_MS);
    await world.stop(running);
    expect(world.said("blobChanged")).toEqual([]);
    expect(world.texts()).toEqual(['{"young":1}']);
  });
});

describe("a document whose end was followed by more", () => {
  it("is not closed over what could not be read yet", async () => {
    const world = new TailingWorld();
    const name = world.blobName("DOC");
    world.container.append(name, `{"n":1}{"n":2}\n${"\n".repeat(40)}`);
    const running = world.start();
    await world.clock.advance(10 * 60_000);
    // Windows of 40 bytes: blanks, then all of the third record, then what is left of the fourth.
    world.container.append(name, `{"n":3,"x":"${"x".repeat(20)}"} {"n":4}`);
    let reads = 0;
    world.container.fault = (call, blob) => {
      if (call === "read" && blob === name && ++reads > 2) {
        throw new ConnectorError("STORAGE_UNAVAILABLE", "busy");
      }
    };
    await world.clock.advance(2 * HOUR_MS);
    world.container.append(world.blobName("DOC"), '{"young":1}\n');
    await world.clock.advance(9 * HOUR_MS);
    world.container.fault = () => undefined;
    await world.clock.advance(DAY_MS);
    await world.stop(running);
    expect(world.texts()).toContain('{"n":4}');
  });
});
