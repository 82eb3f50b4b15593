// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AttemptOutcome } from "../../src/export/exporter.ts";
import { ExporterHarness } from "../support/exporter-harness.ts";
import { delivered, faulty, retryable } from "../support/fake-transport.ts";

type Step =
  | { readonly do: "begin" }
  | { readonly do: "answer"; readonly which: number; readonly outcome: AttemptOutcome }
  | { readonly do: "cancel"; readonly which: number }
  | { readonly do: "wait"; readonly ms: number };

const outcome = fc.oneof(
  fc.constant(delivered),
  fc.constant(retryable()),
  fc.nat(120_000).map((ms) => retryable(ms)),
  fc.constant(faulty()),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>({ do: "begin" }),
  fc.record({ do: fc.constant("answer" as const), which: fc.nat(5), outcome }),
  fc.record({ do: fc.constant("cancel" as const), which: fc.nat(5) }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.nat(90_000) }),
);

/** Plays steps on an exporter and keeps the books beside it. */
class Player {
  readonly harness = new ExporterHarness();
  readonly #aborts = new Map<string, AbortController>();
  /** Attempts that were neither answered nor cancelled. */
  readonly #open = new Set<number>();
  #begun = 0;

  async play(step: Step): Promise<void> {
    const before = this.harness.transport.attempts.length;
    const wasClosed = this.harness.exporter.state() !== "open";
    await this.#perform(step);
    const after = this.harness.transport.attempts.length;
    for (let attempt = before; attempt < after; attempt++) this.#open.add(attempt);
    // While the gate stays closed, no step lets more than one request out.
    if (wasClosed && this.harness.exporter.state() !== "open") {
      expect(after - before).toBeLessThanOrEqual(1);
    }
  }

  /** The receiver is well from now on: everything that was not cancelled must come through. */
  async finish(): Promise<void> {
    for (let turn = 0; turn < 200 && (this.#open.size > 0 || this.#isWaiting()); turn++) {
      const [attempt] = this.#open;
      if (attempt === undefined) await this.play({ do: "wait", ms: 3_600_000 });
      else await this.play({ do: "answer", which: 0, outcome: delivered });
    }
    expect(this.#open.size).toBe(0);
    expect(this.harness.clock.pendingSleeps).toBe(0);
    expect([...this.#aborts.keys()]).toEqual([]);
  }

  #isWaiting(): boolean {
    return this.harness.clock.pendingSleeps > 0;
  }

  async #perform(step: Step): Promise<void> {
    switch (step.do) {
      case "begin": {
        const name = `request ${++this.#begun}`;
        const abort = new AbortController();
        this.#aborts.set(name, abort);
        const { done } = await this.harness.begin(name, abort.signal);
        done.finally(() => this.#aborts.delete(name)).catch(() => undefined);
        return;
      }
      case "answer": {
        const attempt = [...this.#open][step.which % Math.max(1, this.#open.size)];
        if (attempt === undefined) return;
        this.#open.delete(attempt);
        await this.harness.answer(attempt, step.outcome);
        return;
      }
      case "cancel": {
        const name = [...this.#aborts.keys()][step.which % Math.max(1, this.#aborts.size)];
        if (name === undefined) return;
        const sent = this.harness.sent();
        for (const attempt of this.#open) if (sent[attempt] === name) this.#open.delete(attempt);
        this.#aborts.get(name)?.abort();
        await this.harness.clock.advance(0);
        return;
      }
      case "wait":
        await this.harness.clock.advance(step.ms);
        return;
    }
  }
}

describe("a retrying exporter", () => {
  it("delivers all that nobody cancels, one probe at a time, whatever happened before", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const player = new Player();
        for (const next of steps) await player.play(next);
        await player.finish();
        await player.harness.dispose();
      }),
      { numRuns: 300 },
    );
  });
});
