// SPDX-License-Identifier: Apache-2.0
/** How a scan of a document begins and where it stops. */

/** Why the scanner stopped: a record is whole, or broken and over, or what had begun turned out to be none. */
export interface ScanStop {
  readonly kind: "record" | "broken" | "no-record";
  /** Where it began, as an offset in the blob. */
  readonly beganAt: number;
  /** Index in the window behind its last byte. */
  readonly at: number;
}

/** Where a scanner begins: at a column of a line of which nothing stands before, behind other text, or in a broken record. */
export type ScanStart =
  | { readonly kind: "line"; readonly column: number }
  | { readonly kind: "text" }
  | { readonly kind: "broken"; readonly column: number };
