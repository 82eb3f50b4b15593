// SPDX-License-Identifier: Apache-2.0
/**
 * Peak memory where a reader that holds too much would show it: a blob of gigabytes, a line without end that keeps
 * growing, thousands of resources that are all behind, and the same with a receiver that is down. Where there is a
 * receiver, every record has to arrive: a run that loses one is an error, not a figure.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { CompiledSources } from "./compiled-sources.ts";
import { runConnector } from "./connector.ts";
import type { ConnectorRun } from "./connector.ts";
import type { ProbeReport } from "./connector-probe.ts";
import type { GeneratedContent } from "./generated-storage-process.ts";
import { startGeneratedStorage } from "./generated-storage.ts";
import type { GeneratedStorage } from "./generated-storage.ts";
import { refusingEndpoint, startReceiver } from "./receiver.ts";
import type { Receiver } from "./receiver.ts";

export interface MemoryCase {
  readonly name: string;
  readonly content: GeneratedContent;
  /** `once` delivers all there is; `run` until all has arrived; or `run` so long against a receiver that is down. */
  readonly mode: "once" | "run" | { readonly receiverDownForMs: number };
}

export interface MemoryFigures {
  readonly name: string;
  readonly bytes: number;
  readonly records: number;
  readonly seconds: number;
  readonly peakRssMb: number;
  /** Largest sample of each quarter of the run, MB: flat, or not. */
  readonly quartersMb: readonly number[];
}

const MB = 1_000_000;
const MIB = 1024 * 1024;
const ASK_EVERY_MS = 500;
const GIVE_UP_AFTER_MS = 30 * 60_000;

/** The cases for a blob of so many bytes; the others are in proportion. */
export function memoryCases(blobBytes: number, isQuick: boolean): MemoryCase[] {
  const resources = isQuick ? 100 : 2_000;
  const each = Math.max(256 * 1024, Math.floor(blobBytes / 2 / resources));
  const many = { resources, blobBytes: each, kind: "lines", growths: 1 } as const;
  const downMs = isQuick ? 4_000 : 60_000;
  return [
    {
      name: `one blob of ${Math.round(blobBytes / MIB)} MiB`,
      content: { resources: 1, blobBytes, kind: "lines", growths: 1 },
      mode: "once",
    },
    {
      name: `one line of ${Math.round(blobBytes / 2 / MIB)} MiB that grows`,
      content: {
        resources: 1,
        blobBytes: Math.floor(blobBytes / 2),
        kind: "endless-line",
        growths: 4,
      },
      mode: "run",
    },
    { name: `${resources} resources behind`, content: many, mode: "once" },
    {
      name: `${resources} resources behind, receiver down`,
      content: many,
      mode: { receiverDownForMs: downMs },
    },
  ];
}

export async function measureMemory(
  sources: CompiledSources,
  { name, content, mode }: MemoryCase,
): Promise<MemoryFigures> {
  await using opened = new AsyncDisposableStack();
  const storage = await startGeneratedStorage(content);
  opened.defer(() => storage.close());
  const { connectionString, bytes, records } = storage;
  const env = { HSM_AUDIT_OTEL_POLL_INTERVAL: "1s" };
  const run = { sources, connectionString, inFlight: 4, env } as const;
  const report =
    typeof mode === "object"
      ? await runDown(run, mode.receiverDownForMs)
      : await runDelivering(run, mode, storage, opened);
  const { samples, peakRssBytes, end } = report;
  const seconds = end.atMs / 1000;
  return {
    ...{ name, bytes, records, seconds, peakRssMb: peakRssBytes / MB },
    quartersMb: quarters(samples.map(({ rssBytes }) => rssBytes / MB)),
  };
}

type Common = Pick<ConnectorRun, "sources" | "connectionString" | "inFlight" | "env">;

async function runDown(run: Common, stopAfterMs: number): Promise<ProbeReport> {
  const endpoint = await refusingEndpoint();
  return await runConnector({ ...run, command: "run", endpoint, stopWhen: sleep(stopAfterMs) });
}

async function runDelivering(
  run: Common,
  command: "once" | "run",
  { records }: GeneratedStorage,
  opened: AsyncDisposableStack,
): Promise<ProbeReport> {
  const receiver = await startReceiver(0);
  opened.defer(() => receiver.close());
  const { endpoint } = receiver;
  const stopWhen = command === "run" ? hasArrived(receiver, records) : undefined;
  const report = await runConnector({ ...run, command, endpoint, stopWhen });
  const { distinct, problem } = await receiver.counts();
  if (problem !== undefined) throw new Error(`the receiver: ${problem}`);
  if (distinct !== records) throw new Error(`${distinct} of ${records} records arrived`);
  return report;
}

async function hasArrived(receiver: Receiver, records: number): Promise<void> {
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  while ((await receiver.counts()).distinct < records && performance.now() < deadline) {
    await sleep(ASK_EVERY_MS);
  }
}

function quarters(samples: readonly number[]): number[] {
  const size = Math.max(1, Math.ceil(samples.length / 4));
  return [0, 1, 2, 3].map((index) =>
    Math.max(0, ...samples.slice(index * size, (index + 1) * size)),
  );
}
