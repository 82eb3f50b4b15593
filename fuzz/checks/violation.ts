// SPDX-License-Identifier: Apache-2.0
/** A promise that a blob broke. */

export class Violation extends Error {
  override readonly name = "Violation";
}

/** Throws a Violation unless `holds`; the text is made only then. */
export function demand(holds: boolean, text: () => string): asserts holds {
  if (!holds) throw new Violation(text());
}
