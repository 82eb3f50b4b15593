// SPDX-License-Identifier: Apache-2.0
/** What commands share at their beginning: the configuration or a report of all its problems, and the log. */
import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import type { ConfigNeeds, LoadResult } from "../config/load.ts";
import { formatProblem, type ConfigProblem } from "../config/problem.ts";
import { readConfig } from "../config/read-config.ts";
import { createLogger } from "../telemetry/logger.ts";
import { visibleText } from "../telemetry/visible-text.ts";
import type { CommandContext } from "./command.ts";

/**
 * The configuration of a command, or undefined after all problems were written to stderr: the command then returns
 * `EXIT.badConfig`.
 */
export async function configure(
  context: CommandContext,
  needs: ConfigNeeds,
): Promise<Extract<LoadResult, { kind: "ok" }> | undefined> {
  const result = readConfig(context.env, context.flags, needs);
  if (result.kind === "ok") return result;
  await reportProblems(context, result.problems);
  return undefined;
}

/** The program's own log on stderr, as configured. */
export function createProgramLog(context: CommandContext, config: Config): Logger {
  const { stderr, clock } = context;
  const isText = config.log.format === "auto" ? stderr.isTty : config.log.format === "text";
  const paints = {
    debug: stderr.colors.dim,
    info: stderr.colors.green,
    warn: stderr.colors.yellow,
    error: stderr.colors.red,
  };
  return createLogger({
    level: config.log.level,
    format: isText ? "text" : "json",
    clock,
    paint: (level, word) => paints[level](word),
    // A log line never holds up the work, and stderr's writes never reject.
    write: (line) => void stderr.write(line),
  });
}

async function reportProblems(
  { stderr }: CommandContext,
  problems: readonly ConfigProblem[],
): Promise<void> {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const lines = problems.map((problem) => `  - ${visibleText(formatProblem(problem))}`);
  const title = stderr.colors.red(`CONFIG_INVALID: the configuration has ${count}`);
  await stderr.write(`${title}\n${lines.join("\n")}\n`);
}
