// SPDX-License-Identifier: Apache-2.0
/**
 * How one record is laid out in lines (pure), as far as it tells whether an object at the start of a line stands inside
 * the record or is the next one.
 */

export class RecordLayout {
  readonly #column: number | undefined;
  #isFirstLine = true;
  /** The first line holds more than the first bracket. */
  #hasContentOnFirstLine = false;
  /** Column of the first content of the second line. */
  #innerColumn: number | undefined;

  /** Column at which the record began; undefined behind other text. */
  constructor(column: number | undefined) {
    this.#column = column;
  }

  /** True for a record that stands at the very start of a line. */
  get isAtLineStart(): boolean {
    return this.#column === 0;
  }

  /** Column at which the record began; 0 behind other text. */
  get column(): number {
    return this.#column ?? 0;
  }

  endLine(): void {
    this.#isFirstLine = false;
  }

  /** Notes content inside the record; `column` where it is the first of its line. */
  noteContent(column: number | undefined): void {
    if (this.#isFirstLine) this.#hasContentOnFirstLine = true;
    else this.#innerColumn ??= column;
  }

  /**
   * True when an object that begins a line at this column cannot be one of the record's own: those stand deeper than it
   * does, unless a printer that does not indent at all wrote it, and that leaves the first bracket alone on its line.
   */
  endsBefore(column: number): boolean {
    if (column > this.column) return false;
    return this.#hasContentOnFirstLine || (this.#innerColumn ?? column) > this.column;
  }
}
