// SPDX-License-Identifier: Apache-2.0
/** Which records of the truth have their fate, as seen from outside: at the receiver, or in a dead letter. */
import type { Letters } from "./letters.ts";
import type { Receipts } from "./receipts.ts";
import type { Truth, TruthBlob, TruthRecord } from "./truth.ts";

interface Open {
  /** Records before this index were looked at. */
  next: number;
  records: TruthRecord[];
}

export class Settlement {
  readonly #truth: Truth;
  readonly #receipts: Receipts;
  readonly #letters: Letters;
  readonly #open = new Map<TruthBlob, Open>();

  constructor(truth: Truth, receipts: Receipts, letters: Letters) {
    this.#truth = truth;
    this.#receipts = receipts;
    this.#letters = letters;
  }

  /** Told by what was read of the dead letters last. */
  has(uid: string): boolean {
    return this.#receipts.kept.has(uid) || this.#letters.byUid.has(uid);
  }

  isSettled(blob: TruthBlob): boolean {
    return this.openOf(blob).length === 0;
  }

  /** Records without a fate. */
  openOf(blob: TruthBlob): readonly TruthRecord[] {
    const open = this.#open.get(blob) ?? { next: 0, records: [] };
    this.#open.set(blob, open);
    const news = blob.records.slice(open.next);
    open.next = blob.records.length;
    const isOpen = (record: TruthRecord): boolean =>
      !blob.uidsOf(record).some((uid) => this.has(uid));
    open.records = [...open.records, ...news].filter(isOpen);
    return open.records;
  }

  openCount(): number {
    return this.#truth.blobs.reduce((sum, blob) => sum + this.openOf(blob).length, 0);
  }
}
