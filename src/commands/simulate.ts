// SPDX-License-Identifier: Apache-2.0
/**
 * `simulate`: writes realistic audit blobs to the configured container, live or as history, so that everything behind
 * it can be tried without a Managed HSM. It needs the right to write; never point it at a container of real logs.
 */
import { createAppendBlobStore } from "../azure/append-blob-writer.ts";
import { createContainerClientFrom } from "../azure/credentials.ts";
import { ConnectorError } from "../errors.ts";
import { createAuditBlobWriter } from "../simulate/audit-blob-writer.ts";
import { createAuditEventGenerator } from "../simulate/audit-event-generator.ts";
import { createRandomSource } from "../simulate/random-source.ts";
import { progressLine, reportJson, summaryText } from "../simulate/simulation-report.ts";
import type { SimulationFacts } from "../simulate/simulation-report.ts";
import { runSimulation } from "../simulate/simulator.ts";
import type { SimulationParts, SimulationSummary } from "../simulate/simulator.ts";
import { EXIT } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";
import { configure } from "./configure.ts";
import { readSimulateFlags } from "./simulate-flags.ts";
import type { SimulateOptions } from "./simulate-flags.ts";

/** Around the turn of the hour the service writes to both hours' blobs; how long is not documented. */
const HOUR_OVERLAP_MS = 120_000;
/** Events reach storage some time after they happened. */
const MAX_EVENT_DELAY_MS = 3_000;
const PLAIN_PROGRESS_MS = 10_000;

/** Writes until the plan is fulfilled or a signal comes; both end with the summary and `EXIT.ok`. */
export const simulate: Command = async (context) => {
  const loaded = await configure(context, { storage: true });
  if (loaded === undefined) return EXIT.badConfig;
  const options = readSimulateFlags(context.flags, context.clock.now());
  const { storage } = loaded.config;
  if (storage === undefined) throw new ConnectorError("INTERNAL", "no storage after its check");
  const store = createAppendBlobStore(await createContainerClientFrom(storage));
  const signals = context.takeSignals();
  await store.ensureContainer(signals.stop);
  const { account, container } = storage;
  const facts: SimulationFacts = { account, container, seed: options.seed };
  const parts = assemble(options, store, context);
  const progress = createProgress(context, facts);
  const summary = await runSimulation(parts, options.plan, signals, progress.show);
  await progress.clear();
  const isJson = context.flags["json"] === true;
  await context.stdout.write(
    isJson ? reportJson("summary", summary, facts) : summaryText(summary, facts),
  );
  return EXIT.ok;
};

function assemble(
  { seed, hsms, vaults, tornTailShare }: SimulateOptions,
  store: ReturnType<typeof createAppendBlobStore>,
  { clock }: CommandContext,
): SimulationParts {
  return {
    generator: createAuditEventGenerator({ seed, hsms, vaults }),
    writer: createAuditBlobWriter({
      store,
      random: createRandomSource(`${seed}/writer`),
      tornTailShare,
      hourOverlapMs: HOUR_OVERLAP_MS,
    }),
    clock,
    random: createRandomSource(`${seed}/schedule`),
    maxEventDelayMs: MAX_EVENT_DELAY_MS,
  };
}

interface Progress {
  readonly show: (summary: SimulationSummary) => void;
  /** Removes a live line. */
  readonly clear: () => Promise<void>;
}

/** A line that renews itself on a terminal; elsewhere a line now and then. JSON goes to stdout, text to stderr. */
function createProgress(
  { clock, flags, stdout, stderr }: CommandContext,
  facts: SimulationFacts,
): Progress {
  const isJson = flags["json"] === true;
  const isLive = stderr.isTty && !isJson;
  let nextMs = clock.now() + PLAIN_PROGRESS_MS;
  return {
    show: (summary) => {
      if (isLive) {
        // Writes never reject, and a late line holds up nothing.
        void stderr.write(
          `\r\u001b[2K${progressLine(summary).slice(0, (stderr.columns ?? 80) - 1)}`,
        );
        return;
      }
      if (clock.now() < nextMs) return;
      nextMs = clock.now() + PLAIN_PROGRESS_MS;
      if (isJson) void stdout.write(reportJson("progress", summary, facts));
      else void stderr.write(`${progressLine(summary)}\n`);
    },
    clear: async () => {
      if (isLive) await stderr.write("\r\u001b[2K");
    },
  };
}
