// SPDX-License-Identifier: Apache-2.0
/**
 * Makes text from outside (blob names, resource names) safe to show. Pure. Whoever may write to the container chooses
 * blob names; a name with an escape sequence or a newline must neither drive a terminal nor forge a log line.
 */

/** Controls, line and paragraph separators, and the marks that turn the direction of text. */
const INVISIBLE = /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** The text with every invisible character written out: newline becomes `\u{a}`. */
export function visibleText(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
