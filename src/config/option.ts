// SPDX-License-Identifier: Apache-2.0
/**
 * What one row of the option table says, and how the names in the environment and on the command line follow from the
 * name in the file: `checkpoint.path` is `HSM_AUDIT_OTEL_CHECKPOINT_PATH` and `--checkpoint-path`. Pure.
 */
import type { ValueType } from "./value-types.ts";

/** Heading under which an option is listed in help and documents. */
export type OptionGroup =
  | "Storage"
  | "Reading"
  | "Checkpoint"
  | "Dead letters"
  | "Delivery"
  | "Mapping"
  | "Receiver"
  | "Logging";

/** One row of the table: everything that is known about one option. */
export interface Option<T> {
  readonly type: ValueType<T>;
  /** As an operator would write it; undefined when leaving the option out means something of its own. */
  readonly default: string | undefined;
  /** Sentences for help and documents: what it does and when to change it. */
  readonly doc: string;
  /** Environment variables, the strongest first. Undefined: the name follows from the option's. */
  readonly env?: readonly string[];
  /** True: where several of the variables are set, the lists are joined and the stronger one wins member by member. */
  readonly mergesEnv?: true;
  /** Unit of a bare number in the environment, where a standard variable is defined that way. */
  readonly envUnit?: "ms";
  /** False for what must not stand in a process list, and for maps. */
  readonly hasFlag?: false;
  /** True: shown masked, whatever the form. */
  readonly isSecret?: true;
  /** True: the value is a URL that is shown without user, password and query values. */
  readonly isUrl?: true;
}

/** Prefix of every environment variable that is this program's own. */
export const ENV_PREFIX = "HSM_AUDIT_OTEL_";

/** An option that always has a value. */
export function option<T>(
  type: ValueType<T>,
  defaultText: string,
  details: Omit<Option<T>, "type" | "default">,
): Option<T> {
  return { type, default: defaultText, ...details };
}

/** An option that may be left out. */
export function optional<T>(
  type: ValueType<T>,
  details: Omit<Option<T>, "type" | "default">,
): Option<T | undefined> {
  return { type, default: undefined, ...details };
}

/** Environment variables of an option, the strongest first. */
export function envNamesOf(name: string, row: Option<unknown>): readonly string[] {
  return row.env ?? [`${ENV_PREFIX}${words(name).join("_").toUpperCase()}`];
}

/** Long flag of an option without the dashes, or undefined when it has none. */
export function flagNameOf(name: string, row: Option<unknown>): string | undefined {
  if (row.hasFlag === false || row.isSecret === true) return undefined;
  return words(name).join("-").toLowerCase();
}

function words(name: string): string[] {
  return name.replaceAll(".", "-").replace(/[A-Z]/g, "-$&").split("-");
}
