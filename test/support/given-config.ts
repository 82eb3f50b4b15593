// SPDX-License-Identifier: Apache-2.0
/** Loads a configuration from plain values, with files that exist only in the test. */
import type { Config } from "../../src/config/config.ts";
import { loadConfig, type ConfigInput, type LoadResult } from "../../src/config/load.ts";
import { formatProblem } from "../../src/config/problem.ts";
import type { Setting } from "../../src/config/setting.ts";
import type { FileText } from "../../src/config/tls.ts";

export type Given = Partial<Omit<ConfigInput, "readFile">> & {
  readonly files?: Readonly<Record<string, string>>;
  readonly needsStorage?: boolean;
};

export function loadGiven({
  env = {},
  flags = {},
  files = {},
  needsStorage = false,
}: Given): LoadResult {
  const readFile = (path: string): FileText => {
    const text = files[path];
    return text === undefined ? { kind: "unreadable", reason: "ENOENT" } : { kind: "text", text };
  };
  return loadConfig({ env, flags, readFile }, { storage: needsStorage });
}

/** The configuration; throws all problems where there are any. */
export function configOf(given: Given): Config {
  const result = loadGiven(given);
  if (result.kind === "invalid") throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.config;
}

/** Problems as an operator reads them. */
export function problemsOf(given: Given): string[] {
  const result = loadGiven(given);
  return result.kind === "ok" ? [] : result.problems.map(formatProblem);
}

export function settingOf(given: Given, name: string): Setting | undefined {
  const result = loadGiven(given);
  return result.kind === "ok" ? result.settings.find((row) => row.name === name) : undefined;
}
