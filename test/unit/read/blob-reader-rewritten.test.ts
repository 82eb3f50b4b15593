// SPDX-License-Identifier: Apache-2.0
/** Block blobs: each version has another creation time, so a reader knows the blob again by its bytes. */
import { crc32 } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import { createBlobReader } from "../../../src/read/blob-reader.ts";
import type { BlobReader, ReadRequest, ReadStep } from "../../../src/read/blob-reader.ts";
import { createByteBudget, type ByteBudget } from "../../../src/runtime/byte-budget.ts";
import { FakeBlobContainer } from "../../support/fake-blob-container.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const NAME = "PT1H.json";
const signal = new AbortController().signal;

let clock: ManualClock;
let container: FakeBlobContainer;
let budget: ByteBudget;
let reader: BlobReader;

beforeEach(() => {
  clock = new ManualClock();
  container = new FakeBlobContainer(clock);
  budget = createByteBudget(100);
  reader = createBlobReader({ container, budget, windowBytes: () => 4 });
});

/** A request behind what was read of a text. */
function behind(text: string, rest: Partial<ReadRequest> = {}): ReadRequest {
  const known = { createdAtMs: 1_000, minBlockCount: undefined, until: undefined };
  return {
    name: NAME,
    from: text.length,
    etag: undefined,
    crcBefore: crc32(text),
    ...known,
    ...rest,
  };
}

async function readAll(request: ReadRequest): Promise<{ text: string; last: ReadStep }> {
  const reading = reader.open(request, signal);
  let text = "";
  try {
    for (;;) {
      const step = await reading.next();
      if (step.kind !== "window") return { text, last: step };
      text += step.bytes.toString();
      budget.credit(step.bytes.length);
    }
  } finally {
    reading.close();
  }
}

async function put(text: string): Promise<string> {
  await clock.advance(1_000);
  container.put(NAME, text);
  return (await container.stat(NAME, signal))?.etag ?? "";
}

describe("a block blob that was written again", () => {
  it("is read on where it begins with the bytes that were read before", async () => {
    await put("0123456789");
    const { text, last } = await readAll(behind("0123"));
    expect([text, last.kind]).toEqual(["456789", "caught-up"]);
    expect(budget.available).toBe(100);
  });

  it("is another blob where it does not, before any of its bytes are handed out", async () => {
    await put("012x456789");
    const { text, last } = await readAll(behind("0123"));
    expect([text, last.kind]).toEqual(["", "replaced"]);
    expect(budget.available).toBe(100);
  });

  it("is known to be the same with nothing new in it", async () => {
    await put("0123");
    expect((await readAll(behind("0123"))).last.kind).toBe("caught-up");
    await put("x123");
    expect((await readAll(behind("0123"))).last.kind).toBe("replaced");
  });

  it("is shorter than what was read of it", async () => {
    await put("01");
    expect((await readAll(behind("0123"))).last.kind).toBe("shrunk");
  });

  it("is read under the creation time of a version that was read, not of one that was only found", async () => {
    await put("0123");
    const { last } = await readAll(behind("", { crcBefore: 0 }));
    expect(last.kind).toBe("replaced");
  });

  it("costs no second look at what its etag vouches for", async () => {
    const etag = await put("0123456789");
    const before = container.bytesServed;
    expect((await readAll(behind("0123", { etag, crcBefore: undefined }))).text).toBe("456789");
    // One byte of overlap each read.
    expect(container.bytesServed - before).toBe(6 + 2);
  });

  it("is left when it is written while it is read, whatever it holds then", async () => {
    await put("0123456789abcdef");
    const reading = reader.open(behind("01"), signal);
    const first = await reading.next();
    expect(first.kind === "window" && first.bytes.toString()).toBe("2345");
    // The second window is on its way already.
    const second = await reading.next();
    expect(second.kind).toBe("window");
    await put("0123456789abcdefg");
    await reading.next();
    expect((await reading.next()).kind).toBe("rewritten");
    reading.close();
  });

  it("is left when it was shorter than what was read of it, and is long again when it is looked at", async () => {
    await put("01");
    container.fault = (call) => {
      if (call === "stat") container.put(NAME, "01x3456");
    };
    expect((await readAll(behind("0123"))).last.kind).toBe("rewritten");
  });

  it("is left when it is written while its prefix is compared", async () => {
    await put("0123456789");
    let reads = 0;
    container.fault = (call) => {
      if (call === "read" && ++reads === 2) container.put(NAME, "0123456789");
    };
    expect((await readAll(behind("0123"))).last.kind).toBe("rewritten");
    expect(budget.available).toBe(100);
  });

  it("is left when nothing tells whether it is the same", async () => {
    await put("0123456789");
    const { last } = await readAll(behind("0123", { crcBefore: undefined, etag: '"old"' }));
    expect(last.kind).toBe("rewritten");
  });
});
