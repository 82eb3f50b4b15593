// SPDX-License-Identifier: Apache-2.0
/**
 * What the demo sets up around the connector: an emulator, a receiver, a folder for the checkpoint, and a configuration
 * that points at them. All of it goes away again; nothing of the caller's storage settings is used.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAppendBlobStore } from "../azure/append-blob-writer.ts";
import { createContainerClientFrom } from "../azure/credentials.ts";
import type { Config, StorageConfig } from "../config/config.ts";
import { readConfig } from "../config/read-config.ts";
import type { Environment } from "../config/sources.ts";
import { ConnectorError } from "../errors.ts";
import type { DemoRecord } from "../simulate/demo-record.ts";
import { startDemoReceiver } from "../simulate/demo-receiver.ts";
import type { DemoReceiver } from "../simulate/demo-receiver.ts";
import { startEmbeddedEmulator } from "../simulate/embedded-emulator.ts";
import type { AppendBlobStore } from "../simulate/append-blob-store.ts";

export interface DemoStage {
  readonly config: Config;
  readonly storage: StorageConfig;
  /** Where the simulator writes. */
  readonly blobs: AppendBlobStore;
  /** Undefined when the caller named a receiver of his own. */
  readonly receiver: DemoReceiver | undefined;
  close(): Promise<void>;
}

/** Standard variables that name the caller's own receiver. */
const ENDPOINTS = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];

/** Starts everything. Throws CONFIG_INVALID when the receiver's settings are wrong or Azurite is not installed. */
export async function setDemoStage(
  env: Environment,
  onRecord: (record: DemoRecord, isRepeat: boolean) => void,
): Promise<DemoStage> {
  const opened = new AsyncDisposableStack();
  try {
    const hasOwnReceiver = ENDPOINTS.some((name) => (env[name] ?? "") !== "");
    const receiver = hasOwnReceiver ? undefined : await startDemoReceiver(onRecord);
    if (receiver !== undefined) opened.defer(() => receiver.close());
    const emulator = await startEmbeddedEmulator();
    opened.defer(() => emulator.close());
    const directory = await mkdtemp(join(tmpdir(), "hsm-audit-otel-demo-"));
    opened.defer(() => rm(directory, { recursive: true, force: true }));
    const config = demoConfig({
      ...(receiver === undefined ? receiverSettings(env) : {}),
      ...(receiver && { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: receiver.url }),
      AZURE_STORAGE_CONNECTION_STRING: emulator.connectionString,
      HSM_AUDIT_OTEL_CHECKPOINT_PATH: join(directory, "checkpoint.sqlite"),
      HSM_AUDIT_OTEL_START: "now",
      HSM_AUDIT_OTEL_POLL_INTERVAL: "1s",
      HSM_AUDIT_OTEL_MAX_IDLE_POLL_INTERVAL: "1s",
      HSM_AUDIT_OTEL_LIST_INTERVAL: "10s",
      HSM_AUDIT_OTEL_RESOURCE_INTERVAL: "10s",
    });
    const storage = storageOf(config);
    const blobs = createAppendBlobStore(await createContainerClientFrom(storage));
    await blobs.ensureContainer(new AbortController().signal);
    return { config, storage, blobs, receiver, close: () => opened.disposeAsync() };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** The caller's OTLP and proxy settings; never his storage account. */
function receiverSettings(env: Environment): Environment {
  const isWanted = (name: string): boolean => name.startsWith("OTEL_") || /_PROXY$/i.test(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => isWanted(name)));
}

function demoConfig(env: Environment): Config {
  const loaded = readConfig(env, {}, { storage: true });
  if (loaded.kind === "ok") return loaded.config;
  const problems = loaded.problems.map((problem) => JSON.stringify(problem)).join("; ");
  throw new ConnectorError("CONFIG_INVALID", problems);
}

function storageOf({ storage }: Config): StorageConfig {
  if (storage !== undefined) return storage;
  throw new ConnectorError("INTERNAL", "the demo has no storage after its check");
}
