// SPDX-License-Identifier: Apache-2.0
/**
 * The end-to-end cases: one blob delivered by `once` at some number of requests in flight and some delay of the
 * receiver; the memory while the receiver refuses connections; an idle `run`. Emulator, receiver and connector are
 * processes of their own. A run in which a record is missing is an error, not a figure.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../statistics.ts";
import type { CompiledSources } from "./compiled-sources.ts";
import { runConnector } from "./connector.ts";
import type { ConnectorRun } from "./connector.ts";
import type { ProbeReport } from "./connector-probe.ts";
import { refusingEndpoint, startReceiver } from "./receiver.ts";
import type { ReceiverCounts } from "./receiver-process.ts";
import type { Storage } from "./storage.ts";

export interface DeliveryCase {
  readonly inFlight: number;
  readonly receiverDelayMs: number;
}

/** What one run, or the median of several, came to. */
export interface DeliveryFigures {
  /** Acknowledged between the first and the last acknowledgement, a second. */
  readonly recordsPerSecond: number;
  /** CPU time of the connector's process between the same two moments, a record. */
  readonly cpuMicrosPerRecord: number;
  /** CPU time of the whole process, start and end included, a record. */
  readonly wholeCpuMicrosPerRecord: number;
  readonly peakRssMb: number;
  readonly bytesOutPerByteIn: number;
  /** Records that were received more than once. */
  readonly repeats: number;
}

export interface IdleFigures {
  readonly peakRssMb: number;
  /** Of one core, once the start is over. */
  readonly cpuPercent: number;
}

export interface Bench {
  readonly sources: CompiledSources;
  readonly storage: Storage;
  readonly records: number;
  readonly profileDirectory: string | undefined;
}

const MB = 1_000_000;
/** Let a process settle that was only just started. */
const IDLE_WARM_UP_SAMPLES = 3;
const SETTLE_MS = 300;

/** Runs a case so many times; the figures are medians, but for the memory, of which the worst counts. */
export async function measureDelivery(
  bench: Bench,
  { inFlight, receiverDelayMs }: DeliveryCase,
  runs: number,
): Promise<DeliveryFigures> {
  const figures: DeliveryFigures[] = [];
  while (figures.length < runs) figures.push(await deliverOnce(bench, inFlight, receiverDelayMs));
  const medianOf = (key: keyof DeliveryFigures): number => median(figures.map((run) => run[key]));
  return {
    recordsPerSecond: medianOf("recordsPerSecond"),
    cpuMicrosPerRecord: medianOf("cpuMicrosPerRecord"),
    wholeCpuMicrosPerRecord: medianOf("wholeCpuMicrosPerRecord"),
    peakRssMb: Math.max(...figures.map((run) => run.peakRssMb)),
    bytesOutPerByteIn: medianOf("bytesOutPerByteIn"),
    repeats: Math.max(...figures.map((run) => run.repeats)),
  };
}

async function deliverOnce(
  bench: Bench,
  inFlight: number,
  delayMs: number,
): Promise<DeliveryFigures> {
  const receiver = await startReceiver(delayMs);
  try {
    await sleep(SETTLE_MS);
    const { endpoint } = receiver;
    const report = await runConnector({ ...runOf(bench), command: "once", endpoint, inFlight });
    return figuresOf(report, await receiver.counts(), bench);
  } finally {
    await receiver.close();
  }
}

function figuresOf(
  { firstAnswer, lastAnswer, end, peakRssBytes }: ProbeReport,
  received: ReceiverCounts,
  { records, storage }: Bench,
): DeliveryFigures {
  if (received.problem !== undefined) throw new Error(`the receiver: ${received.problem}`);
  if (received.distinct !== records || firstAnswer === undefined || lastAnswer === undefined) {
    throw new Error(`${received.distinct} of ${records} records arrived`);
  }
  const between = received.records - received.recordsInFirstAnswer;
  return {
    recordsPerSecond: (between * 1000) / (lastAnswer.atMs - firstAnswer.atMs),
    cpuMicrosPerRecord: (lastAnswer.cpuMicros - firstAnswer.cpuMicros) / between,
    wholeCpuMicrosPerRecord: end.cpuMicros / records,
    peakRssMb: peakRssBytes / MB,
    bytesOutPerByteIn: received.wireBytes / storage.blobBytes,
    repeats: received.records - received.distinct,
  };
}

/** Peak memory in MB of a `run` whose receiver refuses connections while the blob waits. */
export async function measureReceiverDown(bench: Bench, stopAfterMs: number): Promise<number> {
  const endpoint = await refusingEndpoint();
  const stopWhen = sleep(stopAfterMs);
  const run = { ...runOf(bench), command: "run", endpoint, inFlight: 4, stopWhen } as const;
  return (await runConnector(run)).peakRssBytes / MB;
}

/** A `run` that has delivered its few records and waits for more, with all intervals at their defaults. */
export async function measureIdle(bench: Bench, stopAfterMs: number): Promise<IdleFigures> {
  const receiver = await startReceiver(0);
  try {
    const { endpoint } = receiver;
    const stopWhen = sleep(stopAfterMs);
    const run = { ...runOf(bench), command: "run", endpoint, inFlight: 4, stopWhen } as const;
    const { samples, peakRssBytes } = await runConnector(run);
    const first = samples[Math.min(IDLE_WARM_UP_SAMPLES, samples.length - 2)];
    const last = samples.at(-1);
    if (first === undefined || last === undefined) throw new Error("too short to see it idle");
    const share = (last.cpuMicros - first.cpuMicros) / ((last.atMs - first.atMs) * 1000);
    return { peakRssMb: peakRssBytes / MB, cpuPercent: share * 100 };
  } finally {
    await receiver.close();
  }
}

function runOf({
  sources,
  storage,
  profileDirectory,
}: Bench): Pick<ConnectorRun, "sources" | "connectionString" | "profileDirectory"> {
  return { sources, connectionString: storage.connectionString, profileDirectory };
}
