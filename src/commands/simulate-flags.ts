// SPDX-License-Identifier: Apache-2.0
/** The flags of `simulate`, read and checked. Pure: the time is a parameter. */
import type { Flags } from "../config/sources.ts";
import { count, duration, startPoint } from "../config/value-types.ts";
import type { SimulationPlan } from "../simulate/simulator.ts";
import type { CommandFlag } from "./command.ts";
import { FlagReader } from "./flag-reader.ts";

export interface SimulateOptions {
  readonly hsms: number;
  readonly vaults: number;
  readonly seed: string;
  readonly plan: SimulationPlan;
  readonly tornTailShare: number;
}

const DEFAULT_RATE = 50;
const DEFAULT_HISTORY_COUNT = 10_000;

/** Share of appends that leave a half-written line behind, with `--torn`. */
const TORN_TAIL_SHARE = 0.3;

export const SIMULATE_FLAGS: readonly CommandFlag[] = [
  { name: "hsms", placeholder: "number", doc: "how many Managed HSMs (default 2)" },
  { name: "vaults", placeholder: "number", doc: "how many Key Vaults (default 1)" },
  {
    name: "rate",
    placeholder: "number",
    doc: `records a second over all resources (default ${DEFAULT_RATE})`,
  },
  {
    name: "duration",
    placeholder: "duration",
    doc: "how long, such as 60s (default: until stopped)",
  },
  { name: "count", placeholder: "number", doc: "end after so many records" },
  {
    name: "seed",
    placeholder: "text",
    doc: "same seed, same events (default: another one each time)",
  },
  {
    name: "from",
    placeholder: "time",
    doc: "write history at once: from this ISO time, or so long ago, such as 6h",
  },
  { name: "to", placeholder: "time", doc: "end of the history (default: now)" },
  { name: "torn", doc: "let appends end in the middle of a line now and then" },
  { name: "json", doc: "progress and summary as one JSON object a line" },
];

/** The options that the flags mean. Throws CONFIG_INVALID that names every flag that is wrong. */
export function readSimulateFlags(flags: Flags, nowMs: number): SimulateOptions {
  const reader = new FlagReader(flags);
  const { problems } = reader;
  const hsms = reader.read("hsms", count(0, 1_000)) ?? 2;
  const vaults = reader.read("vaults", count(0, 10_000)) ?? 1;
  if (hsms + vaults === 0) problems.push("--hsms and --vaults are both 0: nothing would happen");
  const wishes: PlanWishes = {
    rate: reader.read("rate", count(1, 1_000_000)),
    durationMs: reader.read("duration", duration("1s", "365d")),
    records: reader.read("count", count(1, 1e9)),
    fromMs: instant(reader.read("from", startPoint()), nowMs),
    toMs: instant(reader.read("to", startPoint()), nowMs),
  };
  if (problems.length === 0) problems.push(...contradictions(wishes, nowMs));
  reader.refuseProblems();
  return {
    hsms,
    vaults,
    seed: typeof flags["seed"] === "string" ? flags["seed"] : String(nowMs),
    plan: planOf(wishes, nowMs),
    tornTailShare: flags["torn"] === true ? TORN_TAIL_SHARE : 0,
  };
}

interface PlanWishes {
  readonly rate: number | undefined;
  readonly durationMs: number | undefined;
  readonly records: number | undefined;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

function instant(
  start: { kind: string; ms?: number; timeMs?: number } | undefined,
  nowMs: number,
): number | undefined {
  if (start === undefined) return undefined;
  if (start.kind === "now") return nowMs;
  // `beginning` means no time here, so it becomes one that is refused.
  return start.timeMs ?? (start.ms === undefined ? NaN : nowMs - start.ms);
}

function contradictions(wishes: PlanWishes, nowMs: number): string[] {
  const { fromMs, toMs = nowMs } = wishes;
  if (fromMs === undefined) {
    return wishes.toMs === undefined ? [] : ["--to needs --from"];
  }
  const problems: string[] = [];
  if (Number.isNaN(fromMs) || Number.isNaN(toMs)) problems.push("--from and --to must be times");
  else if (fromMs >= toMs) problems.push("--from must be before --to");
  if (wishes.durationMs !== undefined) problems.push("--duration has no meaning with --from");
  if (wishes.rate !== undefined) problems.push("--rate has no meaning with --from: give --count");
  return problems;
}

function planOf(wishes: PlanWishes, nowMs: number): SimulationPlan {
  const { fromMs, toMs = nowMs, records, durationMs } = wishes;
  if (fromMs !== undefined) {
    return { kind: "history", fromMs, toMs, count: records ?? DEFAULT_HISTORY_COUNT };
  }
  const ratePerSecond = wishes.rate ?? DEFAULT_RATE;
  return { kind: "live", ratePerSecond, durationMs, count: records };
}
