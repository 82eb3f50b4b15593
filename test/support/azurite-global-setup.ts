// SPDX-License-Identifier: Apache-2.0
/**
 * One Azurite for all suites of a run, started when the first test asks for it: a tiny server hands out its address.
 * Starting it takes half a second, which a run of unit tests should not pay.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";

import { startEmbeddedEmulator } from "../../src/simulate/embedded-emulator.ts";
import type { EmbeddedEmulator } from "../../src/simulate/embedded-emulator.ts";

declare module "vitest" {
  export interface ProvidedContext {
    azuriteStarterUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let emulator: Promise<EmbeddedEmulator> | undefined;
  const starter = createServer((_request, response) => {
    emulator ??= startEmbeddedEmulator();
    emulator.then(
      (started) => response.end(JSON.stringify(started)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => starter.listen(0, "127.0.0.1", resolve));
  const { port } = starter.address() as AddressInfo;
  project.provide("azuriteStarterUrl", `http://127.0.0.1:${port}/`);
  return async () => {
    starter.closeAllConnections();
    await new Promise((resolve) => starter.close(resolve));
    // A start that failed was already reported by the tests that asked for it.
    const started = await emulator?.catch(() => undefined);
    await started?.close();
  };
}
