// SPDX-License-Identifier: Apache-2.0
/** What the bench says at its end: one JSON object, or tables for people, with the bars beside the figures. */
import { availableParallelism, cpus } from "node:os";
import type { DeliveryCase, DeliveryFigures, IdleFigures } from "./end-to-end/delivery.ts";
import type { MemoryFigures } from "./end-to-end/memory.ts";
import type { StageCost } from "./stages/measure.ts";
import { formatColumns } from "../src/simulate/amounts.ts";

export interface BenchReport {
  readonly machine: { readonly cores: number; readonly cpu: string; readonly node: string };
  readonly records: number;
  readonly runs: number;
  readonly stages?: readonly StageCost[];
  readonly deliveries?: readonly (DeliveryCase & DeliveryFigures)[];
  /** Peak memory while the receiver refuses connections. */
  readonly receiverDown?: { readonly peakRssMb: number };
  readonly memory?: readonly MemoryFigures[];
  readonly idle?: IdleFigures;
}

/** One promise about speed or size: `least` or `most` is what must hold, `goal` what is wanted. */
export interface Bar {
  readonly name: string;
  readonly figure: number;
  readonly limit: number;
  readonly goal: number;
  readonly isMet: boolean;
}

/** The machine that measures. */
export function machine(): BenchReport["machine"] {
  const cpu = cpus()[0]?.model ?? "unknown";
  return { cores: availableParallelism(), cpu, node: process.version };
}

/** The bars that the report has figures for. Speed is judged at 4 in flight and no delay. */
export function barsOf(report: BenchReport): Bar[] {
  const fast = report.deliveries?.find((one) => one.inFlight === 4 && one.receiverDelayMs === 0);
  const down = report.receiverDown?.peakRssMb;
  const { idle } = report;
  return [
    atLeast("records/s", fast?.recordsPerSecond, 25_000, 40_000),
    atMost("CPU µs a record", fast?.cpuMicrosPerRecord, 30, 18),
    atMost("peak RSS MB", fast?.peakRssMb, 220, 180),
    atMost("bytes out / in", fast?.bytesOutPerByteIn, 0.25, 0.25),
    atMost("peak RSS MB, receiver down", down, 220, 180),
    ...(report.memory ?? []).map(({ name, peakRssMb }) =>
      atMost(`peak RSS MB, ${name}`, peakRssMb, 220, 180),
    ),
    atMost("idle RSS MB", idle?.peakRssMb, 150, 150),
    atMost("idle CPU %", idle?.cpuPercent, 2, 2),
  ].filter((bar) => bar !== undefined);
}

function atLeast(name: string, figure: number | undefined, limit: number, goal: number) {
  return figure === undefined ? undefined : { name, figure, limit, goal, isMet: figure >= limit };
}

function atMost(name: string, figure: number | undefined, limit: number, goal: number) {
  return figure === undefined ? undefined : { name, figure, limit, goal, isMet: figure <= limit };
}

/** The report for people. */
export function formatReport(report: BenchReport): string {
  const { cores, cpu, node } = report.machine;
  return [
    `${cores} cores (${cpu}), Node ${node}, ${report.records} records, ${report.runs} runs a case`,
    report.stages && stageTable(report.stages),
    report.deliveries && deliveryTable(report.deliveries),
    report.memory && memoryTable(report.memory),
    barTable(barsOf(report)),
  ]
    .filter((part) => part !== undefined && part !== "")
    .join("\n\n");
}

function stageTable(stages: readonly StageCost[]): string {
  const rows = stages.map(({ name, microsPerRecord }) => [name, microsPerRecord.toFixed(2)]);
  return formatColumns([["stage", "µs a record"], ...rows]).trimEnd();
}

function deliveryTable(deliveries: readonly (DeliveryCase & DeliveryFigures)[]): string {
  const head = [
    "in flight, delay",
    "records/s",
    "CPU µs",
    "whole µs",
    "peak MB",
    "out/in",
    "again",
  ];
  const rows = deliveries.map((one) => [
    `${one.inFlight}, ${one.receiverDelayMs} ms`,
    one.recordsPerSecond.toFixed(0),
    one.cpuMicrosPerRecord.toFixed(1),
    one.wholeCpuMicrosPerRecord.toFixed(1),
    one.peakRssMb.toFixed(0),
    one.bytesOutPerByteIn.toFixed(3),
    String(one.repeats),
  ]);
  return formatColumns([head, ...rows]).trimEnd();
}

function memoryTable(cases: readonly MemoryFigures[]): string {
  const rows = cases.map(({ name, bytes, records, seconds, quartersMb, peakRssMb }) => [
    name,
    (bytes / 1e6).toFixed(0),
    String(records),
    seconds.toFixed(0),
    quartersMb.map((rss) => rss.toFixed(0)).join(" "),
    peakRssMb.toFixed(0),
  ]);
  const head = ["memory", "MB", "records", "s", "MB by quarter", "peak MB"];
  return formatColumns([head, ...rows]).trimEnd();
}

function barTable(bars: readonly Bar[]): string {
  if (bars.length === 0) return "";
  const rows = bars.map(({ name, figure, limit, goal, isMet }) => [
    name,
    shortNumber(figure),
    shortNumber(limit),
    shortNumber(goal),
    isMet ? "met" : "MISSED",
  ]);
  return formatColumns([["bar", "figure", "limit", "goal", ""], ...rows]).trimEnd();
}

function shortNumber(value: number): string {
  if (value >= 1000) return value.toFixed(0);
  return value >= 1 ? value.toFixed(1) : value.toFixed(3);
}
