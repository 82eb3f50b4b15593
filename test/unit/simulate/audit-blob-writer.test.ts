// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import type { AppendBlobStore } from "../../../src/simulate/append-blob-store.ts";
import { createAuditBlobWriter } from "../../../src/simulate/audit-blob-writer.ts";
import { createRandomSource } from "../../../src/simulate/random-source.ts";
import { simulatedResources } from "../../../src/simulate/simulated-resource.ts";
import type { SimulatedResource } from "../../../src/simulate/simulated-resource.ts";

const signal = new AbortController().signal;
const [hsm, vault] = simulatedResources(1, 1) as [SimulatedResource, SimulatedResource];
const TEN = Date.UTC(2026, 0, 15, 10);

class RecordingStore implements AppendBlobStore {
  readonly blocks = new Map<string, Buffer[]>();

  async ensureContainer(): Promise<void> {
    await Promise.resolve();
  }

  async appendBlock(name: string, block: Buffer): Promise<void> {
    this.blocks.set(name, [...(this.blocks.get(name) ?? []), Buffer.from(block)]);
    await Promise.resolve();
  }

  text(name: string): string {
    return Buffer.concat(this.blocks.get(name) ?? []).toString();
  }
}

describe("audit blob writer", () => {
  it("writes several lines a block, each ended by a newline, in order", async () => {
    const store = new RecordingStore();
    const writer = createAuditBlobWriter({ store, random: createRandomSource("w") });
    writer.add(hsm, "one", TEN);
    writer.add(hsm, "zwö", TEN + 5);
    expect(writer.pendingBytes).toBe(9);
    await writer.flush(signal);
    writer.add(hsm, "three", TEN + 9);
    await writer.flush(signal);
    const [name] = writer.blobNames() as [string];
    expect(store.text(name)).toBe("one\nzwö\nthree\n");
    expect(store.blocks.get(name)).toHaveLength(2);
    expect(writer.pendingBytes).toBe(0);
    expect(writer.written().get(hsm.resourceId)).toEqual({ records: 3, bytes: 15, blocks: 2 });
  });

  it("keeps resources and hours apart", async () => {
    const store = new RecordingStore();
    const writer = createAuditBlobWriter({ store, random: createRandomSource("w") });
    writer.add(hsm, "ten", TEN);
    writer.add(hsm, "eleven", TEN + 3_600_000);
    writer.add(vault, "vault", TEN);
    await writer.flush(signal);
    expect([...store.blocks.keys()].map((name) => name.slice(-33))).toHaveLength(3);
    expect(writer.written().get(hsm.resourceId)?.records).toBe(2);
    expect(writer.written().get(vault.resourceId)?.records).toBe(1);
  });

  it("cuts blocks at the limit, wherever that is in a line", async () => {
    const store = new RecordingStore();
    const writer = createAuditBlobWriter({
      store,
      random: createRandomSource("w"),
      maxBlockBytes: 10,
    });
    for (let index = 0; index < 5; index++) writer.add(hsm, `line-${index}`, TEN);
    await writer.flush(signal);
    const [name] = writer.blobNames() as [string];
    expect(store.blocks.get(name)!.map((block) => block.length)).toEqual([10, 10, 10, 5]);
    expect(store.text(name)).toBe("line-0\nline-1\nline-2\nline-3\nline-4\n");
    expect(writer.written().get(hsm.resourceId)).toEqual({ records: 5, bytes: 35, blocks: 4 });
  });

  it("never writes a block over 4 MiB, whatever it is asked", async () => {
    const store = new RecordingStore();
    const random = createRandomSource("w");
    const writer = createAuditBlobWriter({ store, random, maxBlockBytes: 1e9 });
    writer.add(hsm, "x".repeat(5 * 1024 * 1024), TEN);
    await writer.flush(signal);
    const [name] = writer.blobNames() as [string];
    expect(store.blocks.get(name)!.map((block) => block.length)).toEqual([4_194_304, 1_048_577]);
  });

  it("tears last lines on demand, even inside characters, and loses no byte by it", async () => {
    const store = new RecordingStore();
    const random = createRandomSource("torn");
    const writer = createAuditBlobWriter({ store, random, tornTailShare: 0.8 });
    const expected: string[] = [];
    let tornTails = 0;
    for (let round = 0; round < 200; round++) {
      for (let index = 0; index < 3; index++) {
        expected.push(`{"who":"Łukasz ${round}/${index} 山田"}`);
        writer.add(hsm, expected.at(-1)!, TEN);
      }
      await writer.flush(signal);
      const [name] = writer.blobNames() as [string];
      if (!store.text(name).endsWith("\n")) tornTails += 1;
      const newlines = store.text(name).split("\n").length - 1;
      expect(writer.written().get(hsm.resourceId)?.records).toBe(newlines);
    }
    expect(tornTails).toBeGreaterThan(120);
    await writer.finish(signal);
    const [name] = writer.blobNames() as [string];
    expect(store.text(name)).toBe(`${expected.join("\n")}\n`);
    const split = store.blocks.get(name)!.filter((block) => block.toString().endsWith("\ufffd"));
    expect(split.length).toBeGreaterThan(0);
    expect(writer.pendingBytes).toBe(0);
  });

  it("lets the old hour's blob grow for a while after the turn of the hour", async () => {
    const store = new RecordingStore();
    const random = createRandomSource("turn");
    const writer = createAuditBlobWriter({ store, random, hourOverlapMs: 60_000 });
    for (let second = 0; second < 120; second++) writer.add(hsm, `s${second}`, TEN + second * 1000);
    await writer.flush(signal);
    const names = [...store.blocks.keys()].sort();
    expect(names.map((name) => /h=\d\d/.exec(name)?.[0])).toEqual(["h=09", "h=10"]);
    const late = store.text(names[0]!).trim().split("\n");
    expect(late.length).toBeGreaterThan(15);
    expect(late.every((line) => Number(line.slice(1)) < 60)).toBe(true);
  });

  it("does not count what the store did not take", async () => {
    const failing: AppendBlobStore = {
      ensureContainer: async () => {
        await Promise.resolve();
      },
      appendBlock: async () => {
        await Promise.reject(new Error("storage is away"));
      },
    };
    const writer = createAuditBlobWriter({ store: failing, random: createRandomSource("w") });
    writer.add(hsm, "lost", TEN);
    await expect(writer.flush(signal)).rejects.toThrow("storage is away");
    expect(writer.written().size).toBe(0);
    expect(writer.blobNames()).toEqual([]);
  });
});
