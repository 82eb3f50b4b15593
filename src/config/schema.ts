// SPDX-License-Identifier: Apache-2.0
/**
 * Every option of the program, once. Names, types, defaults, bounds, environment variables, flags and sentences all
 * stand in the rows; the loader, the command line, the help and the documents only walk over this table.
 */
import type { Option, OptionGroup } from "./option.ts";
import { DEAD_LETTER_OPTIONS } from "./options-dead-letter.ts";
import {
  CHECKPOINT_OPTIONS,
  DELIVERY_OPTIONS,
  LOGGING_OPTIONS,
  MAPPING_OPTIONS,
} from "./options-delivery.ts";
import { RECEIVER_OPTIONS } from "./options-receiver.ts";
import { READING_OPTIONS, STORAGE_OPTIONS } from "./options-storage.ts";

/** The table, by option name as the file has it (a dot is a group in YAML). */
export const OPTIONS = {
  ...STORAGE_OPTIONS,
  ...READING_OPTIONS,
  ...CHECKPOINT_OPTIONS,
  ...DEAD_LETTER_OPTIONS,
  ...DELIVERY_OPTIONS,
  ...MAPPING_OPTIONS,
  ...RECEIVER_OPTIONS,
  ...LOGGING_OPTIONS,
} as const;

/** Name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** The value of every option. */
export type OptionValues = {
  readonly [Name in OptionName]: (typeof OPTIONS)[Name] extends Option<infer Value> ? Value : never;
};

/** Names of the options, in the order of the table. */
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

const GROUPS: readonly (readonly [OptionGroup, object])[] = [
  ["Storage", STORAGE_OPTIONS],
  ["Reading", READING_OPTIONS],
  ["Checkpoint", CHECKPOINT_OPTIONS],
  ["Dead letters", DEAD_LETTER_OPTIONS],
  ["Delivery", DELIVERY_OPTIONS],
  ["Mapping", MAPPING_OPTIONS],
  ["Receiver", RECEIVER_OPTIONS],
  ["Logging", LOGGING_OPTIONS],
];

/** Every group, in the order of the table. */
export const OPTION_GROUPS: readonly OptionGroup[] = GROUPS.map(([group]) => group);

/** Group of an option. */
export function groupOf(name: OptionName): OptionGroup {
  return GROUPS.find(([, rows]) => Object.hasOwn(rows, name))?.[0] ?? "Logging";
}

/** One row, with the type of its value forgotten: for those who walk over all rows. */
export function rowOf(name: OptionName): Option<unknown> {
  return OPTIONS[name];
}

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}
