// SPDX-License-Identifier: Apache-2.0
/**
 * Finds what was written for each option: flag, else environment, else file, else default. Pure. An empty environment
 * variable counts as left out, as OpenTelemetry prescribes; an unknown `HSM_AUDIT_OTEL_*` variable is a problem.
 */
import type { FileEntry } from "./config-file.ts";
import { ENV_PREFIX, envNamesOf, flagNameOf, type Option } from "./option.ts";
import type { ConfigProblem } from "./problem.ts";
import { OPTION_NAMES, rowOf, type OptionName } from "./schema.ts";
import { nearestName } from "./suggestion.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Values of flags by their long name without dashes. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** Layers, the strongest first. */
export const LAYERS = ["flag", "env", "file", "default"] as const;
export type Layer = (typeof LAYERS)[number];

/** What was written for an option, and where. */
export interface Written {
  readonly value: unknown;
  readonly layer: Layer;
  /** `--poll-interval`, `env HSM_AUDIT_OTEL_POLL_INTERVAL`, `config.yaml:12`, `default`. */
  readonly origin: string;
}

export interface Sources {
  readonly flags: Flags;
  readonly env: Environment;
  readonly file: ReadonlyMap<OptionName, FileEntry>;
}

/** Variable that names the configuration file; not an option, since the file cannot name itself. */
export const CONFIG_FILE_ENV = `${ENV_PREFIX}CONFIG`;

/**
 * What Kubernetes puts into every pod beside a Service named `hsm-audit-otel…` (service links). Nobody set these, so
 * they must not stop the program.
 */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)$/;

/** What was written for an option in the strongest place; undefined when nowhere and it has no default. */
export function findWritten(name: OptionName, sources: Sources): Written | undefined {
  const row = rowOf(name);
  const flagName = flagNameOf(name, row);
  const flag = flagName === undefined ? undefined : sources.flags[flagName];
  if (flag !== undefined) {
    return { value: flag, layer: "flag", origin: `--${flagName ?? ""}` };
  }
  const fromEnv = findInEnv(envNamesOf(name, row), row, sources.env);
  if (fromEnv !== undefined) return fromEnv;
  const entry = sources.file.get(name);
  if (entry !== undefined) return { value: entry.value, layer: "file", origin: entry.place };
  return row.default === undefined
    ? undefined
    : { value: row.default, layer: "default", origin: "default" };
}

/** Variables of ours that no option has: most likely a slip that would otherwise have no effect. */
export function unknownVariables(env: Environment): ConfigProblem[] {
  const known = OPTION_NAMES.flatMap((name) => envNamesOf(name, rowOf(name)));
  known.push(CONFIG_FILE_ENV);
  return Object.keys(env)
    .filter((name) => name.startsWith(ENV_PREFIX) && !known.includes(name))
    .filter((name) => !SERVICE_LINK.test(name) && env[name] !== undefined)
    .map((name) => {
      const nearest = nearestName(name, known);
      const advice = nearest === undefined ? "" : `; did you mean ${nearest}?`;
      return { name, origin: "env", message: `is no known variable${advice}` };
    });
}

function findInEnv(
  names: readonly string[],
  row: Option<unknown>,
  env: Environment,
): Written | undefined {
  const set = names.filter((name) => (env[name] ?? "").trim() !== "");
  const [first] = set;
  if (first === undefined) return undefined;
  const used = row.mergesEnv === true ? set : [first];
  // The weakest list comes first: in a joined list the later member wins.
  const value = [...used]
    .reverse()
    .map((name) => withUnit(env[name] ?? "", row))
    .join(",");
  return { value, layer: "env", origin: `env ${used.join(" and ")}` };
}

function withUnit(value: string, row: Option<unknown>): string {
  const isBare = row.envUnit !== undefined && /^\s*\d+\s*$/.test(value);
  return isBare ? `${value.trim()}${row.envUnit ?? ""}` : value;
}
