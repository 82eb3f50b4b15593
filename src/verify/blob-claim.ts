// SPDX-License-Identifier: Apache-2.0
/**
 * The two sides of a proof: what the checkpoint store says of a blob, and what was found when the blob was read again.
 * Offsets and lengths are bytes; ranges are half-open.
 */
import type { BlobIdentity, ByteRange, Framing, RecordCounts } from "../model.ts";

/** What is known of the bytes before an offset. */
export interface PrefixMark {
  readonly offset: number;
  /** CRC-32 of the bytes `[0, offset)`. */
  readonly crc32: number;
  /** Records that begin before `offset`, outcomes of all kinds. */
  readonly records: number;
}

/** A mark at which reading began anew, so that nothing before it goes on behind it. */
export interface CutMark extends PrefixMark {
  /** How the bytes from `offset` on were cut. */
  readonly framing: Framing;
}

/** What the store says of one blob. */
export interface BlobClaim {
  /** With the creation time that was seen first: the one in the ids of its records. */
  readonly blob: BlobIdentity;
  readonly hourMs: number;
  /** Creation time when it was last seen; undefined where the store does not keep it (open blobs). */
  readonly lastCreatedAtMs: number | undefined;
  /** Bytes settled: `[0, length)` is what is proved. */
  readonly length: number;
  readonly crc32: number;
  readonly framing: Framing;
  readonly counts: RecordCounts;
  /** Bytes behind `length` that are the end of a document. */
  readonly trailerBytes: number;
  /** Shorter states of the same blob in the ledger, the shortest first. */
  readonly marks: readonly CutMark[];
  readonly isOpen: boolean;
  /** The store itself says that the blob went, or that its bytes did. */
  readonly isEnded: boolean;
  /**
   * `former`: the store knows a later blob of the same name. `backwards`: the later one can only be the same blob, and yet
   * the store says less of it.
   */
  readonly standing: "present" | "former" | "backwards";
}

/** What storage shows of the blob of that name now. */
export interface PresentBlob {
  readonly createdAtMs: number;
  readonly length: number;
  /** True for a block blob, which has a new creation time each time that it is written. */
  readonly isRewritable: boolean;
}

/** What reading the settled bytes again came to. */
export interface Recount extends PrefixMark {
  /** The claim's marks that were reached, as the bytes have them. */
  readonly marks: readonly PrefixMark[];
  /** Records that no program can deliver: they are no JSON objects, or too long. */
  readonly unreadable: number;
  /** From the first to the last of them. */
  readonly unreadableRange: ByteRange | undefined;
  /** Bytes behind the settled ones that are the end of a document and nothing to deliver. */
  readonly trailerBytes: number;
}

export type Reread =
  | { readonly kind: "read"; readonly present: PresentBlob; readonly recount: Recount }
  /** Another blob, a shorter one or a former one: there was nothing to read. */
  | { readonly kind: "not-read"; readonly present: PresentBlob }
  | { readonly kind: "gone" }
  /** Storage failed; the sentence says how. */
  | { readonly kind: "failed"; readonly message: string };

/** Dead letters that lie in the settled bytes of a blob, each position once. */
export interface LettersFound {
  /** Originals that a receiver took or rejected without naming them. */
  readonly uncertain: number;
  /** All others. */
  readonly deadLettered: number;
  /** Letters of any blob that were taken out on purpose. */
  readonly purgedInAll: number;
}

export function totalOf({ delivered, uncertain, deadLettered, filtered }: RecordCounts): number {
  return delivered + uncertain + deadLettered + filtered;
}
