// SPDX-License-Identifier: Apache-2.0
/**
 * A retrying exporter on a manual clock, over a transport whose attempts the test answers one by
 * one.
 */
import type { AttemptOutcome, EncodedRequest, ExportOutcome } from "../../src/export/exporter.ts";
import { createRetryingExporter } from "../../src/export/retrying-exporter.ts";
import type { RetryingExporter } from "../../src/export/retrying-exporter.ts";
import { FakeTransport } from "./fake-transport.ts";
import { ManualClock } from "./manual-clock.ts";

export function requestOf(name: string): EncodedRequest {
  return { body: Buffer.from(name), contentEncoding: undefined, recordCount: 1 };
}

export class ExporterHarness {
  readonly clock = new ManualClock();
  readonly transport = new FakeTransport();
  /** What the exporter said, one line an event. */
  readonly told: string[] = [];
  readonly exporter: RetryingExporter;
  readonly #abandon = new AbortController();
  readonly #unfinished: Promise<unknown>[] = [];

  constructor() {
    const { told } = this;
    this.exporter = createRetryingExporter({
      transport: this.transport,
      clock: this.clock,
      // The longest draw of the jitter, so that waits are 1, 2, 4 … s.
      random: () => 1,
      events: {
        exportRetried: ({ reason, waitMs, attempt }) =>
          void told.push(`retry ${attempt} in ${waitMs}: ${reason}`),
        receiverFaulted: ({ reason, waitMs }) => void told.push(`fault, ${waitMs}: ${reason}`),
        receiverRecovered: () => void told.push("recovered"),
      },
    });
  }

  /** Begins an export, which `dispose` cancels, or `signal` before. */
  async begin(name: string, signal?: AbortSignal): Promise<{ done: Promise<ExportOutcome> }> {
    const mine = this.#abandon.signal;
    const both = signal === undefined ? mine : AbortSignal.any([mine, signal]);
    const done = this.exporter.export(requestOf(name), both);
    done.catch(() => undefined);
    this.#unfinished.push(done);
    await this.clock.advance(0);
    return { done };
  }

  /** Answers the attempt with this number, counted from 0. */
  async answer(attempt: number, outcome: AttemptOutcome): Promise<void> {
    this.transport.attempts[attempt]!.answer(outcome);
    await this.clock.advance(0);
  }

  /** Names of the requests in the order of their attempts. */
  sent(): string[] {
    return this.transport.attempts.map(({ request }) => Buffer.from(request.body).toString());
  }

  /** Cancels what is left; throws when something that was given up still holds a wait. */
  async dispose(): Promise<void> {
    this.#abandon.abort();
    await Promise.allSettled(this.#unfinished);
    if (this.clock.pendingSleeps > 0) throw new Error("a wait leaked");
  }
}
