// SPDX-License-Identifier: Apache-2.0
/** Puts a run together: storage, receiver, connector, and what looks at them. */
import { join } from "node:path";
import { wholeHour } from "../src/discover/blob-path.ts";
import { ChaosConnector } from "./connector.ts";
import { ContentWriter } from "./content-writer.ts";
import { CursorCheck } from "./cursor-check.ts";
import type { CursorCheckParts } from "./cursor-check.ts";
import { Lanes } from "./lanes.ts";
import { Letters } from "./letters.ts";
import { Machine } from "./machine.ts";
import type { ChaosPlan } from "./plan.ts";
import { ChaosReceiver } from "./receiver.ts";
import { Scenario, SECRET } from "./scenario.ts";
import { Settlement } from "./settlement.ts";
import { ChaosStorage, CONTAINER } from "./storage.ts";
import type { Timeline } from "./timeline.ts";
import { Truth } from "./truth.ts";
import type { Violations } from "./violations.ts";

interface Surroundings {
  /** Holds the store, the dead letters and the log. */
  readonly directory: string;
  readonly violations: Violations;
  readonly timeline: Timeline;
}

/** Everything but the connector runs when it resolves. The caller closes the scenario. */
export async function startScenario(plan: ChaosPlan, around: Surroundings): Promise<Scenario> {
  const { directory, violations, timeline } = around;
  const storage = await ChaosStorage.start();
  const receiver = await ChaosReceiver.start();
  const account = storage.emulator.accountName;
  const truth = new Truth(account, CONTAINER);
  const storePath = join(directory, "checkpoint.sqlite");
  const lettersPath = join(directory, "dead-letters");
  const lettersAside = join(directory, "dead-letters.aside");
  const letters = new Letters(lettersPath, lettersAside);
  const settlement = new Settlement(truth, receiver.receipts, letters);
  const connector: ChaosConnector = new ChaosConnector({
    env: environmentOf(storage, receiver, storePath),
    logPath: join(directory, "log.ndjson"),
    timeline,
    onStart: (number) => (receiver.receipts.process = number),
    onLine: (text, line) => {
      scenario.read(text, line);
    },
    onUnasked: (how) => {
      if (!machine.isExcused) violations.add("ended", `unasked: ${how}`);
    },
  });
  const places = { storePath, lettersPath, lettersAside };
  const machine = new Machine({ connector, timeline, violations, ...places });
  const cursors = cursorCheckOf({ storePath, account, truth, violations, letters, settlement });
  const scenario: Scenario = new Scenario({
    ...{ timeline, truth, letters, settlement, receiver, storage, connector, machine, violations },
    lanes: new Lanes({ plan: plan.faults, timeline, receiver, storage, machine, violations }),
    content: new ContentWriter({
      container: storage.container,
      ...{ truth, timeline, plan: plan.content },
      isSettled: (blob) => settlement.isSettled(blob),
      hourMs: wholeHour(Date.now()),
    }),
    cursors,
  });
  return scenario;
}

function cursorCheckOf({
  storePath,
  account,
  letters,
  settlement,
  ...rest
}: Pick<CursorCheckParts, "truth" | "violations"> & {
  readonly storePath: string;
  readonly account: string;
  readonly letters: Letters;
  readonly settlement: Settlement;
}): CursorCheck {
  return new CursorCheck({
    ...rest,
    path: storePath,
    scope: { account, container: CONTAINER, checkpointName: "default" },
    settledNow: () => {
      letters.refresh();
      return (uid) => settlement.has(uid);
    },
  });
}

function environmentOf(
  storage: ChaosStorage,
  receiver: ChaosReceiver,
  storePath: string,
): Record<string, string> {
  return {
    AZURE_STORAGE_CONNECTION_STRING: storage.connectionString,
    HSM_AUDIT_OTEL_CONTAINER: CONTAINER,
    HSM_AUDIT_OTEL_CHECKPOINT_PATH: storePath,
    HSM_AUDIT_OTEL_START: "beginning",
    HSM_AUDIT_OTEL_POLL_INTERVAL: "1s",
    HSM_AUDIT_OTEL_MAX_IDLE_POLL_INTERVAL: "2s",
    HSM_AUDIT_OTEL_LIST_INTERVAL: "10s",
    HSM_AUDIT_OTEL_RESOURCE_INTERVAL: "10s",
    HSM_AUDIT_OTEL_TAIL_GRACE: "10s",
    HSM_AUDIT_OTEL_CHECKPOINT_INTERVAL: "100ms",
    HSM_AUDIT_OTEL_WINDOW_BYTES: "256KiB",
    HSM_AUDIT_OTEL_BUDGET_BYTES: "4MiB",
    HSM_AUDIT_OTEL_MAX_RECORD_BYTES: "16KiB",
    HSM_AUDIT_OTEL_BATCH_MAX_RECORDS: "200",
    HSM_AUDIT_OTEL_BATCH_MAX_BYTES: "512KiB",
    HSM_AUDIT_OTEL_BATCH_FLUSH_INTERVAL: "200ms",
    HSM_AUDIT_OTEL_OBSERVED_TIMESTAMP: "omit",
    HSM_AUDIT_OTEL_SHUTDOWN_GRACE: "3s",
    HSM_AUDIT_OTEL_GIVE_UP_AFTER: "2m",
    HSM_AUDIT_OTEL_LOG_LEVEL: "debug",
    HSM_AUDIT_OTEL_LOG_FORMAT: "json",
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${SECRET}`,
    OTEL_EXPORTER_OTLP_TIMEOUT: "3000",
  };
}
