// SPDX-License-Identifier: Apache-2.0
/** Reads a command's own flags by the types of the options, and reports all that is wrong with them together. Pure. */
import type { Flags } from "../config/sources.ts";
import type { ValueType } from "../config/value-types.ts";
import { ConnectorError } from "../errors.ts";

export class FlagReader {
  readonly #flags: Flags;
  /** One sentence for each flag that is wrong; whoever finds more adds it. */
  readonly problems: string[] = [];

  constructor(flags: Flags) {
    this.#flags = flags;
  }

  /** The flag's value; undefined when it was not given, or is wrong and noted as such. */
  read<T>(name: string, { schema, expected }: ValueType<T>): T | undefined {
    if (this.#flags[name] === undefined) return undefined;
    const result = schema.safeParse(this.#flags[name]);
    if (result.success) return result.data;
    this.problems.push(`--${name}: ${result.error.issues[0]?.message ?? ""}; expected ${expected}`);
    return undefined;
  }

  /** Throws CONFIG_INVALID with every problem, if there is one. */
  refuseProblems(): void {
    if (this.problems.length === 0) return;
    throw new ConnectorError("CONFIG_INVALID", this.problems.join("\n"));
  }
}
