// SPDX-License-Identifier: Apache-2.0
/** What `simulate` says, pure: progress lines and the closing summary, for people and as JSON. */
import { formatBytes, formatColumns, formatCount, formatDuration } from "./amounts.ts";
import type { SimulationSummary } from "./simulator.ts";

/** Where a run writes to and what repeats it. */
export interface SimulationFacts {
  readonly account: string;
  readonly container: string;
  readonly seed: string;
}

/** `1,200 records (1.4 MiB) in 24.0 s, 50.0 records/s` */
export function progressLine(summary: SimulationSummary): string {
  const amount = `${formatCount(summary.records)} records (${formatBytes(summary.bytes)})`;
  return `${amount} in ${formatDuration(summary.elapsedMs)}, ${rate(summary)} records/s`;
}

/** A table by resource whose rows add up to its last one, and a sentence. Ends with a newline. */
export function summaryText(summary: SimulationSummary, facts: SimulationFacts): string {
  const rows = summary.resources.map((resource) => [
    resource.name,
    formatCount(resource.records),
    formatCount(resource.bytes),
    formatCount(resource.blocks),
  ]);
  const total = [summary.records, summary.bytes, summary.blocks].map(formatCount);
  const head = ["resource", "records", "bytes", "appends"];
  const table = formatColumns([head, ...rows, ["total", ...total]]);
  const ending = summary.isComplete ? "" : "stopped early: ";
  return (
    `${table}${ending}${progressLine(summary)}, to ${formatCount(summary.blobs)} blobs of ` +
    `container ${facts.container}, account ${facts.account}; seed ${facts.seed}\n`
  );
}

/** One JSON line. Keys are interface. */
export function reportJson(
  kind: "progress" | "summary",
  summary: SimulationSummary,
  facts: SimulationFacts,
): string {
  const { records, bytes, blocks, blobs, elapsedMs, isComplete, resources } = summary;
  const totals = { records, bytes, appends: blocks, blobs, elapsedMs };
  if (kind === "progress") return `${JSON.stringify({ kind, ...totals })}\n`;
  const byResource = resources.map(({ name, resourceId, ...counts }) => ({
    name,
    resourceId,
    records: counts.records,
    bytes: counts.bytes,
    appends: counts.blocks,
  }));
  return `${JSON.stringify({ kind, ...totals, isComplete, ...facts, resources: byResource })}\n`;
}

function rate(summary: SimulationSummary): string {
  const perSecond = (summary.records * 1000) / Math.max(1, summary.elapsedMs);
  return perSecond < 100 ? perSecond.toFixed(1) : formatCount(perSecond);
}
