// SPDX-License-Identifier: Apache-2.0
/**
 * Says where the dead-letter commands looked. "Nothing there" is an all-clear only at the right place, so every summary
 * names the place, and one that does not exist, or a resource that no letter is of, is said plainly.
 */
import type {
  DeadLetterArchive,
  StoredLetter,
  UnreadableLine,
} from "../dead-letter/dead-letter-archive.ts";
import { visibleText } from "../telemetry/visible-text.ts";
import { isOfResource } from "./dead-letters-flags.ts";
import type { LetterFilter } from "./dead-letters-flags.ts";

export interface PlaceReport {
  /** As messages name it. */
  readonly place: string;
  readonly exists: boolean;
  /** What `--resource` asked for and no letter is of, whatever its reason and state. */
  readonly unknownResource?: string;
}

/** Notes what was met in a place. Everything that is read has to be noted. */
export class PlaceWitness {
  readonly #filter: LetterFilter;
  #isEmpty = true;
  #hasLetters = false;
  #hasResource = false;

  constructor(filter: LetterFilter) {
    this.#filter = filter;
  }

  note(item: StoredLetter | UnreadableLine): void {
    this.#isEmpty = false;
    if (item.kind === "unreadable") return;
    this.#hasLetters = true;
    this.#hasResource ||= isOfResource(this.#filter, item);
  }

  /** To be asked after everything was read. Throws DEAD_LETTER_UNAVAILABLE. */
  async report(archive: Pick<DeadLetterArchive, "name" | "exists">): Promise<PlaceReport> {
    const exists = !this.#isEmpty || (await archive.exists());
    const { resource } = this.#filter;
    const isUnknown = resource !== undefined && this.#hasLetters && !this.#hasResource;
    return { place: archive.name, exists, ...(isUnknown && { unknownResource: resource }) };
  }
}

/** Sentences, a line each; none where all is as one would think. */
export function remarksText({ place, exists, unknownResource }: PlaceReport): string {
  const missing = missingText(place);
  if (!exists) return `${missing}\n`;
  if (unknownResource === undefined) return "";
  return `no letter there is of a resource that --resource ${visibleText(JSON.stringify(unknownResource))} selects\n`;
}

export function missingText(place: string): string {
  return `${place} does not exist: nothing was ever kept there, or it is another place`;
}
