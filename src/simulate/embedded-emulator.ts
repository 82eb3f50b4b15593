// SPDX-License-Identifier: Apache-2.0
/**
 * A real storage emulator (Azurite, blob service only) as a child process: on loopback, on a port of its own, in
 * memory, without telemetry. For the demo and for tests; the connector itself never needs it.
 *
 * The child cannot outlive its parent: it leaves when the channel between them breaks, which also happens when the
 * parent is killed with SIGKILL. It runs in a process group of its own, so that Ctrl-C in a terminal reaches the
 * parent alone, which may still need the emulator to finish its work.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";

import { ConnectorError } from "../errors.ts";

export interface EmbeddedEmulator {
  readonly connectionString: string;
  /** `http://127.0.0.1:40123/devstoreaccount1` */
  readonly accountUrl: string;
  readonly accountName: string;
  /** The emulator's documented account key; it opens nothing but emulators. */
  readonly accountKey: string;
  readonly processId: number;
  /** Ends the process and waits until it is gone. May be called twice. */
  close(): Promise<void>;
}

const ACCOUNT_NAME = "devstoreaccount1";

/** Public and the same for every emulator: https://learn.microsoft.com/azure/storage/common/storage-use-azurite. */
const ACCOUNT_KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** Runs in the child before Azurite: without its parent there is nothing left to serve. */
const LEAVE_WITH_PARENT =
  "data:text/javascript,process.on('disconnect',()=>process.exit(0));" +
  "if(!process.connected)process.exit(0)";

/** Start takes about 0.7 s here; a busy machine gets much longer. */
const START_TIMEOUT_MS = 60_000;

const LISTENING = /successfully listens on (http:\/\/[^\s]+)/;

/**
 * Starts the emulator and resolves when it listens. Throws CONFIG_INVALID when Azurite is not installed, INTERNAL when
 * it does not start.
 */
export async function startEmbeddedEmulator(): Promise<EmbeddedEmulator> {
  const child = fork(azuriteBlobMain(), emulatorArguments(), {
    execArgv: ["--import", LEAVE_WITH_PARENT],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
    // It opens its working directory even when it keeps all in memory; ours may be read-only.
    cwd: tmpdir(),
  });
  const exited = once(child, "exit");
  try {
    const origin = await listeningOrigin(child);
    return running(child, exited, origin);
  } catch (error) {
    child.kill("SIGKILL");
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConnectorError("INTERNAL", `the storage emulator did not start: ${reason}`, {
      cause: error,
    });
  }
}

function emulatorArguments(): string[] {
  const service = ["--blobHost", "127.0.0.1", "--blobPort", "0"];
  const memory = ["--inMemoryPersistence", "--disableTelemetry"];
  // Newer SDKs ask for service versions that the emulator does not know yet.
  return [...service, ...memory, "--skipApiVersionCheck", "--loose", "--silent"];
}

function azuriteBlobMain(): string {
  try {
    return createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
  } catch (error) {
    throw new ConnectorError(
      "CONFIG_INVALID",
      "the storage emulator is not installed: run `npm install --no-save azurite`, " +
        "or run from a checkout after `npm ci`",
      { cause: error },
    );
  }
}

/** Waits for the line in which the emulator says its address: the only sign of readiness it gives by itself. */
async function listeningOrigin(child: ChildProcess): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => {
      reject(new Error(`no sign of readiness within ${START_TIMEOUT_MS} ms: ${output}`));
    }, START_TIMEOUT_MS);
    const onOutput = (chunk: Buffer): void => {
      output += chunk.toString();
      const origin = LISTENING.exec(output)?.[1];
      if (origin !== undefined)
        settle(() => {
          resolve(origin);
        });
    };
    const onExit = (): void => {
      settle(() => {
        reject(new Error(`it ended at once: ${output}`));
      });
    };
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      child.off("exit", onExit);
      // Nobody reads any further, but a full pipe would stop the child.
      child.stdout?.off("data", onOutput).resume();
      child.stderr?.off("data", onOutput).resume();
      action();
    };
    child.stdout?.on("data", onOutput);
    child.stderr?.on("data", onOutput);
    child.once("exit", onExit);
    child.once("error", (error) => {
      settle(() => {
        reject(error);
      });
    });
  });
}

function running(child: ChildProcess, exited: Promise<unknown>, origin: string): EmbeddedEmulator {
  const accountUrl = `${origin}/${ACCOUNT_NAME}`;
  return {
    accountUrl,
    accountName: ACCOUNT_NAME,
    accountKey: ACCOUNT_KEY,
    connectionString:
      `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT_NAME};AccountKey=${ACCOUNT_KEY};` +
      `BlobEndpoint=${accountUrl};`,
    processId: child.pid ?? 0,
    close: async () => {
      // All is in memory, so there is nothing to close in good order.
      child.kill("SIGKILL");
      await exited;
    },
  };
}
