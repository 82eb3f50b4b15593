// SPDX-License-Identifier: Apache-2.0
/**
 * Rules between options: what no single bound can say. Pure. A message names both options, both values and where each
 * came from, because the one that must change is often the one that was not touched.
 */
import type { ConfigProblem } from "./problem.ts";
import type { OptionName, OptionValues } from "./schema.ts";

/** An option as messages quote it: `windowBytes (8MiB, default)`. */
export type Quote = (name: OptionName) => string;

/** Options with a number. */
type NumberName = {
  [Name in OptionName]: OptionValues[Name] extends number ? Name : never;
}[OptionName];

interface Rule {
  readonly small: NumberName;
  readonly large: NumberName;
  /** `small × factor ≤ large`. */
  readonly factor?: number;
  readonly because: string;
}

const RULES: readonly Rule[] = [
  {
    small: "windowBytes",
    large: "budgetBytes",
    factor: 2,
    because: "one window is read while another is on its way",
  },
  {
    small: "maxRecordBytes",
    large: "windowBytes",
    because: "a window must hold a whole record",
  },
  {
    small: "batch.maxBytes",
    large: "budgetBytes",
    because: "a batch could never fill",
  },
  {
    small: "batch.maxBytes",
    large: "deadLetter.maxBytes",
    factor: 2,
    because: "the dead letters of one batch must fit, or it could never be settled",
  },
  {
    small: "maxInFlightPerResource",
    large: "maxInFlight",
    because: "the requests of one resource are among all requests",
  },
  {
    small: "pollInterval",
    large: "maxIdlePollInterval",
    because: "idle resources are looked at less often, never more",
  },
  {
    small: "tailGrace",
    large: "closeAfter",
    because: "a last line must be decided before its blob closes",
  },
  {
    small: "closeAfter",
    large: "reopenWindow",
    because: "the sweep must reach blobs that have closed",
  },
  {
    small: "export.timeout",
    large: "giveUpAfter",
    because: "one request may take that long before it counts as failed",
  },
];

/** Broken rules. Options in `invalid` have a problem of their own already and are left out. */
export function checkRules(
  values: OptionValues,
  invalid: ReadonlySet<OptionName>,
  quote: Quote,
): ConfigProblem[] {
  return RULES.filter(({ small, large }) => !invalid.has(small) && !invalid.has(large))
    .filter(({ small, large, factor = 1 }) => values[small] * factor > values[large])
    .map(({ small, large, factor, because }) => {
      const bound = factor === undefined ? "" : `${factor} times `;
      const message = `${quote(large)} must be at least ${bound}${quote(small)}: ${because}`;
      return { name: `${large}, ${small}`, origin: "", message };
    });
}
