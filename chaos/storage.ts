// SPDX-License-Identifier: Apache-2.0
/**
 * Storage of a run: a real emulator, which the runner writes to directly, and the way that the connector takes to it,
 * through a proxy that breaks connections and one that answers in storage's place.
 */
import { BlobServiceClient } from "@azure/storage-blob";
import type { ContainerClient } from "@azure/storage-blob";
import { startEmbeddedEmulator } from "../src/simulate/embedded-emulator.ts";
import type { EmbeddedEmulator } from "../src/simulate/embedded-emulator.ts";
import { startCountingProxy } from "../test/support/counting-proxy.ts";
import type { CountingProxy, SeenRequest } from "../test/support/counting-proxy.ts";
import { startFaultProxy } from "../test/support/fault-proxy.ts";
import type { FaultProxy } from "../test/support/fault-proxy.ts";
import { EMPTY_PAGE } from "../test/support/storage-fault.ts";
import type { Fault } from "../test/support/storage-fault.ts";
import type { PlannedFault, StorageFaultKind } from "./fault-plan.ts";

export const CONTAINER = "insights-logs-auditevent";

export class ChaosStorage {
  readonly emulator: EmbeddedEmulator;
  readonly network: FaultProxy;
  readonly container: ContainerClient;
  readonly #proxy: CountingProxy;
  requests = 0;

  private constructor(emulator: EmbeddedEmulator, proxy: CountingProxy, network: FaultProxy) {
    this.emulator = emulator;
    this.#proxy = proxy;
    this.network = network;
    this.container = BlobServiceClient.fromConnectionString(emulator.connectionString, {
      retryOptions: { maxTries: 1 },
    }).getContainerClient(CONTAINER);
    this.setFault(undefined);
  }

  static async start(): Promise<ChaosStorage> {
    const emulator = await startEmbeddedEmulator();
    const proxy = await startCountingProxy(emulator);
    const network = await startFaultProxy(Number(new URL(proxy.accountUrl).port));
    const storage = new ChaosStorage(emulator, proxy, network);
    await storage.container.create();
    return storage;
  }

  /** What the connector is given: it leads through both proxies. */
  get connectionString(): string {
    const { accountUrl, accountName, connectionString } = this.emulator;
    const url = `http://127.0.0.1:${this.network.port}/${accountName}`;
    return connectionString.replace(accountUrl, url);
  }

  /** The answers from now on. Every request is counted, and forgotten. */
  setFault(fault: PlannedFault<StorageFaultKind> | undefined): void {
    let count = 0;
    this.#proxy.inject((request) => {
      this.requests++;
      // The proxy remembers all requests; a long run must not.
      if (this.requests % 1_000 === 0) this.#proxy.reset();
      if (fault === undefined) return undefined;
      // A share of the requests between a third and all of them.
      const share = 1 + Math.floor(fault.measure * 3);
      return count++ % share === 0 ? faultOf(fault, request) : undefined;
    });
  }

  async close(): Promise<void> {
    await this.network.close();
    await this.#proxy.close();
    await this.emulator.close();
  }
}

function faultOf(
  { kind, measure }: PlannedFault<StorageFaultKind>,
  { kind: asked }: SeenRequest,
): Fault | undefined {
  switch (kind) {
    case "503":
      return { kind: "status", status: 503, errorCode: "ServerBusy", retryAfterSeconds: 1 };
    case "429":
      return { kind: "status", status: 429, errorCode: "TooManyRequests", retryAfterSeconds: 1 };
    case "500":
      return { kind: "status", status: 500, errorCode: "InternalError" };
    case "403":
      return { kind: "status", status: 403, errorCode: "AuthorizationFailure" };
    case "404":
      // Not that the blob is gone, which would be a lie: the container, which is being made again.
      return { kind: "status", status: 404, errorCode: "ContainerNotFound" };
    case "reset":
      return { kind: "reset" };
    case "cut":
      return { kind: "cut", afterBytes: Math.floor(measure * 50_000) };
    case "delay":
      return { kind: "delay", ms: Math.floor(measure * 2_000) };
    case "lost-answer":
      return { kind: "lost-answer" };
    case "empty-pages":
      return asked === "list" ? EMPTY_PAGE : undefined;
  }
}
