// SPDX-License-Identifier: Apache-2.0
/**
 * The demo's text, pure: a line a record, the line of counters, the closing account. Everything that came in a record
 * is shown with its control characters made visible: whoever may call an HSM chooses the user agent and object names.
 */
import type picocolors from "picocolors";

import { visibleText } from "../telemetry/visible-text.ts";
import { formatColumns, formatCount, formatDuration } from "./amounts.ts";
import type { DemoRecord } from "./demo-record.ts";

export type Colors = ReturnType<typeof picocolors.createColors>;

/** The demo's account at one moment. All but the lags are records. */
export interface DemoCounts {
  /** Records whose newline is in a blob. */
  readonly written: number;
  /** Records that the receiver got, each counted once. */
  readonly delivered: number;
  readonly uncertain: number;
  readonly deadLettered: number;
  readonly filtered: number;
  /** Records that the receiver got once more. */
  readonly duplicates: number;
  /** Event to receiver, half of the records. */
  readonly lagP50Ms: number | undefined;
  readonly lagP99Ms: number | undefined;
  readonly lagMaxMs: number | undefined;
}

const WIDTHS = { resource: 17, operation: 24, who: 34, from: 15 } as const;

/** Header above the records. */
export function recordHeader(): string {
  return row(["time", "resource", "operation", "code", "took", "who", "from", "object"]);
}

/** One record on one line, without newline. `columns` cuts it; undefined leaves it whole. */
export function recordLine(
  record: DemoRecord,
  isRepeat: boolean,
  { colors, columns }: { colors: Colors; columns: number | undefined },
): string {
  const line = row([
    new Date(record.timeMs).toISOString().slice(11, 23),
    visibleText(record.resource),
    visibleText(record.operation),
    record.status === undefined ? "-" : String(record.status),
    record.durationMs === undefined ? "-" : formatDuration(record.durationMs),
    visibleText(record.who ?? "-"),
    visibleText(record.from ?? "-"),
    visibleText(record.object ?? "") + (isRepeat ? " (repeat)" : ""),
  ]);
  const shown = columns === undefined ? line : cut(line, columns - 1);
  if (record.isFailure) return colors.red(shown);
  return record.isSensitive ? colors.yellow(shown) : shown;
}

/** `written 1,200 · delivered 1,150 · on its way 50 · …`, without newline. */
export function countersLine(counts: DemoCounts): string {
  const parts = [
    `written ${formatCount(counts.written)}`,
    `delivered ${formatCount(counts.delivered)}`,
    `on the way ${formatCount(Math.max(0, unsettled(counts)))}`,
    `dead-lettered ${formatCount(counts.deadLettered)}`,
    `repeated ${formatCount(counts.duplicates)}`,
  ];
  if (counts.lagP99Ms !== undefined) parts.push(`lag p99 ${formatDuration(counts.lagP99Ms)}`);
  return parts.join(" · ");
}

/** The closing account: rows that add up to what was written, and a verdict. Ends with a newline. */
export function summaryText(counts: DemoCounts, colors: Colors): string {
  const lost = unsettled(counts);
  const table = formatColumns([
    ["written", formatCount(counts.written)],
    ["= delivered", formatCount(counts.delivered)],
    ["+ uncertain", formatCount(counts.uncertain)],
    ["+ dead-lettered", formatCount(counts.deadLettered)],
    ["+ filtered", formatCount(counts.filtered)],
    ["+ lost", formatCount(lost)],
  ]);
  const lag =
    counts.lagP50Ms === undefined
      ? ""
      : `Lag from event to receiver: half within ${formatDuration(counts.lagP50Ms)}, 99 % within ` +
        `${formatDuration(counts.lagP99Ms ?? 0)}, longest ${formatDuration(counts.lagMaxMs ?? 0)}.\n`;
  const repeats = `Delivered more than once (same log.record.uid): ${formatCount(counts.duplicates)}.\n`;
  return `${table}${repeats}${lag}${verdict(lost, colors)}\n`;
}

/** True when every written record was settled exactly. */
export function addsUp(counts: DemoCounts): boolean {
  return unsettled(counts) === 0;
}

function verdict(lost: number, colors: Colors): string {
  if (lost === 0) return colors.green("Nothing was lost.");
  if (lost > 0) return colors.red(`${formatCount(lost)} records did not arrive.`);
  // More arrived than was written: the account itself is wrong, which must not look like success.
  return colors.red(`${formatCount(-lost)} records more than were written: the account is wrong.`);
}

function unsettled(counts: DemoCounts): number {
  const { delivered, uncertain, deadLettered, filtered } = counts;
  return counts.written - delivered - uncertain - deadLettered - filtered;
}

function row(cells: readonly string[]): string {
  const [time = "", resource = "", operation = "", code = "", took = "", ...rest] = cells;
  const [who = "", from = "", object = ""] = rest;
  return [
    fit(time, 12),
    fit(resource, WIDTHS.resource),
    fit(operation, WIDTHS.operation),
    code.padStart(4),
    took.padStart(8),
    fit(who, WIDTHS.who),
    fit(from, WIDTHS.from),
    object,
  ]
    .join("  ")
    .trimEnd();
}

/** Padded or cut to a width, by code points, so that no character is cut in half. */
function fit(text: string, width: number): string {
  const length = Array.from(text).length;
  return length > width ? cut(text, width) : text + " ".repeat(width - length);
}

function cut(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.length <= width) return text;
  return `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}
