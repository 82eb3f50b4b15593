// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteCheckpointStore } from "../../src/checkpoint/sqlite-checkpoint-store.ts";
import { FakeCheckpointStore } from "../support/fake-checkpoint-store.ts";
import { describeCheckpointStore } from "./checkpoint-store.contract.ts";

describeCheckpointStore("fake", async () => {
  await Promise.resolve();
  const disk = new FakeCheckpointStore();
  return {
    open: async () => await Promise.resolve(disk.reopen()),
    dispose: async () => {
      await disk.close();
    },
  };
});

describeCheckpointStore("sqlite", async () => {
  const directory = await mkdtemp(join(tmpdir(), "checkpoint-"));
  return {
    open: async () =>
      await openSqliteCheckpointStore({
        path: join(directory, "checkpoint.db"),
        scope: { account: "contoso", container: "logs", checkpointName: "default" },
        mustExist: false,
        processId: 1,
      }),
    dispose: async () => {
      await rm(directory, { recursive: true });
    },
  };
});
