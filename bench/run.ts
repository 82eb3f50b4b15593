// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run bench`: measures the data path, per stage and end to end, and says how the figures stand to the bars. The
 * report goes to stdout, progress to stderr. How to read it: README.md beside this file. A missed bar is no failure
 * here, because a busy machine misses it too; a missing record is.
 */
import { compileSources } from "./end-to-end/compiled-sources.ts";
import type { CompiledSources } from "./end-to-end/compiled-sources.ts";
import { measureDelivery, measureIdle, measureReceiverDown } from "./end-to-end/delivery.ts";
import type { Bench, DeliveryCase, DeliveryFigures, IdleFigures } from "./end-to-end/delivery.ts";
import { measureMemory, memoryCases } from "./end-to-end/memory.ts";
import type { MemoryFigures } from "./end-to-end/memory.ts";
import { startStorage } from "./end-to-end/storage.ts";
import { readOptions, USAGE } from "./options.ts";
import type { BenchOptions, Part } from "./options.ts";
import { barsOf, formatReport, machine } from "./report.ts";
import type { BenchReport } from "./report.ts";
import { benchDataPath } from "./stages/data-path.ts";
import { FULL_ROUNDS, QUICK_ROUNDS } from "./stages/measure.ts";
import type { Rounds, StageCost } from "./stages/measure.ts";
import { benchParseMap } from "./stages/parse-map.ts";

const ALL_CASES: readonly DeliveryCase[] = [
  { inFlight: 4, receiverDelayMs: 0 },
  { inFlight: 4, receiverDelayMs: 50 },
  { inFlight: 1, receiverDelayMs: 0 },
  { inFlight: 1, receiverDelayMs: 50 },
];
const IDLE_RECORDS = 100;

try {
  const options = readOptions(process.argv.slice(2));
  const report = await measure(options);
  const bars = barsOf(report);
  console.log(options.isJson ? JSON.stringify({ ...report, bars }) : formatReport(report));
} catch (error) {
  console.error(error instanceof TypeError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 1;
}

async function measure(options: BenchOptions): Promise<BenchReport> {
  const { records, runs, isQuick } = options;
  const wants = (part: Part): boolean => options.parts.includes(part);
  const rounds = isQuick ? QUICK_ROUNDS : FULL_ROUNDS;
  return {
    machine: machine(),
    records,
    runs,
    ...(wants("stages") && { stages: measureStages(rounds) }),
    ...(await measureProcesses(options, wants)),
  };
}

function measureStages(rounds: Rounds): StageCost[] {
  say("stages");
  return [...benchParseMap(rounds), ...benchDataPath(rounds)];
}

type ProcessFigures = Pick<BenchReport, "deliveries" | "receiverDown" | "memory" | "idle">;

async function measureProcesses(
  options: BenchOptions,
  wants: (part: Part) => boolean,
): Promise<ProcessFigures> {
  const { records, profileDirectory, isQuick } = options;
  await using opened = new AsyncDisposableStack();
  const sources = await compileSources();
  opened.defer(() => sources.remove());
  let figures: ProcessFigures = {};
  if (wants("end-to-end") || wants("receiver-down")) {
    say(`writing ${records} records`);
    const storage = await startStorage(records);
    opened.defer(() => storage.close());
    const bench = { sources, storage, records, profileDirectory };
    if (wants("end-to-end")) figures = { deliveries: await measureDeliveries(bench, options) };
    if (wants("receiver-down")) {
      say("receiver down");
      const peakRssMb = await measureReceiverDown(bench, isQuick ? 3_000 : 15_000);
      figures = { ...figures, receiverDown: { peakRssMb } };
    }
  }
  if (wants("memory")) figures = { ...figures, memory: await memory(sources, options) };
  if (wants("idle")) {
    say("idle");
    figures = { ...figures, idle: await idle({ sources, profileDirectory }, isQuick) };
  }
  return figures;
}

async function measureDeliveries(
  bench: Bench,
  { runs, isQuick }: BenchOptions,
): Promise<(DeliveryCase & DeliveryFigures)[]> {
  const deliveries: (DeliveryCase & DeliveryFigures)[] = [];
  for (const one of isQuick ? ALL_CASES.slice(0, 1) : ALL_CASES) {
    say(`${runs} × ${one.inFlight} in flight, receiver answers after ${one.receiverDelayMs} ms`);
    deliveries.push({ ...one, ...(await measureDelivery(bench, one, runs)) });
  }
  return deliveries;
}

async function memory(
  sources: CompiledSources,
  { blobBytes, isQuick }: BenchOptions,
): Promise<MemoryFigures[]> {
  const figures: MemoryFigures[] = [];
  for (const one of memoryCases(blobBytes, isQuick)) {
    say(`memory, ${one.name}`);
    figures.push(await measureMemory(sources, one));
  }
  return figures;
}

async function idle(
  { sources, profileDirectory }: Pick<Bench, "sources" | "profileDirectory">,
  isQuick: boolean,
): Promise<IdleFigures> {
  const records = IDLE_RECORDS;
  await using opened = new AsyncDisposableStack();
  const storage = await startStorage(records);
  opened.defer(() => storage.close());
  return await measureIdle(
    { sources, storage, records, profileDirectory },
    isQuick ? 4_000 : 40_000,
  );
}

function say(text: string): void {
  console.error(`bench: ${text} …`);
}
