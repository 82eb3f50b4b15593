// SPDX-License-Identifier: Apache-2.0
/**
 * Reads the configuration: flag, else environment, else file, else default, for every option of the table. Pure: the
 * environment, the flags and a function that reads a file's text are given. Nothing is ignored and nothing guessed: all
 * problems come back together, each with the place it comes from, and a configuration comes back only without any.
 */
import { assembleConfig } from "./assemble.ts";
import { parseConfigFile, type ParsedFile } from "./config-file.ts";
import type { Config } from "./config.ts";
import { checkMapping } from "./mapping-overrides.ts";
import { envNamesOf } from "./option.ts";
import type { ConfigProblem } from "./problem.ts";
import { checkRules } from "./rules.ts";
import { OPTION_NAMES, OPTIONS, rowOf, type OptionName, type OptionValues } from "./schema.ts";
import { showSetting, type Setting } from "./setting.ts";
import {
  CONFIG_FILE_ENV,
  findWritten,
  unknownVariables,
  type Environment,
  type Flags,
  type Sources,
  type Written,
} from "./sources.ts";
import type { ReadFile } from "./tls.ts";

export interface ConfigInput {
  readonly env: Environment;
  /** By long name without dashes; `config` names the file. Flags that no option has are the command's own. */
  readonly flags: Flags;
  readonly readFile: ReadFile;
}

export interface ConfigNeeds {
  /** True for commands that touch the storage account. */
  readonly storage: boolean;
}

export type LoadResult =
  | {
      readonly kind: "ok";
      readonly config: Config;
      /** Every option as it is in effect, masked, with the place it came from. */
      readonly settings: readonly Setting[];
    }
  | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

/** Reads the whole configuration. Never throws for anything an operator wrote. */
export function loadConfig(input: ConfigInput, needs: ConfigNeeds): LoadResult {
  const file = readConfigFile(input);
  const sources: Sources = { flags: input.flags, env: input.env, file: file.entries };
  const parsed = parseAll(sources);
  const settings = new Map(parsed.settings.map((setting) => [setting.name, setting]));
  const originOf = (name: OptionName): string => settings.get(name)?.origin ?? "";
  const quote = (name: OptionName): string =>
    `${name} (${settings.get(name)?.value ?? "unset"}, ${originOf(name)})`;
  const assembled = assembleConfig({ ...input, ...parsed, originOf, needs });
  const problems = [
    ...file.problems,
    ...unknownVariables(input.env),
    ...parsed.problems,
    ...checkRules(parsed.values, parsed.invalid, quote),
    ...checkMapping(parsed.values, originOf),
    ...assembled.problems,
  ];
  if (problems.length > 0) return { kind: "invalid", problems };
  const isDerived = ({ name }: Setting): boolean =>
    assembled.derived.some((derived) => derived.name === name);
  const written = parsed.settings.filter((setting) => !isDerived(setting));
  return {
    kind: "ok",
    config: assembled.config,
    settings: [...written, ...assembled.derived],
  };
}

interface ParsedOptions {
  readonly values: OptionValues;
  readonly written: ReadonlyMap<OptionName, Written>;
  /** Options whose value was refused; `values` has their default. */
  readonly invalid: ReadonlySet<OptionName>;
  readonly settings: readonly Setting[];
  readonly problems: readonly ConfigProblem[];
}

function parseAll(sources: Sources): ParsedOptions {
  const values: Partial<Record<OptionName, unknown>> = {};
  const written = new Map<OptionName, Written>();
  const invalid = new Set<OptionName>();
  const settings: Setting[] = [];
  const problems: ConfigProblem[] = [];
  for (const name of OPTION_NAMES) {
    const found = findWritten(name, sources);
    if (found !== undefined) written.set(name, found);
    const result = found && rowOf(name).type.schema.safeParse(found.value);
    if (result?.success === false) {
      invalid.add(name);
      problems.push(...refusals(name, found?.origin ?? "", result.error.issues));
    }
    values[name] = result?.success === true ? result.data : defaultOf(name);
    settings.push(showSetting(name, found, values[name]));
  }
  return { values: values as OptionValues, written, invalid, settings, problems };
}

function refusals(
  name: OptionName,
  origin: string,
  issues: readonly { readonly message: string }[],
): ConfigProblem[] {
  const { expected } = rowOf(name).type;
  return issues.map(({ message }) => ({
    name,
    origin,
    message: `${message}; expected ${expected}`,
  }));
}

function defaultOf(name: OptionName): unknown {
  const row = rowOf(name);
  return row.default === undefined ? undefined : row.type.schema.parse(row.default);
}

function readConfigFile(input: ConfigInput): ParsedFile {
  const flag = input.flags["config"];
  const fromEnv = input.env[CONFIG_FILE_ENV]?.trim();
  const path = typeof flag === "string" ? flag : fromEnv;
  if (path === undefined || path === "") return { entries: new Map(), problems: [] };
  const file = input.readFile(path);
  if (file.kind === "text") return parseConfigFile(path, file.text);
  const origin = typeof flag === "string" ? "--config" : `env ${CONFIG_FILE_ENV}`;
  const message = `${JSON.stringify(path)} cannot be read (${file.reason})`;
  return { entries: new Map(), problems: [{ name: "config", origin, message }] };
}

/** Names of the variables that set an option, for help texts. */
export function variablesOf(name: OptionName): readonly string[] {
  return envNamesOf(name, OPTIONS[name]);
}
