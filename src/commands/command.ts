// SPDX-License-Identifier: Apache-2.0
/**
 * What a command is: a function from a context to an exit code. A command sees the world only through its context, so
 * it runs in a test as it runs in a shell; argv, signals and the process's exit stay with cli.ts.
 */
import type picocolors from "picocolors";
import type { ConfigNeeds } from "../config/load.ts";
import type { OptionGroup } from "../config/option.ts";
import type { Environment, Flags } from "../config/sources.ts";
import type { Clock } from "../runtime/clock.ts";

/** Exit codes: interface. */
export const EXIT = {
  ok: 0,
  /** Something failed that the command was asked to do. */
  fault: 1,
  /** A wrong command line or configuration: nothing was begun. */
  badConfig: 2,
  /** Stopped before everything in flight was settled; it is sent again. */
  graceExceeded: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A text stream to write to. */
export interface Output {
  /** True when a person reads it: tables and progress instead of plain lines. */
  readonly isTty: boolean;
  /** Width of the terminal, where there is one. */
  readonly columns: number | undefined;
  /** Paints only where it makes sense: on a terminal, without NO_COLOR. */
  readonly colors: ReturnType<typeof picocolors.createColors>;
  /** Aborts when nobody reads any more (`| head`); writing stays harmless. */
  readonly closed: AbortSignal;
  /** Resolves when the text, or the bytes, are handed over. Never rejects. */
  write(text: string | Uint8Array): Promise<void>;
}

export interface Input extends AsyncIterable<Uint8Array> {
  readonly isTty: boolean;
}

/** The two phases of a stop. */
export interface StopSignals {
  /** First signal: take no new work, settle what is in flight. */
  readonly stop: AbortSignal;
  /** Second signal: give up what is in flight. */
  readonly abandon: AbortSignal;
}

export interface CommandContext {
  readonly env: Environment;
  /** Flags that were given, by long name without dashes. */
  readonly flags: Flags;
  readonly args: readonly string[];
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  /** Id of the process. */
  readonly processId?: number | undefined;
  /**
   * Takes over SIGINT and SIGTERM from here on. A command that never calls it ends at once at the first signal, as
   * programs do; one that calls it must watch both phases.
   */
  takeSignals(): StopSignals;
}

/** Does the work and says how it ended. A ConnectorError that it throws is shown and becomes the exit code. */
export type Command = (context: CommandContext) => Promise<ExitCode>;

/** A flag of one command, beside those of the option table. */
export interface CommandFlag {
  /** Long name without dashes. */
  readonly name: string;
  /** Word for the value; left out for a flag that is just set. */
  readonly placeholder?: string;
  readonly doc: string;
}

/** One row of the registration table: all that help and parsing need, without loading the command. */
export interface CommandEntry {
  /** Words on the command line: `run`, `config print`. */
  readonly name: string;
  readonly summary: string;
  /** Groups of options that the command has flags for. Undefined: it takes no configuration. */
  readonly config?: { readonly groups: readonly OptionGroup[]; readonly needs: ConfigNeeds };
  readonly flags?: readonly CommandFlag[];
  /** Arguments in commander's form: `<id>`, `[file]`, `[ids...]`. */
  readonly args?: readonly { readonly form: string; readonly doc: string }[];
  /** Whole command lines. */
  readonly examples: readonly string[];
  /** Sentences below the options. */
  readonly notes?: string;
  readonly load: () => Promise<Command>;
}
