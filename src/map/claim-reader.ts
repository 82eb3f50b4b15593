// SPDX-License-Identifier: Apache-2.0
/**
 * Puts the claims that the mapping table names into their slots. Managed HSM writes the caller's
 * identity as a JSON text, the same for each call of a caller, so what a text says is remembered: a
 * second parser run a record would cost more than any other step of the mapping.
 *
 * What is remembered is bounded, in number and length; with more callers than that the oldest are
 * parsed again.
 */
import { callerIdentityOf, claimSpellings } from "./identity.ts";

const MAX_REMEMBERED = 1024;
const MAX_REMEMBERED_CHARS = 1024;

/** What an identity says: slots and values in turn, and the plain name of one that has no claims. */
interface ReadIdentity {
  readonly values: readonly unknown[];
  readonly plainName: string | undefined;
}

export class ClaimReader {
  readonly #slots = new Map<string, number>();
  readonly #namespaces = new Map<string, Map<string, number>>();
  readonly #remembered = new Map<string, ReadIdentity>();

  /** Slots of a claim in all its spellings, each made by `newSlot`. For the start. */
  slotsFor(claim: string, newSlot: () => number): readonly number[] {
    return claimSpellings(claim).map(({ namespace, key }) => {
      const slot = newSlot();
      if (namespace === undefined) {
        this.#slots.set(key, slot);
        return slot;
      }
      const keys = this.#namespaces.get(namespace) ?? new Map<string, number>();
      this.#namespaces.set(namespace, keys.set(key, slot));
      return slot;
    });
  }

  /** Puts an identity's claims into `slots`; gives the plain name of a caller without claims. */
  read(identity: unknown, slots: unknown[]): string | undefined {
    const { values, plainName } =
      typeof identity === "string" ? this.#readText(identity) : this.#parse(identity);
    for (let index = 0; index < values.length; index += 2) {
      slots[values[index] as number] = values[index + 1];
    }
    return plainName;
  }

  #readText(text: string): ReadIdentity {
    const known = this.#remembered.get(text);
    if (known !== undefined) return known;
    const read = this.#parse(text);
    if (text.length > MAX_REMEMBERED_CHARS) return read;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#forgetOldest();
    this.#remembered.set(text, read);
    return read;
  }

  #forgetOldest(): void {
    for (const oldest of this.#remembered.keys()) {
      this.#remembered.delete(oldest);
      return;
    }
  }

  #parse(identity: unknown): ReadIdentity {
    const { claims, plainName } = callerIdentityOf(identity);
    const values: unknown[] = [];
    for (const key in claims) {
      const slot = this.#slots.get(key);
      if (slot !== undefined) values.push(slot, claims[key]);
      const namespace = this.#namespaces.get(key);
      if (namespace !== undefined) readNamespace(namespace, claims[key], values);
    }
    return { values, plainName };
  }
}

function readNamespace(
  slots: ReadonlyMap<string, number>,
  value: unknown,
  values: unknown[],
): void {
  const nested = (value as { claims?: unknown } | null)?.claims;
  if (typeof nested !== "object" || nested === null) return;
  for (const [key, slot] of slots) {
    if (Object.hasOwn(nested, key)) {
      values.push(slot, (nested as Readonly<Record<string, unknown>>)[key]);
    }
  }
}
