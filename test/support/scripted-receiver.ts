// SPDX-License-Identifier: Apache-2.0
/** A receiver and a dead-letter store in memory: they take what comes, or hold it, as the test says. */
import type { DeadLetterSink } from "../../src/dead-letter/dead-letter-sink.ts";
import { cancelled, ConnectorError } from "../../src/errors.ts";
import type { AttemptOutcome, EncodedRequest, ExportTransport } from "../../src/export/exporter.ts";
import { createRetryingExporter } from "../../src/export/retrying-exporter.ts";
import type { LifecycleParts } from "../../src/lifecycle-parts.ts";
import type { BlobIdentity, DeadLetter } from "../../src/model.ts";
import type { Clock } from "../../src/runtime/clock.ts";
import type { ConnectorEvents } from "../../src/telemetry/events.ts";

/** One record as the receiver saw it. */
export interface ReceivedRecord {
  readonly uid: string;
  readonly blob: BlobIdentity;
  readonly offset: number;
  readonly text: string;
}

/** What the receiver does with a request: see `answer`. */
export type ReceiverMode = "up" | "down" | "mute" | "partial" | "refusing";

/** Texts of records that the receiver refuses, whatever its mode. */
const UNWANTED = /^\{"unwanted"/;

/** A receiver in memory: takes what comes, or holds it, or refuses it, or says that it rejected some. */
export class ScriptedReceiver implements ExportTransport {
  readonly received: ReceivedRecord[] = [];
  /** Records of requests that were answered as partly rejected. */
  readonly uncertain: ReceivedRecord[] = [];
  /** `mute` takes the records and does not answer, as when the answer is lost. */
  mode: ReceiverMode = "up";
  isFaulty = false;
  onReceived: (record: ReceivedRecord) => void = () => undefined;
  /** Called when the sender has been told. */
  onAcked: (record: ReceivedRecord) => void = () => undefined;
  /** Called with what a refused request held. */
  onRefused: (record: ReceivedRecord) => void = () => undefined;
  readonly #waiting = new Set<() => void>();

  /** The exporter of a process that sends to this receiver: the real one, on the clock of the test. */
  connect(clock: Clock, events: ConnectorEvents): LifecycleParts["exporter"] {
    const exporter = createRetryingExporter({ transport: this, clock, events, random: () => 0.5 });
    const state = exporter.state.bind(exporter);
    return Object.assign(exporter, { state: () => (this.isFaulty ? "fault" : state()) });
  }

  become(mode: ReceiverMode): void {
    this.mode = mode;
    for (const look of this.#waiting) look();
  }

  async send(request: EncodedRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    if (signal.aborted) throw cancelled(signal);
    const records = JSON.parse(Buffer.from(request.body).toString()) as ReceivedRecord[];
    const isTaken = this.mode === "mute";
    if (isTaken) this.#take(records);
    await this.#until(() => this.mode !== "down" && this.mode !== "mute", signal);
    const isRefused = this.mode === "refusing" || records.some(({ text }) => UNWANTED.test(text));
    if (isRefused && !isTaken) return this.#refuse(records);
    if (!isTaken) this.#take(records);
    for (const record of records) this.onAcked(record);
    if (this.mode !== "partial") return { kind: "delivered", warning: undefined };
    this.uncertain.push(...records);
    return { kind: "partial", status: 200, rejectedCount: 1, message: "some were rejected" };
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  #refuse(records: readonly ReceivedRecord[]): AttemptOutcome {
    for (const record of records) this.onRefused(record);
    const why = { status: 400, isTooLarge: false, reason: "HTTP 400", message: "unwanted" };
    return { kind: "refused", ...why };
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
