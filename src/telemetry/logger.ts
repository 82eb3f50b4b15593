// SPDX-License-Identifier: Apache-2.0
/**
 * The program's own log: pino, a JSON object a line, or a short line for people when stderr is a terminal. It writes
 * through a function that the caller gives and takes the time from the Clock, so a test sees every byte of it.
 */
import { pino, type Logger } from "pino";
import type { Clock } from "../runtime/clock.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LoggerOptions {
  readonly level: LogLevel;
  /** `text` is for people at a terminal; programs read `json`. */
  readonly format: "json" | "text";
  /** Takes one line, newline included. */
  readonly write: (line: string) => void;
  readonly clock: Clock;
  /** Colours the level's word in the text form. */
  readonly paint?: (level: LogLevel, word: string) => string;
}

/** What every line holds as pino writes it here, beside its details. */
interface Line {
  readonly level: LogLevel;
  readonly time: string;
  readonly msg: string;
  readonly code?: string;
  readonly [detail: string]: unknown;
}

/** A logger that writes one line an event. */
export function createLogger(options: LoggerOptions): Logger {
  const { level, format, write, clock } = options;
  const toText = createTextForm(options.paint ?? ((_, word) => word));
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (line: string) => {
        write(format === "json" ? line : toText(line));
      },
    },
  );
}

/** Turns pino's line into `10:30:00Z WARN  message (name=value, …) [CODE]`. */
function createTextForm(paint: (level: LogLevel, word: string) => string) {
  return (line: string): string => {
    const { level, time, msg, code, ...details } = JSON.parse(line) as Line;
    const inBrackets = Object.entries(details)
      .map(
        ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
      )
      .join(", ");
    const word = paint(level, level.toUpperCase().padEnd(5));
    const tail = code === undefined ? "" : ` [${code}]`;
    const middle = inBrackets === "" ? "" : ` (${inBrackets})`;
    return `${time.slice(11, 19)}Z ${word} ${msg}${middle}${tail}\n`;
  };
}
