// SPDX-License-Identifier: Apache-2.0
/**
 * A process that opens the SQLite store at `argv[2]`, saves one checkpoint with the floor hour
 * `argv[3]`, says `saved` and holds the store until it is killed. When it cannot open the store it
 * prints the error's message and exits with 1.
 */
import { openSqliteCheckpointStore } from "../../src/checkpoint/sqlite-checkpoint-store.ts";

const [, , path = "", floorHourMs = ""] = process.argv;

try {
  const store = await openSqliteCheckpointStore({
    path,
    scope: { account: "contoso", container: "logs", checkpointName: "default" },
    mustExist: false,
    processId: process.pid,
  });
  const resourceKey = "resourceId=/A/";
  const loaded = await store.load(resourceKey);
  const checkpoint = { floorHourMs: Number(floorHourMs), open: [] };
  await store.save([{ resourceKey, checkpoint, version: loaded?.version, closed: [] }]);
  console.log("saved");
  setInterval(() => undefined, 60_000);
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
