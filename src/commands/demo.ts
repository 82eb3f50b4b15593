// SPDX-License-Identifier: Apache-2.0
/**
 * `demo`: everything at once, on an embedded emulator and without an Azure account. Simulated Managed HSMs and a vault
 * write audit blobs, the real connector ships them to a built-in receiver (or to the caller's own), and the closing
 * account says whether what was written is what arrived.
 */
import { openConnector } from "../connector.ts";
import { isCancelled } from "../errors.ts";
import { createAuditBlobWriter } from "../simulate/audit-blob-writer.ts";
import { createAuditEventGenerator } from "../simulate/audit-event-generator.ts";
import { addsUp } from "../simulate/demo-format.ts";
import type { DemoCounts } from "../simulate/demo-format.ts";
import { createDemoView } from "../simulate/demo-view.ts";
import { createLagStatistics } from "../simulate/lag-statistics.ts";
import { createRandomSource } from "../simulate/random-source.ts";
import { runSimulation } from "../simulate/simulator.ts";
import type { SimulationSummary } from "../simulate/simulator.ts";
import { createLogEvents } from "../telemetry/log-events.ts";
import { createTotals, joinEvents } from "../telemetry/totals.ts";
import { EXIT } from "./command.ts";
import type { Command, CommandContext, StopSignals } from "./command.ts";
import { createProgramLog } from "./configure.ts";
import { setDemoStage } from "./demo-stage.ts";
import type { DemoStage } from "./demo-stage.ts";
import { readDemoFlags } from "./demo-flags.ts";
import type { DemoOptions } from "./demo-flags.ts";

/** How long the last records may take after the last was written. */
const LAST_RECORDS_MS = 15_000;
const COUNTERS_MS = 1_000;
const LOOK_AGAIN_MS = 50;

/** Exit code 0 when every record that was written arrived, 1 when not. Ctrl-C ends it early, with its account. */
export const demo: Command = async (context) => {
  const options = readDemoFlags(context.flags);
  const view = createDemoView({ output: context.stdout, clock: context.clock });
  const lag = createLagStatistics();
  view.say("starting the storage emulator …");
  const stage = await setDemoStage(context.env, (record, isRepeat) => {
    lag.add(context.clock.now() - record.timeMs);
    view.record(record, isRepeat);
  });
  try {
    const signals = context.takeSignals();
    const show = new Show(context, stage, options);
    view.say(introduction(stage, options));
    const withLag = (counts: Counts): DemoCounts => ({ ...counts, ...percentiles(lag) });
    const counts = await show.play(signals, (now) => {
      view.counters(withLag(now));
    });
    await view.summary(withLag(counts));
    return addsUp(withLag(counts)) ? EXIT.ok : EXIT.fault;
  } finally {
    await stage.close();
  }
};

type Counts = Omit<DemoCounts, "lagP50Ms" | "lagP99Ms" | "lagMaxMs">;

class Show {
  readonly #context: CommandContext;
  readonly #stage: DemoStage;
  readonly #options: DemoOptions;
  readonly #totals = createTotals();
  #written = 0;

  constructor(context: CommandContext, stage: DemoStage, options: DemoOptions) {
    this.#context = context;
    this.#stage = stage;
    this.#options = options;
  }

  /** Writes and ships side by side until the time is over and the last record has arrived. */
  async play(signals: StopSignals, onCounts: (counts: Counts) => void): Promise<Counts> {
    const { clock } = this.#context;
    const over = new AbortController();
    const ticking = this.#tick(onCounts, over.signal);
    const everyResource = Promise.withResolvers<undefined>();
    const simulating = this.#simulate(signals, () => {
      everyResource.resolve(undefined);
    });
    // The walk for resources comes now and then only: let there be all when it comes first.
    await Promise.race([everyResource.promise, simulating]);
    const shipping = this.#ship(signals, over.signal);
    await Promise.race([simulating, shipping]);
    await simulating;
    const deadlineMs = clock.now() + LAST_RECORDS_MS;
    while (!this.#isComplete() && clock.now() < deadlineMs && !signals.abandon.aborted) {
      await clock.sleep(LOOK_AGAIN_MS, over.signal);
    }
    over.abort();
    await shipping;
    await ticking;
    return this.#counts();
  }

  async #simulate(signals: StopSignals, onEveryResource: () => void): Promise<SimulationSummary> {
    const { seed, hsms, vaults, ratePerSecond, seconds } = this.#options;
    const parts = {
      generator: createAuditEventGenerator({ seed, hsms, vaults }),
      writer: createAuditBlobWriter({
        store: this.#stage.blobs,
        random: createRandomSource(`${seed}/writer`),
      }),
      clock: this.#context.clock,
      random: createRandomSource(`${seed}/schedule`),
    };
    const plan = {
      kind: "live",
      ratePerSecond,
      durationMs: seconds * 1000,
      count: undefined,
    } as const;
    const summary = await runSimulation(parts, plan, signals, ({ records, resources }) => {
      this.#written = records;
      if (resources.every((resource) => resource.records > 0)) onEveryResource();
    });
    this.#written = summary.records;
    return summary;
  }

  /** The real connector. A signal ends the writing first; what was written is still shipped. */
  async #ship(signals: StopSignals, over: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const { config } = this.#stage;
    const log = createProgramLog(this.#context, {
      ...config,
      log: { level: "warn", format: "auto" },
    });
    const events = joinEvents(createLogEvents(log, clock), this.#totals.events);
    const connector = await openConnector(config, { clock, events });
    try {
      await connector.run({ stop: over, abandon: signals.abandon });
    } finally {
      await connector.close();
    }
  }

  /** The counters on screen, until the clock's sleep is cancelled. */
  async #tick(onCounts: (counts: Counts) => void, over: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#context.clock.sleep(COUNTERS_MS, over);
        onCounts(this.#counts());
      }
    } catch (reason) {
      if (!isCancelled(reason)) throw reason;
    }
  }

  #isComplete(): boolean {
    const { written, delivered, uncertain, deadLettered } = this.#counts();
    return delivered + uncertain + deadLettered >= written;
  }

  #counts(): Counts {
    const { totals } = this.#totals;
    const received = this.#stage.receiver?.counts();
    return {
      written: this.#written,
      // What the receiver itself has seen, where it is ours; else what was acknowledged.
      delivered: received?.distinct ?? totals.delivered,
      uncertain: totals.uncertain,
      deadLettered: totals.deadLettered,
      filtered: 0,
      duplicates: received?.duplicates ?? 0,
    };
  }
}

function introduction({ config, storage, receiver }: DemoStage, options: DemoOptions): string {
  const { hsms, vaults, ratePerSecond, seconds } = options;
  const to = receiver === undefined ? new URL(config.export.url).origin : "a built-in receiver";
  return (
    `${hsms} Managed HSMs and ${vaults} vaults write ${ratePerSecond} records a second to the container ` +
    `${storage.container} for ${seconds} s; the connector ships them to ${to}.`
  );
}

function percentiles(
  lag: ReturnType<typeof createLagStatistics>,
): Pick<DemoCounts, "lagP50Ms" | "lagP99Ms" | "lagMaxMs"> {
  return { lagP50Ms: lag.quantile(0.5), lagP99Ms: lag.quantile(0.99), lagMaxMs: lag.maxMs };
}
