// SPDX-License-Identifier: Apache-2.0
/**
 * A whole connector in a test: real Azurite, a real HTTP receiver, a real store and dead-letter directory on disk; only
 * time is the test's. `settle` turns the hands while real I/O goes on, so nothing sleeps and nothing depends on the
 * machine's speed. Every log line is kept, and `close` fails on event content or the account key in one (D10).
 */
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openConnector } from "../../src/connector.ts";
import type { Connector, ConnectorSurroundings } from "../../src/connector.ts";
import { readConfig } from "../../src/config/read-config.ts";
import { hourBlobName, wholeHour } from "../../src/discover/blob-path.ts";
import type { RunEnd, StopSignals } from "../../src/lifecycle-parts.ts";
import { recordIdPrefix, recordUid } from "../../src/map/record-id.ts";
import type { ConnectorEvents } from "../../src/telemetry/events.ts";
import { createLogEvents } from "../../src/telemetry/log-events.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { createTotals, joinEvents } from "../../src/telemetry/totals.ts";
import type { Totals } from "../../src/telemetry/totals.ts";
import { EVENT_MARKER, lineRanges } from "./audit-lines.ts";
import { createTestContainer, sharedAzurite } from "./azurite.ts";
import type { AzuriteAddress, TestContainer } from "./azurite.ts";
import { startCountingProxy } from "./counting-proxy.ts";
import type { CountingProxy } from "./counting-proxy.ts";
import { startFakeReceiver } from "./fake-receiver.ts";
import type { FakeReceiver, FakeReceiverOptions } from "./fake-receiver.ts";
import { ManualClock } from "./manual-clock.ts";
import type { ReceivedRecord } from "./received-records.ts";
import { RunningConnector } from "./running-connector.ts";
/** Real time that one expectation may take. */
const GIVE_UP_AFTER_MS = 40_000;
export const HOUR_MS = 3_600_000;

interface WorldParts {
  readonly clock: ManualClock;
  readonly azurite: AzuriteAddress;
  readonly container: TestContainer;
  readonly receiver: FakeReceiver;
  readonly proxy: CountingProxy;
  readonly directory: string;
}

type Env = Readonly<Record<string, string>>;

export interface WorldOptions extends Pick<ConnectorSurroundings, "openStorage"> {
  readonly receiver?: FakeReceiverOptions;
  readonly env?: Env;
  readonly nowMs?: number;
  /** Outside of a test run there is none to share. */
  readonly azurite?: AzuriteAddress;
}

export class DeliveryWorld {
  readonly clock: ManualClock;
  readonly container: TestContainer;
  readonly proxy: CountingProxy;
  /** Holds the checkpoint store and the dead letters. */
  readonly directory: string;
  readonly accountName: string;
  readonly accountKey: string;
  /** What the connectors wrote to their log, down to debug. */
  readonly logLines: string[] = [];
  readonly #env: Record<string, string>;
  /** All that there have been, the present one last. */
  readonly #receivers: FakeReceiver[];
  readonly #running = new Set<RunningConnector>();
  #openStorage: ConnectorSurroundings["openStorage"];
  #failure: unknown;

  private constructor(parts: WorldParts) {
    this.clock = parts.clock;
    this.container = parts.container;
    this.proxy = parts.proxy;
    this.directory = parts.directory;
    this.accountName = parts.azurite.accountName;
    this.accountKey = parts.azurite.accountKey;
    this.#receivers = [parts.receiver];
    this.#env = {
      AZURE_STORAGE_CONNECTION_STRING: parts.proxy.connectionString,
      HSM_AUDIT_OTEL_CONTAINER: parts.container.name,
      HSM_AUDIT_OTEL_CHECKPOINT_PATH: this.checkpointPath,
      // Time goes fast here: on a slow machine the defaults would be over before an answer.
      HSM_AUDIT_OTEL_GIVE_UP_AFTER: "7d",
      HSM_AUDIT_OTEL_SHUTDOWN_GRACE: "1h",
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: parts.receiver.url,
    };
  }

  /** `env` adds to or replaces the environment of every connector of this world. */
  static async create(options: WorldOptions = {}): Promise<DeliveryWorld> {
    const azurite = options.azurite ?? (await sharedAzurite());
    const world = new DeliveryWorld({
      clock: new ManualClock(options.nowMs ?? Date.now()),
      azurite,
      container: await createTestContainer(azurite),
      receiver: await startFakeReceiver(options.receiver),
      proxy: await startCountingProxy(azurite),
      directory: await mkdtemp(join(tmpdir(), "delivery-")),
    });
    Object.assign(world.#env, options.env);
    world.#openStorage = options.openStorage;
    return world;
  }

  /** What a process of its own needs to know of this world. */
  get environment(): Env {
    return { ...this.#env };
  }

  get checkpointPath(): string {
    return join(this.directory, "checkpoint.sqlite");
  }

  get deadLetterPath(): string {
    return join(this.directory, "dead-letters");
  }

  get receiver(): FakeReceiver {
    const present = this.#receivers.at(-1);
    if (present === undefined) throw new Error("no receiver");
    return present;
  }

  /** uids that any receiver of this world accepted, with repeats. */
  get receivedUids(): string[] {
    return this.#receivers.flatMap(({ uids }) => uids);
  }

  get receivedRecords(): ReceivedRecord[] {
    return this.#receivers.flatMap(({ records }) => records);
  }

  /** A receiver at the address of the one that was closed. */
  async replaceReceiver(options: FakeReceiverOptions = {}): Promise<void> {
    this.#receivers.push(await startFakeReceiver({ ...options, port: this.receiver.port }));
  }

  /** Name of a resource's blob of the present hour, or of one `hoursAgo`. */
  blobName(resource = "HSM-ONE", hoursAgo = 0): string {
    const prefix =
      "resourceId=/SUBSCRIPTIONS/0000/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/" +
      `MANAGEDHSMS/${resource}/`;
    return hourBlobName(prefix, wholeHour(this.clock.now()) - hoursAgo * HOUR_MS);
  }

  /** Begins `run` with this world's store; `env` adds to the environment. */
  async run(env: Env = {}): Promise<RunningConnector> {
    return await this.#begin(env, (connector, signals) => connector.run(signals));
  }

  /** Runs `once` to its end. */
  async once(env: Env = {}): Promise<{ end: RunEnd; totals: Readonly<Totals> }> {
    const running = await this.#begin(env, (connector, signals) => connector.once(signals));
    await this.settle("once ends", () => running.hasEnded);
    return { end: await running.ended, totals: running.totals };
  }

  /** Opens a connector and runs nothing: the caller closes it. */
  async open(env: Env, events: ConnectorEvents): Promise<Connector> {
    const loaded = readConfig({ ...this.#env, ...env }, {}, { storage: true });
    if (loaded.kind !== "ok") throw new Error(JSON.stringify(loaded.problems));
    const openStorage = this.#openStorage;
    const surroundings = { clock: this.clock, events, ...(openStorage && { openStorage }) };
    return await openConnector(loaded.config, surroundings);
  }

  async #begin(
    env: Env,
    begin: (connector: Connector, signals: StopSignals) => Promise<RunEnd>,
  ): Promise<RunningConnector> {
    const { totals, events: counting } = createTotals();
    const logger = createLogger({
      level: "debug",
      format: "json",
      clock: this.clock,
      write: (line) => this.logLines.push(line),
    });
    const running = new RunningConnector(this, totals);
    const logging = createLogEvents(logger, this.clock);
    const connector = await this.open(env, joinEvents(counting, logging, running.recorder));
    this.#running.add(running);
    running.follow(
      begin(connector, running.signals).finally(async () => {
        await connector.close();
        this.#running.delete(running);
      }),
    );
    running.ended.catch((reason: unknown) => (this.#failure ??= reason));
    return running;
  }

  /** Lets time and I/O go on until the condition holds; time goes on by `stepMs` now and then. */
  async settle(what: string, condition: () => boolean, stepMs = 100): Promise<void> {
    const deadline = performance.now() + GIVE_UP_AFTER_MS;
    for (let turn = 1; !condition(); turn++) {
      if (this.#failure !== undefined) throw this.#failure as Error;
      if (performance.now() > deadline) {
        throw new Error(`never happened: ${what}\n${this.logLines.slice(-12).join("")}`);
      }
      await new Promise((resolve) => setImmediate(resolve));
      // Time passes slower than I/O: a second of it a hundred turns of the event loop.
      if (turn % 10 === 0) await this.clock.advance(stepMs);
    }
  }

  /** Lets that much time go by; with larger steps, less I/O gets done meanwhile. */
  async pass(ms: number, stepMs = 100): Promise<void> {
    const untilMs = this.clock.now() + ms;
    await this.settle(`${ms} ms go by`, () => this.clock.now() >= untilMs, stepMs);
  }

  uidOf(blobName: string, createdAtMs: number, offset: number): string {
    const { accountName: account, container } = this;
    const blob = { account, container: container.name, name: blobName, createdAtMs };
    return recordUid(recordIdPrefix(blob), offset);
  }

  /** uids of all complete lines that stand in these blobs now, in their order. */
  async expectedUids(...blobNames: readonly string[]): Promise<string[]> {
    const uids: string[] = [];
    for (const name of blobNames) {
      const bytes = await this.container.read(name);
      const { createdAtMs } = await this.container.properties(name);
      uids.push(...lineRanges(bytes).map(({ start }) => this.uidOf(name, createdAtMs ?? 0, start)));
    }
    return uids;
  }

  /** All dead letters on disk. */
  async deadLetters(): Promise<Record<string, unknown>[]> {
    const names = await readdir(this.deadLetterPath).catch(() => []);
    const paths = names.sort().map((name) => join(this.deadLetterPath, name));
    const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
    // What a kill tore off has no newline, and counts for nothing.
    return texts
      .flatMap((text) => text.split("\n").slice(0, -1))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async close(): Promise<void> {
    for (const running of this.#running) await running.kill();
    await this.proxy.close();
    for (const receiver of this.#receivers) await receiver.close();
    await rm(this.directory, { recursive: true, force: true });
    const secrets = [EVENT_MARKER, this.accountKey];
    const leak = this.logLines.find((line) => secrets.some((secret) => line.includes(secret)));
    if (leak !== undefined) throw new Error(`the log says too much: ${leak}`);
  }
}
