// SPDX-License-Identifier: Apache-2.0
/**
 * A whole lifecycle on fakes: container, store, receiver and dead letters in memory, time in the test's hands. Records
 * are lines like `{"n":1}`; what the receiver got is kept record by record, so a test can say where each came from.
 */
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { CheckpointChange } from "../../src/checkpoint/checkpoint-store.ts";
import type { DeadLetterSink } from "../../src/dead-letter/dead-letter-sink.ts";
import { hourBlobName, wholeHour } from "../../src/discover/blob-path.ts";
import { cancelled, ConnectorError } from "../../src/errors.ts";
import type { EncodedRequest, Exporter, ExportOutcome } from "../../src/export/exporter.ts";
import { Lifecycle } from "../../src/lifecycle.ts";
import type { LifecycleParts, LifecycleSettings, RunEnd } from "../../src/lifecycle-parts.ts";
import type { BlobIdentity, DeadLetter } from "../../src/model.ts";
import type { ConnectorEvents } from "../../src/telemetry/events.ts";
import { createUnderstand } from "../../src/understanding.ts";
import { FakeBlobContainer } from "./fake-blob-container.ts";
import { FakeCheckpointStore } from "./fake-checkpoint-store.ts";
import { ManualClock } from "./manual-clock.ts";

export const HOUR_MS = 3_600_000;

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

  state(): "open" | "backing-off" | "fault" {
    return this.isFaulty ? "fault" : "open";
  }

  become(mode: ScriptedReceiver["mode"]): void {
    this.mode = mode;
    for (const look of this.#waiting) look();
  }

  async export(request: EncodedRequest, signal: AbortSignal): Promise<ExportOutcome> {
    if (signal.aborted) throw cancelled(signal);
    const records = JSON.parse(Buffer.from(request.body).toString()) as ReceivedRecord[];
    if (this.mode === "mute") this.#take(records);
    const isTaken = this.mode === "mute";
    await this.#until(() => this.mode === "up" || this.mode === "partial", signal);
    if (!isTaken) this.#take(records);
    for (const record of records) this.onAcked(record);
    if (this.mode !== "partial") return { kind: "delivered", warning: undefined };
    this.uncertain.push(...records);
    return { kind: "partial", rejectedCount: 1, message: "some were rejected" };
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

/** A lifecycle under way. */
export interface RunningLifecycle {
  readonly ended: Promise<RunEnd>;
  /** True once it has ended, one way or another. */
  hasEnded(): boolean;
  readonly stop: AbortController;
  readonly abandon: AbortController;
  /** From now on nothing is saved, as after a kill. */
  cutOff(): void;
}

export interface WorldOptions {
  readonly settings?: Partial<LifecycleSettings>;
  readonly nowMs?: number;
  readonly encode?: LifecycleParts["encode"];
}

const RESOURCE_ROOT =
  "resourceId=/SUBSCRIPTIONS/0000/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/";

export function prefixOf(resource: string): string {
  return `${RESOURCE_ROOT}${resource}/`;
}

export class TailingWorld {
  readonly clock: ManualClock;
  readonly container: FakeBlobContainer;
  readonly receiver = new ScriptedReceiver();
  readonly sink = new FakeDeadLetterSink();
  /** Names of the events, in order, and what they said. */
  readonly events: { readonly name: keyof ConnectorEvents; readonly event: unknown }[] = [];
  store = new FakeCheckpointStore();
  /** Called with every change that was saved. */
  onSaved: (change: CheckpointChange) => void = () => undefined;
  readonly #settings: LifecycleSettings;
  readonly #encode: LifecycleParts["encode"];

  constructor({ settings, nowMs, encode }: WorldOptions = {}) {
    this.#encode = encode ?? encodeSlowly;
    this.clock = new ManualClock(nowMs);
    this.container = new FakeBlobContainer(this.clock);
    this.#settings = { ...defaultSettings(this.clock.now()), ...settings };
  }

  /** Name of a resource's blob of the present hour, or of one that many hours ago. */
  blobName(resource = "HSM", hoursAgo = 0): string {
    const hourMs = wholeHour(this.clock.now()) - hoursAgo * HOUR_MS;
    return hourBlobName(prefixOf(resource), hourMs);
  }

  start(kind: "run" | "once" = "run"): RunningLifecycle {
    this.store = this.store.reopen();
    const parts = this.#parts();
    const stop = new AbortController();
    const abandon = new AbortController();
    const lifecycle = new Lifecycle(parts.parts, { stop: stop.signal, abandon: abandon.signal });
    let hasEnded = false;
    const ended = lifecycle[kind]().finally(() => {
      hasEnded = true;
    });
    ended.catch(() => undefined);
    return { ended, stop, abandon, cutOff: parts.cutOff, hasEnded: () => hasEnded };
  }

  /** First signal; time goes on until the run has ended. */
  async stop(running: RunningLifecycle): Promise<RunEnd> {
    running.stop.abort();
    for (let turn = 0; turn < 60 && !running.hasEnded(); turn++) await this.clock.advance(1_000);
    if (!running.hasEnded()) throw new Error("the run does not stop");
    return await running.ended;
  }

  /** As kill -9 would: nothing is saved or sent any more. */
  async kill(running: RunningLifecycle): Promise<void> {
    running.cutOff();
    running.abandon.abort();
    for (let turn = 0; turn < 60 && !running.hasEnded(); turn++) await this.clock.advance(200);
    if (!running.hasEnded()) throw new Error("the run cannot be killed");
  }

  said(name: keyof ConnectorEvents): unknown[] {
    return this.events.filter((event) => event.name === name).map(({ event }) => event);
  }

  /** Texts that the receiver got, in order. */
  texts(): string[] {
    return this.receiver.received.map(({ text }) => text);
  }

  #parts(): { parts: LifecycleParts; cutOff: () => void } {
    const { clock, container, receiver, store, sink } = this;
    let isCutOff = false;
    const parts: LifecycleParts = {
      storage: container,
      store: {
        resolveStart: (hourMs) => store.resolveStart(hourMs),
        load: (key) => store.load(key),
        findClosed: (key, names) => store.findClosed(key, names),
        close: () => store.close(),
        save: async (changes) => {
          if (isCutOff) throw new ConnectorError("CHECKPOINT_UNAVAILABLE", "killed");
          const outcomes = await store.save(changes);
          changes.forEach((change, index) => {
            if (outcomes[index]?.kind === "saved") this.onSaved(change);
          });
          return outcomes;
        },
      },
      deadLetters: sink,
      exporter: receiver,
      encode: this.#encode,
      understand,
      clock,
      random: () => 0.5,
      events: recorderOf(this.events),
      settings: this.#settings,
    };
    return { parts, cutOff: () => (isCutOff = true) };
  }
}

/** One line of a record. */
export function line(number: number): string {
  return `{"n":${number}}\n`;
}

/** Lines `from` to `to`, both included. */
export function lines(from: number, to: number): string {
  let text = "";
  for (let number = from; number <= to; number++) text += line(number);
  return text;
}

/** The texts of those lines as the receiver gets them. */
export function textsOf(from: number, to: number): string[] {
  return lines(from, to).trimEnd().split("\n");
}

/** A larger request takes longer, as with gzip in the thread pool: nothing may rely on the order of ends. */
async function encodeSlowly(records: readonly ReadableLogRecord[]): Promise<EncodedRequest> {
  const body = Buffer.from(JSON.stringify(records.map((record) => record.body)));
  for (let turn = 0; turn < records.length; turn++) await Promise.resolve();
  return { body, contentEncoding: undefined, recordCount: records.length };
}

export function uidOf({ name, createdAtMs }: BlobIdentity, offset: number): string {
  return `${name}@${createdAtMs / 1000}:${offset}`;
}

export const understand = createUnderstand({
  parse: (bytes) => {
    const text = bytes.toString("utf8");
    try {
      return { kind: "ok", event: JSON.parse(text) as unknown, text };
    } catch {
      return { kind: "malformed", reason: "not-json", detail: "not JSON" };
    }
  },
  map: (_event, text, offset, { blob }) => {
    const uid = uidOf(blob, offset);
    const body = { uid, blob, offset, text };
    const logRecord = { body, hrTime: [1, 0] } as unknown as ReadableLogRecord;
    return { logRecord, uid, approxBytes: text.length };
  },
  recordUid: ({ blob }, offset) => uidOf(blob, offset),
});

export function recorderOf(into: TailingWorld["events"]): ConnectorEvents {
  return new Proxy({} as ConnectorEvents, {
    get: (_target, name) => (event: unknown) => {
      into.push({ name: name as keyof ConnectorEvents, event });
    },
  });
}

/** Small sizes, so that a handful of records crosses every edge; times as in production but for the idle poll. */
function defaultSettings(nowMs: number): LifecycleSettings {
  return {
    account: "acct",
    container: "insights-logs-auditevent",
    proposedStartHourMs: wholeHour(nowMs) - 2 * HOUR_MS,
    destination: "memory",
    pollIntervalMs: 15_000,
    maxIdlePollIntervalMs: 60_000,
    listIntervalMs: 300_000,
    resourceIntervalMs: 600_000,
    closeAfterMs: 6 * HOUR_MS,
    reopenWindowMs: 7 * 24 * HOUR_MS,
    tailGraceMs: 300_000,
    windowBytes: 40,
    budgetBytes: 80,
    maxRecordBytes: 200,
    maxConcurrentResources: 8,
    batchMaxBytes: 60,
    batchMaxRecords: 4,
    batchFlushMs: 1_000,
    maxInFlight: 4,
    maxInFlightPerResource: 4,
    observedTimestamp: "omit",
    checkpointIntervalMs: 200,
    shutdownGraceMs: 20_000,
    giveUpAfterMs: 300_000,
  };
}
