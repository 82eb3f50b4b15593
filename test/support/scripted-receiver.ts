// SPDX-License-Identifier: Apache-2.0
/** A receiver and a dead-letter store in memory: they take what comes, or hold it, as the test says. */
import type { DeadLetterSink } from "../../src/dead-letter/dead-letter-sink.ts";
import { cancelled, ConnectorError } from "../../src/errors.ts";
import type { EncodedRequest, Exporter, ExportOutcome } from "../../src/export/exporter.ts";
import type { BlobIdentity, DeadLetter } from "../../src/model.ts";

/** One record as the receiver saw it. */
export interface ReceivedRecord {
  readonly uid: string;
  readonly blob: BlobIdentity;
  readonly offset: number;
  readonly text: string;
}

/** A receiver in memory: takes what comes, or holds it, or says that it rejected some. */
export class ScriptedReceiver implements Exporter {
  readonly received: ReceivedRecord[] = [];
  /** Records of requests that were answered as partly rejected. */
  readonly uncertain: ReceivedRecord[] = [];
  /** `mute` takes the records and does not answer, as when the answer is lost. */
  mode: "up" | "down" | "mute" | "partial" = "up";
  isFaulty = false;
  onReceived: (record: ReceivedRecord) => void = () => undefined;
  /** Called when the sender has been told. */
  onAcked: (record: ReceivedRecord) => void = () => undefined;
  readonly #waiting = new Set<() => void>();
  /** Requests so far, and the newest one that was taken. */
  #now = 0;
  #lastAccepted = 0;

  acceptedSince(moment: number): boolean {
    return this.#lastAccepted > moment;
  }

  hold(): void {
    this.isFaulty = true;
  }

  state(): "open" | "backing-off" | "fault" {
    return this.isFaulty ? "fault" : "open";
  }

  become(mode: ScriptedReceiver["mode"]): void {
    this.mode = mode;
    for (const look of this.#waiting) look();
  }

  async export(request: EncodedRequest, signal: AbortSignal): Promise<ExportOutcome> {
    if (signal.aborted) throw cancelled(signal);
    const beganAt = ++this.#now;
    const records = JSON.parse(Buffer.from(request.body).toString()) as ReceivedRecord[];
    if (this.mode === "mute") this.#take(records);
    const isTaken = this.mode === "mute";
    await this.#until(() => this.mode === "up" || this.mode === "partial", signal);
    if (!isTaken) this.#take(records);
    for (const record of records) this.onAcked(record);
    this.#lastAccepted = Math.max(this.#lastAccepted, beganAt);
    if (this.mode !== "partial") return { kind: "delivered", warning: undefined, attempts: 1 };
    this.uncertain.push(...records);
    const message = "some were rejected";
    return { kind: "partial", status: 200, rejectedCount: 1, message, attempts: 1 };
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  #take(records: readonly ReceivedRecord[]): void {
    for (const record of records) {
      this.received.push(record);
      this.onReceived(record);
    }
  }

  async #until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => {
          this.#waiting.delete(look);
          reject(cancelled(signal));
        };
        const look = (): void => {
          this.#waiting.delete(look);
          signal.removeEventListener("abort", onAbort);
          resolve();
        };
        this.#waiting.add(look);
        signal.addEventListener("abort", onAbort, { once: true });
      });
    }
  }
}

/** Dead letters in memory. */
export class FakeDeadLetterSink implements DeadLetterSink {
  readonly kept: DeadLetter[] = [];
  isBroken = false;
  onKept: (entry: DeadLetter) => void = () => undefined;

  async write(entries: readonly DeadLetter[]): Promise<void> {
    // As a disk does, it takes longer than the receiver's first byte.
    for (let turn = 0; turn < 3; turn++) await Promise.resolve();
    if (this.isBroken) throw new ConnectorError("DEAD_LETTER_UNAVAILABLE", "the disk is full");
    this.kept.push(...entries);
    for (const entry of entries) this.onKept(entry);
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}
