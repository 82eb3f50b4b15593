// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createAppendBlobStore } from "../../src/azure/append-blob-writer.ts";
import { createAuditBlobWriter } from "../../src/simulate/audit-blob-writer.ts";
import { createAuditEventGenerator } from "../../src/simulate/audit-event-generator.ts";
import { createRandomSource } from "../../src/simulate/random-source.ts";
import { runSimulation } from "../../src/simulate/simulator.ts";
import type { SimulationPlan, SimulationSummary } from "../../src/simulate/simulator.ts";
import { createTestContainer, sharedAzurite } from "../support/azurite.ts";
import type { TestContainer } from "../support/azurite.ts";
import { startCountingProxy } from "../support/counting-proxy.ts";
import type { CountingProxy } from "../support/counting-proxy.ts";
import { ManualClock } from "../support/manual-clock.ts";

const HOUR_MS = 3_600_000;
const FIRST_HOUR = Date.UTC(2026, 0, 15, 23);
const signal = new AbortController().signal;

let proxy: CountingProxy;
let container: TestContainer;

beforeEach(async () => {
  proxy = await startCountingProxy(await sharedAzurite());
  container = await createTestContainer(proxy);
});

afterEach(async () => {
  await proxy.close();
});

async function simulate(
  plan: SimulationPlan,
  options: { target?: TestContainer; seed?: string; tornTailShare?: number } = {},
): Promise<SimulationSummary> {
  const { target = container, seed = "7", tornTailShare = 0 } = options;
  const clock = new ManualClock();
  const writer = createAuditBlobWriter({
    store: createAppendBlobStore(target.client),
    random: createRandomSource(`${seed}/writer`),
    tornTailShare,
  });
  const generator = createAuditEventGenerator({ seed, hsms: 2, vaults: 1 });
  const random = createRandomSource(`${seed}/schedule`);
  return await runSimulation({ generator, writer, clock, random }, plan, {
    stop: signal,
    abandon: signal,
  });
}

const history = (count: number, hours = 2): SimulationPlan => ({
  kind: "history",
  fromMs: FIRST_HOUR,
  toMs: FIRST_HOUR + hours * HOUR_MS,
  count,
});

async function contents(target: TestContainer): Promise<Map<string, string>> {
  const entries = new Map<string, string>();
  for (const name of await target.blobNames()) {
    entries.set(name, (await target.read(name)).toString());
  }
  return entries;
}

describe("simulation on real storage", () => {
  it("writes append blobs by resource and hour, as diagnostic settings do", async () => {
    const summary = await simulate(history(3_000));
    const names = await container.blobNames();
    expect(names).toHaveLength(6);
    const folder =
      "resourceId=/SUBSCRIPTIONS/A1BA9AAA-3F5E-4D6C-8B7A-9C0D1E2F3A4B/RESOURCEGROUPS/CONTOSOHSMRESOURCEGROUP/" +
      "PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/CONTOSOMHSM01";
    expect(names[0]).toBe(`${folder}/y=2026/m=01/d=15/h=23/m=00/PT1H.json`);
    expect(names[1]).toBe(`${folder}/y=2026/m=01/d=16/h=00/m=00/PT1H.json`);
    const blob = await container.properties(names[0]!);
    expect(blob).toMatchObject({ type: "AppendBlob", contentType: "application/octet-stream" });
    expect(summary).toMatchObject({ records: 3_000, blobs: 6, isComplete: true });
  });

  it("counts exactly what lies in the blobs", async () => {
    const summary = await simulate(history(5_000));
    const texts = [...(await contents(container)).values()];
    const lines = texts.flatMap((text) => text.trimEnd().split("\n"));
    expect(lines).toHaveLength(5_000);
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    expect(summary.bytes).toBe(bytes);
    expect(proxy.requests().filter(({ url }) => url.includes("comp=appendblock"))).toHaveLength(
      summary.blocks,
    );
  });

  it("makes blobs grow by appending, several lines a block", async () => {
    await simulate(history(600, 1));
    const [name = ""] = await container.blobNames();
    const before = await container.properties(name);
    const first = await container.read(name);
    await simulate(history(600, 1));
    const after = await container.properties(name);
    expect(after.blockCount).toBe((before.blockCount ?? 0) + 1);
    expect(after.length).toBeGreaterThan(before.length);
    expect(after.createdAtMs).toBe(before.createdAtMs);
    expect((await container.read(name)).subarray(0, first.length).equals(first)).toBe(true);
  });

  it("writes the same bytes for the same seed, torn or not, and others for another", async () => {
    const [twin, other] = [await createTestContainer(proxy), await createTestContainer(proxy)];
    await simulate(history(8_000));
    await simulate(history(8_000), { target: twin, tornTailShare: 1 });
    await simulate(history(8_000), { target: other, seed: "8" });
    expect(await contents(twin)).toEqual(await contents(container));
    expect(await contents(other)).not.toEqual(await contents(container));
  });

  it("writes blocks of at most 4 MiB", async () => {
    await simulate(history(16_000, 1));
    const lengths = proxy
      .requests()
      .filter(({ url }) => url.includes("comp=appendblock"))
      .map(({ headers }) => Number(headers["content-length"]));
    expect(Math.max(...lengths)).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(lengths.length).toBeLessThan(20);
    // Each blob is created once, not before every block.
    const creations = proxy.requests().filter(({ method, url }) => {
      return method === "PUT" && !url.includes("?");
    });
    expect(creations).toHaveLength((await container.blobNames()).length);
  });

  it("creates a container that is missing, and takes one that is there", async () => {
    const client = container.client;
    await client.delete();
    const store = createAppendBlobStore(client);
    await store.ensureContainer(signal);
    await store.ensureContainer(signal);
    await store.appendBlock("blob", Buffer.from("x"), signal);
    expect(await container.blobNames()).toEqual(["blob"]);
  });

  it("ends with storage's error, in our words and without a retry, when an append fails", async () => {
    proxy.inject(({ url }) =>
      url.includes("comp=appendblock") ? { kind: "status", status: 503 } : undefined,
    );
    proxy.reset();
    await expect(simulate(history(10, 1))).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    const appends = proxy.requests().filter(({ url }) => url.includes("comp=appendblock"));
    expect(appends).toHaveLength(1);
  });

  it("can be stopped while it waits for storage", async () => {
    const store = createAppendBlobStore(container.client);
    await expect(
      store.appendBlock("blob", Buffer.from("x"), AbortSignal.abort()),
    ).rejects.toMatchObject({ code: "CANCELLED" });
    const stop = new AbortController();
    proxy.inject(() => ({ kind: "hold", until: new Promise(() => undefined) }));
    const append = store.appendBlock("blob", Buffer.from("x"), stop.signal);
    stop.abort();
    await expect(append).rejects.toMatchObject({ code: "CANCELLED" });
  });
});
