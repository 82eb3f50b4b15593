// SPDX-License-Identifier: Apache-2.0
/** The figures of a run: a table for people, one object for programs. */
import Table from "cli-table3";
import type { Scenario } from "./scenario.ts";
import type { Violation } from "./violations.ts";

export interface ChaosReport {
  readonly seed: string;
  readonly minutes: number;
  /** Equal for equal seeds and minutes. */
  readonly plan: string;
  readonly seconds: number;
  readonly figures: Readonly<Record<string, number>>;
  /** Dead letters, each uid once for each of its reasons. */
  readonly deadLetters: Readonly<Record<string, number>>;
  /** How often each kind of fault came. */
  readonly faults: Readonly<Record<string, number>>;
  /** How many promises were broken, by kind. */
  readonly broken: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
}

export function reportOf(
  scenario: Scenario,
  { seed, minutes, plan }: Pick<ChaosReport, "seed" | "minutes" | "plan">,
): ChaosReport {
  const { truth, receiver, storage, connector, machine, content, cursors, violations } =
    scenario.parts;
  const { receipts } = receiver;
  const { letters, lanes, timeline } = scenario.parts;
  const both = [...letters.byUid.keys()].filter((uid) => receipts.kept.has(uid));
  return {
    seed,
    minutes,
    plan,
    seconds: Math.round(timeline.nowMs / 100) / 10,
    figures: {
      blobs: truth.blobs.length,
      ...content.counts,
      records: truth.recordCount,
      received: receipts.kept.size,
      repeats: receipts.repeats,
      uncertain: receipts.uncertain.size,
      "at the receiver and kept": both.length,
      lost: violations.counts.get("lost") ?? 0,
      "bytes said to be lost": scenario.lostBytesSaid,
      "requests to the receiver": receipts.requests,
      "requests to storage": storage.requests,
      starts: connector.starts,
      ...machine.counts,
      "looks at the cursors": cursors.looks,
      "looks that failed": cursors.misses,
      "torn dead letters": letters.torn,
    },
    deadLetters: letters.countsByReason(),
    faults: Object.fromEntries([...lanes.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    broken: Object.fromEntries(violations.counts),
    violations: violations.all,
  };
}

export function tableOf({ seed, plan, seconds, ...report }: ChaosReport): string {
  const table = new Table({
    colAligns: ["left", "right"],
    style: { head: [], border: [], compact: true },
  });
  const faults = Object.values(report.faults).reduce((sum, count) => sum + count, 0);
  table.push(["seconds", seconds], ...Object.entries(report.figures), ["faults", faults]);
  for (const [kind, count] of Object.entries(report.faults)) table.push([`  ${kind}`, count]);
  for (const [why, count] of Object.entries(report.deadLetters))
    table.push([`dead letters: ${why}`, count]);
  for (const [kind, count] of Object.entries(report.broken)) table.push([`BROKEN: ${kind}`, count]);
  const isFine = report.violations.length === 0;
  const verdict = isFine
    ? "no promise broken"
    : `${report.violations.length} broken promises, see above`;
  return `${table.toString()}\nchaos: seed ${seed}, plan ${plan}: ${verdict}`;
}
