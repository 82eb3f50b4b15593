// SPDX-License-Identifier: Apache-2.0
/**
 * A storage emulator in a process of its own with one hour blob of a Managed HSM, as the simulator writes it: about
 * 1,260 bytes an event, random GUIDs, 240 callers, 120 keys in many versions, names beyond ASCII.
 */
import { createAppendBlobStore } from "../../src/azure/append-blob-writer.ts";
import { createContainerClientFrom } from "../../src/azure/credentials.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { createAuditBlobWriter } from "../../src/simulate/audit-blob-writer.ts";
import { createAuditEventGenerator } from "../../src/simulate/audit-event-generator.ts";
import { startEmbeddedEmulator } from "../../src/simulate/embedded-emulator.ts";
import type { EmbeddedEmulator } from "../../src/simulate/embedded-emulator.ts";
import { createRandomSource } from "../../src/simulate/random-source.ts";
import { runSimulation } from "../../src/simulate/simulator.ts";

export interface Storage {
  readonly connectionString: string;
  /** Length of the one blob. */
  readonly blobBytes: number;
  close(): Promise<void>;
}

const SEED = "bench";
const HOUR_MS = 3_600_000;
/** The container that the connector looks at by default. */
const CONTAINER = "insights-logs-auditevent";

/** Starts the emulator and writes the blob: so many records, all of the hour before the present one. */
export async function startStorage(records: number): Promise<Storage> {
  const emulator = await startEmbeddedEmulator();
  try {
    const blobBytes = records === 0 ? 0 : await writeBlob(emulator, records);
    const { connectionString } = emulator;
    return { connectionString, blobBytes, close: () => emulator.close() };
  } catch (error) {
    await emulator.close();
    throw error;
  }
}

async function writeBlob(emulator: EmbeddedEmulator, records: number): Promise<number> {
  const { connectionString, accountName: account } = emulator;
  const reveal = (): string => connectionString;
  const client = await createContainerClientFrom({
    account,
    container: CONTAINER,
    access: { kind: "connection-string", connectionString: { reveal } },
  });
  const { signal } = new AbortController();
  const store = createAppendBlobStore(client);
  await store.ensureContainer(signal);
  const toMs = Math.floor(systemClock.now() / HOUR_MS) * HOUR_MS;
  const parts = {
    generator: createAuditEventGenerator({ seed: SEED, hsms: 1, vaults: 0 }),
    writer: createAuditBlobWriter({ store, random: createRandomSource(`${SEED}/writer`) }),
    clock: systemClock,
    random: createRandomSource(`${SEED}/schedule`),
  };
  const plan = { kind: "history", fromMs: toMs - HOUR_MS, toMs, count: records } as const;
  const written = await runSimulation(parts, plan, { stop: signal, abandon: signal });
  if (written.blobs === 1 && written.records === records) return written.bytes;
  throw new Error(`${written.records} records in ${written.blobs} blobs were written`);
}
