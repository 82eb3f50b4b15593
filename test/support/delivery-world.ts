// SPDX-License-Identifier: Apache-2.0
/**
 * A whole connector in a test: real Azurite, a real HTTP receiver, a real store and dead-letter directory on disk; only
 * time is the test's. `settle` turns the hands while real I/O goes on, so nothing sleeps and nothing depends on the
 * machine's speed.
 */
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openConnector } from "../../src/connector.ts";
import type { Connector } from "../../src/connector.ts";
import { readConfig } from "../../src/config/read-config.ts";
import { hourBlobName, wholeHour } from "../../src/discover/blob-path.ts";
import type { RunEnd } from "../../src/lifecycle-parts.ts";
import { recordIdPrefix, recordUid } from "../../src/map/record-id.ts";
import type { ConnectorEvents } from "../../src/telemetry/events.ts";
import { createTotals, joinEvents } from "../../src/telemetry/totals.ts";
import type { Totals } from "../../src/telemetry/totals.ts";
import { createTestContainer, sharedAzurite } from "./azurite.ts";
import type { TestContainer } from "./azurite.ts";
import { startCountingProxy } from "./counting-proxy.ts";
import type { CountingProxy } from "./counting-proxy.ts";
import { startFakeReceiver } from "./fake-receiver.ts";
import type { FakeReceiver, FakeReceiverOptions } from "./fake-receiver.ts";
import { ManualClock } from "./manual-clock.ts";

/** Real time that one expectation may take. */
const GIVE_UP_AFTER_MS = 40_000;
export const HOUR_MS = 3_600_000;

export interface RunningConnector {
  readonly totals: Readonly<Totals>;
  readonly events: RecordedEvent[];
  /** First signal; resolves with the end of the run. */
  stop(): Promise<RunEnd>;
  /** Drops everything in flight, as a kill would, and releases the store. */
  kill(): Promise<void>;
  readonly ended: Promise<RunEnd>;
}

export interface RecordedEvent {
  readonly name: keyof ConnectorEvents;
  readonly event: unknown;
}

export class DeliveryWorld {
  readonly clock: ManualClock;
  readonly container: TestContainer;
  readonly receiver: FakeReceiver;
  readonly proxy: CountingProxy;
  readonly directory: string;
  readonly #account: string;
  readonly #env: Record<string, string>;
  readonly #running = new Set<RunningConnector>();

  private constructor(parts: {
    clock: ManualClock;
    container: TestContainer;
    receiver: FakeReceiver;
    proxy: CountingProxy;
    directory: string;
    account: string;
  }) {
    this.clock = parts.clock;
    this.container = parts.container;
    this.receiver = parts.receiver;
    this.proxy = parts.proxy;
    this.directory = parts.directory;
    this.#account = parts.account;
    this.#env = {
      AZURE_STORAGE_CONNECTION_STRING: parts.proxy.connectionString,
      HSM_AUDIT_OTEL_CONTAINER: parts.container.name,
      HSM_AUDIT_OTEL_CHECKPOINT_PATH: join(parts.directory, "checkpoint.sqlite"),
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: parts.receiver.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: "3000",
    };
  }

  /** `env` adds to or replaces the environment of every connector of this world. */
  static async create(
    options: { receiver?: FakeReceiverOptions; env?: Record<string, string> } = {},
  ): Promise<DeliveryWorld> {
    const azurite = await sharedAzurite();
    const world = new DeliveryWorld({
      clock: new ManualClock(Date.now()),
      container: await createTestContainer(azurite),
      receiver: await startFakeReceiver(options.receiver),
      proxy: await startCountingProxy(azurite),
      directory: await mkdtemp(join(tmpdir(), "delivery-")),
      account: azurite.accountName,
    });
    Object.assign(world.#env, options.env);
    return world;
  }

  /** Name of a resource's blob of the present hour, or of one `hoursAgo`. */
  blobName(resource = "HSM-ONE", hoursAgo = 0): string {
    const prefix =
      "resourceId=/SUBSCRIPTIONS/0000/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/" +
      `MANAGEDHSMS/${resource}/`;
    return hourBlobName(prefix, wholeHour(this.clock.now()) - hoursAgo * HOUR_MS);
  }

  /** Begins `run` with this world's store; `env` adds to the environment. */
  async run(env: Record<string, string> = {}): Promise<RunningConnector> {
    return await this.#begin(env, (connector, signals) => connector.run(signals));
  }

  /** Runs `once` to its end. */
  async once(env: Record<string, string> = {}): Promise<{ end: RunEnd; totals: Totals }> {
    const running = await this.#begin(env, (connector, signals) => connector.once(signals));
    let end: RunEnd | undefined;
    running.ended.then(
      (value) => (end = value),
      () => undefined,
    );
    await this.settle("once ends", () => end !== undefined, running);
    return { end: await running.ended, totals: running.totals };
  }

  async #begin(
    env: Record<string, string>,
    begin: (connector: Connector, signals: { stop: AbortSignal; abandon: AbortSignal }) => Promise<RunEnd>,
  ): Promise<RunningConnector> {
    const loaded = readConfig({ ...this.#env, ...env }, {}, { storage: true });
    if (loaded.kind !== "ok") throw new Error(JSON.stringify(loaded.problems));
    const { totals, events: counting } = createTotals();
    const events: RecordedEvent[] = [];
    const connector = await openConnector(loaded.config, {
      clock: this.clock,
      events: joinEvents(counting, recorder(events)),
    });
    const stop = new AbortController();
    const abandon = new AbortController();
    const ended = begin(connector, { stop: stop.signal, abandon: abandon.signal }).finally(
      async () => {
        await connector.close();
        this.#running.delete(running);
      },
    );
    ended.catch(() => undefined);
    const running: RunningConnector = {
      totals,
      events,
      ended,
      stop: async () => {
        stop.abort();
        let isOver = false;
        ended.finally(() => (isOver = true)).catch(() => undefined);
        await this.settle("the connector stops", () => isOver);
        return await ended;
      },
      kill: async () => {
        abandon.abort();
        await ended.catch(() => undefined);
      },
    };
    this.#running.add(running);
    return running;
  }

  /** Lets time and I/O go on until the condition holds. */
  async settle(
    what: string,
    condition: () => boolean,
    running?: RunningConnector,
  ): Promise<void> {
    const deadline = performance.now() + GIVE_UP_AFTER_MS;
    for (let turn = 1; !condition(); turn++) {
      if (performance.now() > deadline) {
        const seen = running?.events.map(({ name }) => name).join(" ") ?? "";
        throw new Error(`never happened: ${what} ${seen}`);
      }
      await new Promise((resolve) => setImmediate(resolve));
      // Time passes slower than I/O: a second of it a hundred turns of the event loop.
      if (turn % 10 === 0) await this.clock.advance(100);
    }
  }

  /** Lines for a blob, and how many bytes. */
  uidOf(blobName: string, createdAtMs: number, offset: number): string {
    const blob = {
      account: this.#account,
      container: this.container.name,
      name: blobName,
      createdAtMs,
    };
    return recordUid(recordIdPrefix(blob), offset);
  }

  /** uids of all complete lines that stand in a blob now. */
  async expectedUids(blobName: string): Promise<string[]> {
    const bytes = await this.container.read(blobName);
    const { createdAtMs } = await this.container.properties(blobName);
    const uids: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      if (end > start) uids.push(this.uidOf(blobName, createdAtMs ?? 0, start));
      start = end + 1;
    }
    return uids;
  }

  /** All dead letters on disk. */
  async deadLetters(): Promise<Record<string, unknown>[]> {
    const directory = join(this.directory, "dead-letters");
    const files = await readdir(directory).catch(() => []);
    const texts = await Promise.all(files.sort().map((f) => readFile(join(directory, f), "utf8")));
    return texts
      .flatMap((text) => text.split("\n"))
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async close(): Promise<void> {
    for (const running of this.#running) await running.kill();
    await this.proxy.close();
    await this.receiver.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Keeps every event, in order. */
function recorder(events: RecordedEvent[]): ConnectorEvents {
  return new Proxy({} as ConnectorEvents, {
    get:
      (_target, name) =>
      (event: unknown): void => {
        events.push({ name: name as keyof ConnectorEvents, event });
      },
  });
}

/** A record of the size and shape of a Managed HSM's, told apart by its number. */
export function auditLine(number: number, extra: Record<string, unknown> = {}): string {
  return `${JSON.stringify({
    time: new Date(Date.UTC(2026, 0, 15, 10, 0, 0) + number).toISOString(),
    operationName: "KeySign",
    category: "AuditEvent",
    resultType: "Success",
    httpStatusCode: 200,
    durationMs: number % 500,
    callerIpAddress: "203.0.113.7",
    requestUri: `https://hsm-one.managedhsm.azure.net/keys/key-${number}/sign`,
    ...extra,
  })}\n`;
}

/** Lines `from` to `to - 1`. */
export function auditLines(from: number, to: number): string {
  let text = "";
  for (let number = from; number < to; number++) text += auditLine(number);
  return text;
}
