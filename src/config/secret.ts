// SPDX-License-Identifier: Apache-2.0
/**
 * A value that must not be shown. Whoever needs it says `reveal()`, which is easy to find in a review; every way in
 * which a value usually slips into a message (template, JSON, `console.log`, an error's dump) gives the mask instead.
 */

/** What stands in place of a secret, everywhere. */
export const MASK = "[redacted]";

/** Keeps one secret text. Printing it in any form prints the mask. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself; for the one call that needs it, never for a message. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  /** What `util.inspect` and so every logger and debugger shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }
}

/** The plain texts of a record of secrets, for the one call that needs them. */
export function revealAll(secrets: Readonly<Record<string, Secret>>): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, value.reveal()]));
}
