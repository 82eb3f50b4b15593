// SPDX-License-Identifier: Apache-2.0
/** Both ports of a container, on the fake and on a real Azurite through the SDK. */
import { createStorageReader } from "../../src/azure/container-client.ts";
import { createTestContainer, sharedAzurite } from "../support/azurite.ts";
import { FakeBlobContainer } from "../support/fake-blob-container.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { describeBlobContainer } from "./blob-container.contract.ts";
import type { ContainerWorkbench } from "./blob-container.contract.ts";
import { describeBlobListing } from "./blob-listing.contract.ts";

async function fake(): Promise<ContainerWorkbench> {
  const container = new FakeBlobContainer(new ManualClock());
  const soon = Promise.resolve();
  await soon;
  return {
    container,
    append: async (name, text) => {
      container.append(name, text);
      await soon;
    },
    put: async (name, text) => {
      container.put(name, text);
      await soon;
    },
    remove: async (name) => {
      container.delete(name);
      await soon;
    },
    cancelMidway: (controller) => {
      queueMicrotask(() => {
        controller.abort();
      });
    },
  };
}

async function azurite(): Promise<ContainerWorkbench> {
  const bench = await createTestContainer(await sharedAzurite());
  let onCall = (): void => undefined;
  return {
    container: createStorageReader({
      client: bench.client,
      onCall: () => {
        onCall();
      },
    }),
    append: async (name, text) => {
      // The service refuses a block of nothing.
      await (text === "" ? bench.createAppendBlob(name) : bench.append(name, text));
    },
    put: (name, text) => bench.upload(name, text),
    remove: (name) => bench.remove(name),
    cancelMidway: (controller) => {
      // The request is on its way some turns after the call has begun; the answer takes longer.
      onCall = () => {
        setImmediate(() => {
          controller.abort();
        });
      };
    },
  };
}

describeBlobContainer("the fake", fake);
describeBlobContainer("Azurite", azurite);
describeBlobListing("the fake", fake);
describeBlobListing("Azurite", azurite);
