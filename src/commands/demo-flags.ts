// SPDX-License-Identifier: Apache-2.0
/** The flags of `demo`, read and checked. */
import type { Flags } from "../config/sources.ts";
import { count } from "../config/value-types.ts";
import { ConnectorError } from "../errors.ts";
import type { CommandFlag } from "./command.ts";

export interface DemoOptions {
  readonly seconds: number;
  readonly ratePerSecond: number;
  readonly hsms: number;
  readonly vaults: number;
  readonly seed: string;
}

const DEFAULTS = { seconds: 20, rate: 20, hsms: 2, vaults: 1 };

export const DEMO_FLAGS: readonly CommandFlag[] = [
  {
    name: "seconds",
    placeholder: "number",
    doc: `how long to write (default ${DEFAULTS.seconds})`,
  },
  {
    name: "rate",
    placeholder: "number",
    doc: `records a second over all resources (default ${DEFAULTS.rate})`,
  },
  { name: "hsms", placeholder: "number", doc: `how many Managed HSMs (default ${DEFAULTS.hsms})` },
  {
    name: "vaults",
    placeholder: "number",
    doc: `how many Key Vaults (default ${DEFAULTS.vaults})`,
  },
  { name: "seed", placeholder: "text", doc: "same seed, same events (default: demo)" },
];

/** The options that the flags mean. Throws CONFIG_INVALID that names every flag that is wrong. */
export function readDemoFlags(flags: Flags): DemoOptions {
  const problems: string[] = [];
  const read = (name: keyof typeof DEFAULTS, least: number, most: number): number => {
    const text = flags[name];
    if (text === undefined) return DEFAULTS[name];
    const type = count(least, most);
    const result = type.schema.safeParse(text);
    if (result.success) return result.data;
    problems.push(`--${name}: expected ${type.expected}`);
    return DEFAULTS[name];
  };
  const { seed } = flags;
  const options = {
    seconds: read("seconds", 1, 3_600),
    ratePerSecond: read("rate", 1, 10_000),
    hsms: read("hsms", 0, 100),
    vaults: read("vaults", 0, 100),
    seed: typeof seed === "string" ? seed : "demo",
  };
  if (options.hsms + options.vaults === 0)
    problems.push("--hsms and --vaults: one of them must be above 0");
  if (problems.length > 0) throw new ConnectorError("CONFIG_INVALID", problems.join("; "));
  return options;
}
