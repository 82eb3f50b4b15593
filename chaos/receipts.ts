// SPDX-License-Identifier: Apache-2.0
/**
 * What the receiver has, and what it did with requests that held one record: by it, every dead letter that says `refused`
 * can be judged. Records are kept as hashes.
 */
import type { ReceivedRecord } from "../test/support/received-records.ts";
import { hashOf } from "./truth.ts";

export interface Receipt {
  readonly recordHash: string;
  readonly bodyHash: string;
  times: number;
}

/** What the receiver did with a request. Only an acknowledged one can be evidence that it takes records. */
export type Answered = "acknowledged" | "kept-unsaid" | "refused" | "none";

interface Told {
  readonly request: number;
  readonly atMs: number;
  /** Number of the process that sent it. */
  readonly process: number;
}

export class Receipts {
  readonly kept = new Map<string, Receipt>();
  /** Records in requests of which the receiver said that it rejected some. */
  readonly uncertain = new Set<string>();
  /** Repeats whose bytes were not those of the first time. */
  readonly changed: string[] = [];
  /** Number of the process that runs now; told by whoever starts it. */
  process = 0;
  repeats = 0;
  requests = 0;
  readonly #refusedAlone = new Map<string, Told[]>();
  /** Numbers of the requests that were acknowledged, ascending, and their times. */
  readonly #acknowledged: Told[] = [];

  /** Notes a request; the records are those that are kept of it. */
  note(
    answered: Answered,
    uids: readonly string[],
    records: readonly ReceivedRecord[],
    nowMs: number,
  ): void {
    const told = { request: this.requests++, atMs: nowMs, process: this.process };
    if (answered === "acknowledged") this.#acknowledged.push(told);
    const [uid] = uids;
    if (answered === "refused" && uids.length === 1 && uid !== undefined) {
      const refusals = this.#refusedAlone.get(uid) ?? [];
      this.#refusedAlone.set(uid, [...refusals, told]);
    }
    for (const record of records) this.#keep(record);
  }

  /**
   * Whether the record was condemned on evidence before that time: refused alone, another request acknowledged after
   * that, and refused alone again; all by one process, since the next one knows nothing of it.
   */
  hasEvidence(uid: string, beforeMs: number): boolean {
    const refusals = (this.#refusedAlone.get(uid) ?? []).filter(({ atMs }) => atMs <= beforeMs);
    return refusals.some((refusal, index) => {
      const isOfProcess = ({ process }: Told): boolean => process === refusal.process;
      if (!refusals.slice(index + 1).some(isOfProcess)) return false;
      const taken = this.#acknowledged.find(
        (told) => told.request > refusal.request && isOfProcess(told),
      );
      return taken !== undefined && taken.atMs <= beforeMs;
    });
  }

  #keep(record: ReceivedRecord): void {
    const recordHash = hashOf(textOf(record));
    const before = this.kept.get(record.uid);
    if (before === undefined) {
      const bodyHash = hashOf(typeof record.body === "string" ? record.body : textOf(record.body));
      this.kept.set(record.uid, { recordHash, bodyHash, times: 1 });
      return;
    }
    before.times++;
    this.repeats++;
    if (before.recordHash !== recordHash) this.changed.push(record.uid);
  }
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "bigint" ? `${part}n` : part,
  );
}
