// SPDX-License-Identifier: Apache-2.0
/** A connector under way in a test: what it said, and the ways to end it, gently or as a kill. */
import { cpSync, renameSync, rmSync } from "node:fs";
import type { RunEnd, StopSignals } from "../../src/lifecycle-parts.ts";
import type { ConnectorEvents } from "../../src/telemetry/events.ts";
import type { Totals } from "../../src/telemetry/totals.ts";

type EventName = keyof ConnectorEvents;
type EventOf<Name extends EventName> = Parameters<ConnectorEvents[Name]>[0];

interface Surroundings {
  readonly directory: string;
  settle(what: string, condition: () => boolean): Promise<void>;
}

export class RunningConnector {
  readonly totals: Readonly<Totals>;
  /** Names of all events, in order. */
  readonly eventNames: EventName[] = [];
  readonly recorder: ConnectorEvents;
  hasEnded = false;
  readonly #world: Surroundings;
  readonly #stop = new AbortController();
  readonly #abandon = new AbortController();
  readonly #events: { readonly name: EventName; readonly event: unknown }[] = [];
  #ended: Promise<RunEnd> | undefined;

  constructor(world: Surroundings, totals: Readonly<Totals>) {
    this.#world = world;
    this.totals = totals;
    this.recorder = new Proxy({} as ConnectorEvents, {
      get: (_target, name) => (event: unknown) => {
        this.eventNames.push(name as EventName);
        this.#events.push({ name: name as EventName, event });
      },
    });
  }

  get signals(): StopSignals {
    return { stop: this.#stop.signal, abandon: this.#abandon.signal };
  }

  get ended(): Promise<RunEnd> {
    if (this.#ended === undefined) throw new Error("it has not begun");
    return this.#ended;
  }

  follow(ended: Promise<RunEnd>): void {
    this.#ended = ended.finally(() => {
      this.hasEnded = true;
    });
    this.#ended.catch(() => undefined);
  }

  /** What it said under that name, in order. */
  said<Name extends EventName>(name: Name): EventOf<Name>[] {
    return this.#events.filter((said) => said.name === name).map(({ event }) => event as never);
  }

  /** First signal; resolves with the end of the run. */
  async stop(): Promise<RunEnd> {
    this.#stop.abort();
    await this.#world.settle("the connector stops", () => this.hasEnded);
    return await this.ended;
  }

  /** Second signal. */
  abandon(): void {
    this.#abandon.abort();
  }

  /**
   * As kill -9 would: what the disk holds at this moment is what is left. Whatever the connector
   * still writes on its way out is thrown away.
   */
  async kill(): Promise<void> {
    const { directory } = this.#world;
    const left = `${directory}-left`;
    cpSync(directory, left, { recursive: true });
    this.#abandon.abort();
    await this.#world.settle("the connector is gone", () => this.hasEnded);
    rmSync(directory, { recursive: true });
    renameSync(left, directory);
  }
}
