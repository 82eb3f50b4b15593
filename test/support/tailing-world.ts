// SPDX-License-Identifier: Apache-2.0
/**
 * A whole lifecycle on fakes: container, store, receiver and dead letters in memory, time in the test's hands. Records
 * are lines like `{"n":1}`; what the receiver got is kept record by record, so a test can say where each came from.
 */
import type { CheckpointChange } from "../../src/checkpoint/checkpoint-store.ts";
import { hourBlobName, wholeHour } from "../../src/discover/blob-path.ts";
import { ConnectorError } from "../../src/errors.ts";
import { Lifecycle } from "../../src/lifecycle.ts";
import type { LifecycleParts, LifecycleSettings, RunEnd } from "../../src/lifecycle-parts.ts";
import type { ConnectorEvents } from "../../src/telemetry/events.ts";
import { FakeBlobContainer } from "./fake-blob-container.ts";
import { FakeCheckpointStore } from "./fake-checkpoint-store.ts";
import { ManualClock } from "./manual-clock.ts";
import { encodeSlowly, understand } from "./numbered-records.ts";
import { FakeDeadLetterSink, ScriptedReceiver } from "./scripted-receiver.ts";

export const HOUR_MS = 3_600_000;

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

  /** Lets time go on in seconds until the run has ended; says how, and after how many. */
  async untilEnded(
    running: RunningLifecycle,
    maxSeconds = 3_600,
  ): Promise<{ end: RunEnd; seconds: number }> {
    let seconds = 0;
    for (; !running.hasEnded() && seconds < maxSeconds; seconds++) await this.clock.advance(1_000);
    if (!running.hasEnded()) throw new Error(`still running after ${maxSeconds} s`);
    if (this.clock.pendingSleeps > 0) throw new Error("the run has ended and still waits");
    return { end: await running.ended, seconds };
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
      // As a window read into the same memory would: what still looks at it gets a wrong text.
      releaseWindow: (bytes) => bytes.fill("X"),
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
      exporter: receiver.connect(clock, recorderOf(this.events)),
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
