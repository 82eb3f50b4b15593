// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import { ConnectorError } from "../../../src/errors.ts";
import { createBlobReader } from "../../../src/read/blob-reader.ts";
import type { BlobReader, ReadRequest, ReadStep } from "../../../src/read/blob-reader.ts";
import { createByteBudget } from "../../../src/runtime/byte-budget.ts";
import type { ByteBudget } from "../../../src/runtime/byte-budget.ts";
import { FakeBlobContainer } from "../../support/fake-blob-container.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const BUDGET = 64;
const NAME = "blob";
const signal = new AbortController().signal;

let clock: ManualClock;
let container: FakeBlobContainer;
let budget: ByteBudget;
let windowBytes: number;
let reader: BlobReader;

beforeEach(() => {
  clock = new ManualClock();
  container = new FakeBlobContainer(clock);
  budget = createByteBudget(BUDGET);
  windowBytes = 8;
  reader = createBlobReader({ container, budget, windowBytes: () => windowBytes });
});

function request(rest: Partial<ReadRequest> = {}): ReadRequest {
  return {
    name: NAME,
    from: 0,
    until: undefined,
    createdAtMs: undefined,
    ...{ minBlockCount: undefined, etag: undefined, crcBefore: undefined },
    ...rest,
  };
}

/** Reads to the end as the pipeline does: a window is settled, and credited, when the next is asked for. */
async function readAll(
  asked: ReadRequest,
  by = signal,
): Promise<{ text: string; starts: number[]; last: ReadStep }> {
  const reading = reader.open(asked, by);
  let text = "";
  const starts: number[] = [];
  try {
    for (;;) {
      const step = await reading.next();
      if (step.kind !== "window") return { text, starts, last: step };
      text += step.bytes.toString();
      starts.push(step.start);
      budget.credit(step.bytes.length);
    }
  } finally {
    reading.close();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("blob reader", () => {
  it("reads a blob in windows to its present end, and owes nothing then", async () => {
    container.append(NAME, "0123456789abcdefghij");
    const { text, starts, last } = await readAll(request());
    expect(text).toBe("0123456789abcdefghij");
    expect(starts).toEqual([0, 8, 16]);
    expect(last).toMatchObject({ kind: "caught-up", state: { length: 20, blockCount: 1 } });
    expect(budget.available).toBe(BUDGET);
  });

  it("gives only new bytes from a position, one byte of overlap checked and dropped", async () => {
    container.append(NAME, "0123456789");
    expect((await readAll(request({ from: 7 }))).text).toBe("789");
    expect(container.bytesServed).toBe(4);
    expect(budget.available).toBe(BUDGET);
  });

  it("learns the state with one call when there is nothing new", async () => {
    container.append(NAME, "0123456789");
    const { text, last } = await readAll(request({ from: 10 }));
    expect([text, last.kind, container.calls.stats]).toEqual(["", "caught-up", 0]);
  });

  it("stops before the byte it is told to stop at, however long the blob is", async () => {
    container.append(NAME, "0123456789abcdefghij");
    expect((await readAll(request({ from: 3, until: 12 }))).text).toBe("3456789ab");
    expect((await readAll(request({ from: 12, until: 12 }))).text).toBe("");
    expect(budget.available).toBe(BUDGET);
  });

  it("asks for the state when it is to read nothing from the first byte on", async () => {
    container.append(NAME, "0123456789");
    const { last } = await readAll(request({ from: 0, until: 0 }));
    expect(last).toMatchObject({ kind: "caught-up", state: { length: 10 } });
    expect(container.calls).toMatchObject({ reads: 0, stats: 1 });
  });

  it("is caught up with an empty blob", async () => {
    container.append(NAME, "");
    expect((await readAll(request())).last).toMatchObject({
      kind: "caught-up",
      state: { length: 0 },
    });
    expect(budget.available).toBe(BUDGET);
  });

  it("reads one window ahead of its consumer, not more", async () => {
    container.append(NAME, "0123456789abcdefghijklmnopqrstuvwxyz");
    const reading = reader.open(request(), signal);
    await reading.next();
    await turn();
    expect(container.calls.reads).toBe(2);
    expect(budget.available).toBe(BUDGET - 16);
    reading.close();
    await turn();
    expect(budget.available).toBe(BUDGET - 8);
  });

  it("waits for budget, and is cancelled while it waits without owing anything", async () => {
    container.append(NAME, "0123456789");
    await budget.acquire(BUDGET, signal);
    const stop = new AbortController();
    const reading = readAll(request(), stop.signal);
    expect([container.calls.reads, budget.waiting]).toEqual([0, 1]);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
    expect([budget.available, budget.waiting]).toEqual([0, 0]);
  });

  it("reads nothing when it was cancelled before", async () => {
    container.append(NAME, "0123456789");
    await expect(readAll(request(), AbortSignal.abort())).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect([container.calls.reads, budget.available]).toEqual([0, BUDGET]);
  });

  it("gives back what it charged when the call fails, first window or later", async () => {
    container.append(NAME, "0123456789abcdefghij");
    let reads = 0;
    let failAt = 1;
    container.fault = (call) => {
      if (call === "read" && ++reads === failAt) {
        throw new ConnectorError("STORAGE_UNAVAILABLE", "busy");
      }
    };
    await expect(readAll(request())).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    expect(budget.available).toBe(BUDGET);
    reads = 0;
    failAt = 2;
    await expect(readAll(request())).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    expect(budget.available).toBe(BUDGET);
  });

  it("swallows the failure of a window ahead that nobody asks for any more", async () => {
    container.append(NAME, "0123456789abcdefghij");
    const reading = reader.open(request(), signal);
    await reading.next();
    container.fault = () => {
      throw new ConnectorError("STORAGE_UNAVAILABLE", "busy");
    };
    reading.close();
    await turn();
    expect(budget.available).toBe(BUDGET - 8);
    await expect(reading.next()).rejects.toMatchObject({ code: "INTERNAL" });
  });

  it("says gone, and owes nothing, when there is no such blob", async () => {
    expect((await readAll(request({ from: 5 }))).last).toEqual({ kind: "gone" });
    expect((await readAll(request({ from: 0, until: 0 }))).last).toEqual({ kind: "gone" });
    expect(budget.available).toBe(BUDGET);
  });

  it("notices another blob under the name before it hands out a byte of it", async () => {
    container.append(NAME, "0123456789");
    const createdAtMs = container.createdAtOf(NAME)!;
    container.delete(NAME);
    await clock.advance(1_000);
    container.append(NAME, "xxxxxxxxxxxxxxxxxxxx");
    const { text, last } = await readAll(request({ from: 5, createdAtMs }));
    expect([text, last.kind]).toEqual(["", "replaced"]);
    expect(budget.available).toBe(BUDGET);
  });

  it("notices another blob that is shorter than the position", async () => {
    container.append(NAME, "0123456789");
    const createdAtMs = container.createdAtOf(NAME)!;
    container.delete(NAME);
    await clock.advance(1_000);
    container.append(NAME, "xx");
    expect((await readAll(request({ from: 5, createdAtMs }))).last.kind).toBe("replaced");
    expect(budget.available).toBe(BUDGET);
  });

  it("notices a blob that was recreated within a second by its shorter length or fewer blocks", async () => {
    for (let block = 0; block < 5; block++) container.append(NAME, "01");
    const createdAtMs = container.createdAtOf(NAME)!;
    container.delete(NAME);
    container.append(NAME, "xx");
    const shrunk = await readAll(request({ from: 10, createdAtMs, minBlockCount: 5 }));
    expect(shrunk.last.kind).toBe("shrunk");
    container.append(NAME, "x".repeat(20));
    const rewritten = await readAll(request({ from: 10, createdAtMs, minBlockCount: 5 }));
    expect([rewritten.text, rewritten.last.kind]).toEqual(["", "replaced"]);
    expect(budget.available).toBe(BUDGET);
  });

  it("notices a replacement between two windows", async () => {
    container.append(NAME, "0123456789abcdefghijklmnopqrstuv");
    const createdAtMs = container.createdAtOf(NAME)!;
    const reading = reader.open(request({ createdAtMs }), signal);
    await reading.next();
    await reading.next();
    await turn();
    // The third window has been read ahead; the fourth is asked for when the third is taken.
    container.delete(NAME);
    await clock.advance(1_000);
    container.append(NAME, "x".repeat(40));
    expect(await reading.next()).toMatchObject({ start: 16, bytes: Buffer.from("ghijklmn") });
    expect(await reading.next()).toMatchObject({ kind: "replaced" });
    reading.close();
  });

  it("follows a blob that grows while it is read", async () => {
    container.append(NAME, "0123456789");
    let isGrown = false;
    container.fault = (call) => {
      if (call === "read" && !isGrown && container.calls.reads === 1) {
        isGrown = true;
        container.append(NAME, "abcdefghij");
      }
    };
    expect((await readAll(request())).text).toBe("0123456789abcdefghij");
  });

  it("takes the size of each window when it asks for it", async () => {
    container.append(NAME, "0123456789abcdefghij");
    const reading = reader.open(request(), signal);
    const sizes: number[] = [];
    for (let step = await reading.next(); step.kind === "window"; step = await reading.next()) {
      sizes.push(step.bytes.length);
      budget.credit(step.bytes.length);
      windowBytes = 3;
    }
    expect(sizes.slice(0, 3)).toEqual([8, 8, 3]);
    expect(budget.available).toBe(BUDGET);
  });
});
