// SPDX-License-Identifier: Apache-2.0
/**
 * The operator's changes of the mapping (`mapping.rename`, `.drop`, `.add`), held against the
 * mapping's own table, so that a slip is told of at start with all others and not found missing in
 * a dashboard. Pure.
 */
import { checkOverrides, type MappingOverrides } from "../map/overrides.ts";
import type { ConfigProblem } from "./problem.ts";
import type { OptionValues } from "./schema.ts";
import type { OriginOf } from "./storage-access.ts";
import { nearestName } from "./suggestion.ts";

/** The changes; empty where none was written. */
export function mappingOf(values: OptionValues): MappingOverrides {
  return {
    rename: values["mapping.rename"] ?? {},
    drop: values["mapping.drop"] ?? [],
    add: values["mapping.add"] ?? {},
  };
}

/** Every entry that cannot be used, with the place it comes from. */
export function checkMapping(values: OptionValues, originOf: OriginOf): ConfigProblem[] {
  return checkOverrides(mappingOf(values), nearestName).map(({ option, message }) => {
    const name = `mapping.${option}` as const;
    return { name, origin: originOf(name), message };
  });
}
