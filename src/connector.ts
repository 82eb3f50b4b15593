// SPDX-License-Identifier: Apache-2.0
/**
 * The composition root: Config → adapters → a connector that runs. The only file that names the adapters. What it opens
 * it closes in reverse order, whether the run ended well or not.
 */
import { openStorageReader } from "./azure/container-client.ts";
import type { StorageReader } from "./azure/container-client.ts";
import type { CheckpointStore } from "./checkpoint/checkpoint-store.ts";
import { openSqliteCheckpointStore } from "./checkpoint/sqlite-checkpoint-store.ts";
import type { Config, StorageConfig } from "./config/config.ts";
import { resolveStartHour } from "./config/start.ts";
import { openDeadLetters } from "./dead-letter-store.ts";
import { ConnectorError } from "./errors.ts";
import type { EncodedRequest, ExportTransport } from "./export/exporter.ts";
import { createOtlpEncoder } from "./export/otlp-encoder.ts";
import type { OtlpEncoder } from "./export/otlp-encoder.ts";
import { createOtlpHttpTransport } from "./export/otlp-http-transport.ts";
import { createRequestEncoder } from "./export/request-encoder.ts";
import { createRetryingExporter } from "./export/retrying-exporter.ts";
import type { RetryingExporter } from "./export/retrying-exporter.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { LifecycleParts, LifecycleSettings, RunEnd, StopSignals } from "./lifecycle-parts.ts";
import { createLogRecordMapper } from "./map/log-record.ts";
import type { EncodedRecord } from "./model.ts";
import { recordIdPrefix, recordUid } from "./map/record-id.ts";
import { parseAuditEvent } from "./parse/audit-event.ts";
import { createWindowMemory } from "./read/window-memory.ts";
import type { Clock } from "./runtime/clock.ts";
import { systemRandom } from "./runtime/random.ts";
import type { ConnectorEvents } from "./telemetry/events.ts";
import { createUnderstand } from "./understanding.ts";
import type { Understand } from "./understanding.ts";
import { VERSION } from "./version.ts";

/** Fast, and within a few percent of the slower levels on JSON. */
const GZIP_LEVEL = 1;

export interface ConnectorSurroundings {
  readonly clock: Clock;
  readonly events: ConnectorEvents;
  /** Id of this process, for the message to another one that finds the checkpoint store locked. */
  readonly processId?: number | undefined;
  /** Told of each storage call, by kind. */
  readonly onStorageCall?: (kind: "list" | "read" | "other") => void;
  /** Opens the container. Default: with the configured way of access. */
  readonly openStorage?: typeof openStorageReader;
}

/** The parts of a run that hold no state and take no lock. */
export interface ConnectorAccess {
  readonly config: Config;
  readonly storage: StorageReader;
  readonly understand: Understand;
  readonly encoder: OtlpEncoder;
  readonly transport: ExportTransport;
  /** A request without records: it asks the receiver without inventing a record for it. */
  readonly emptyRequest: EncodedRequest;
}

/** What sends records outside of a run. */
export interface Sender {
  readonly understand: Understand;
  readonly encode: (records: readonly EncodedRecord[]) => Promise<EncodedRequest>;
  /** An exporter that remembers nothing of how the receiver was; all share the transport. */
  readonly newExporter: () => RetryingExporter;
  close(): Promise<void>;
}

export interface Connector {
  /** Follows the container until `signals.stop`. */
  run(signals: StopSignals): Promise<RunEnd>;
  /** Delivers what the container holds now, and ends. */
  once(signals: StopSignals): Promise<RunEnd>;
  /** Releases the store's lock and the connections. */
  close(): Promise<void>;
}

/**
 * Opens everything a connector needs. Throws CONFIG_INVALID for unusable values, CHECKPOINT_LOCKED when another process
 * has the store, CHECKPOINT_* and DEAD_LETTER_UNAVAILABLE when a local place cannot be used. Storage and the receiver
 * are not touched yet.
 */
export async function openConnector(
  config: Config,
  surroundings: ConnectorSurroundings,
): Promise<Connector> {
  const opened = new AsyncDisposableStack();
  try {
    const parts = await openParts(config, surroundings, opened);
    return {
      run: (signals) => new Lifecycle(parts, signals).run(),
      once: (signals) => new Lifecycle(parts, signals).once(),
      close: () => opened.disposeAsync(),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function openParts(
  config: Config,
  surroundings: ConnectorSurroundings,
  opened: AsyncDisposableStack,
): Promise<LifecycleParts> {
  const { clock, events, processId, onStorageCall } = surroundings;
  const { openStorage = openStorageReader } = surroundings;
  const storage = storageOf(config);
  const { encoder, transport } = openReceiver(config, clock);
  const { compression } = config.export;
  const requests = createRequestEncoder({ encoder, compression, gzipLevel: GZIP_LEVEL });
  const exporter = createRetryingExporter({ transport, clock, events, random: systemRandom });
  opened.defer(() => exporter.close());
  const deadLetters = await openDeadLetters(config.deadLetter, { clock, events });
  opened.defer(() => deadLetters.close());
  const store = await openStore(config, storage, processId);
  opened.defer(() => store.close());
  const { allocate, release: releaseWindow } = createWindowMemory(config.windowBytes);
  return {
    storage: await openStorage(storage, { allocate, clock, events, onCall: onStorageCall }),
    releaseWindow,
    store,
    deadLetters,
    exporter,
    encode: (records) => requests.encode(records),
    roomToEncode: () => requests.room(),
    understand: understandOf(config, encoder),
    clock,
    random: systemRandom,
    events,
    settings: settingsOf(config, storage, clock.now()),
  };
}

async function openStore(
  { checkpoint: { path, mustExist, name } }: Config,
  { account, container }: StorageConfig,
  processId: number | undefined,
): Promise<CheckpointStore> {
  const scope = { account, container, checkpointName: name };
  return await openSqliteCheckpointStore({ path, mustExist, processId, scope });
}

function storageOf({ storage }: Config): StorageConfig {
  if (storage !== undefined) return storage;
  throw new ConnectorError("CONFIG_INVALID", "no storage account is configured");
}

function openReceiver(
  { export: receiver, maxInFlight }: Config,
  clock: Clock,
): { encoder: OtlpEncoder; transport: ExportTransport } {
  const { protocol, url, headers, timeoutMs, tls, proxy } = receiver;
  const encoder = createOtlpEncoder(protocol);
  const proxyUrl = proxy?.reveal();
  const transport = createOtlpHttpTransport({
    url,
    contentType: encoder.contentType,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.reveal()]),
    ),
    version: VERSION,
    timeoutMs,
    maxConnections: maxInFlight,
    tls: { ca: tls.ca, cert: tls.cert, key: tls.key?.reveal() },
    proxy: proxyUrl === undefined ? undefined : { httpProxy: proxyUrl, httpsProxy: proxyUrl },
    clock,
  });
  return { encoder, transport };
}

/** What `check` looks at: the parts of a run that hold no state. */
export async function openAccess(config: Config, clock: Clock): Promise<ConnectorAccess> {
  const storage = storageOf(config);
  const { encoder, transport } = openReceiver(config, clock);
  return {
    config,
    storage: await openStorageReader(storage, { clock }),
    understand: understandOf(config, encoder),
    encoder,
    transport,
    emptyRequest: { body: encoder.encode([]), contentEncoding: undefined, recordCount: 0 },
  };
}

/** The receiver and the mapping of a run, for records from elsewhere than storage. */
export function openSender(
  config: Config,
  { clock, events }: Pick<ConnectorSurroundings, "clock" | "events">,
): Sender {
  const { encoder, transport } = openReceiver(config, clock);
  const { compression } = config.export;
  const requests = createRequestEncoder({ encoder, compression, gzipLevel: GZIP_LEVEL });
  return {
    understand: understandOf(config, encoder),
    encode: (records) => requests.encode(records),
    newExporter: () => createRetryingExporter({ transport, clock, events, random: systemRandom }),
    close: () => transport.close(),
  };
}

/** Parser, mapper and encoder in one. */
function understandOf(config: Config, encoder: OtlpEncoder): Understand {
  const mapper = createLogRecordMapper({
    scopeVersion: VERSION,
    bodyMode: config.body,
    resourceDefaults: config.resourceDefaults,
    severityMode: config.severity,
    overrides: config.mapping,
  });
  return createUnderstand({
    parse: parseAuditEvent,
    map: (event, text, offset, origin) => {
      const { logRecord, uid } = mapper.toLogRecord(event, text, offset, origin);
      const encoded = encoder.encodeRecord(logRecord);
      return { logRecord: encoded, uid, approxBytes: encoded.to - encoded.from };
    },
    recordUid: ({ blob }, offset) => recordUid(recordIdPrefix(blob), offset),
  });
}

function settingsOf(config: Config, storage: StorageConfig, nowMs: number): LifecycleSettings {
  const { batch, checkpoint } = config;
  return {
    ...config,
    account: storage.account,
    container: storage.container,
    proposedStartHourMs: resolveStartHour(config.start, nowMs),
    // Without query and userinfo, which may hold secrets.
    destination: new URL(config.export.url).origin,
    batchMaxBytes: batch.maxBytes,
    batchMaxRecords: batch.maxRecords,
    batchFlushMs: batch.flushIntervalMs,
    checkpointIntervalMs: checkpoint.intervalMs,
  };
}
