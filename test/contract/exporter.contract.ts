// SPDX-License-Identifier: Apache-2.0
/** What every Exporter promises, whatever it sends through. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EncodedRequest, Exporter } from "../../src/export/exporter.ts";
import { eventually } from "../support/eventually.ts";
import type { ManualClock } from "../support/manual-clock.ts";

export type ContractAnswer =
  "delivered" | "partial" | "refused" | "retryable" | "receiver-fault" | "hang";

/** An exporter and the receiver behind it. */
export interface ExporterUnderTest {
  readonly exporter: Exporter;
  readonly clock: ManualClock;
  /**
   * Answers in order of arrival, then `delivered` for ever. `partial` rejects 1 record with "why",
   * `refused` is a 400 that says "no".
   */
  script(answers: readonly ContractAnswer[]): void;
  /** Hashes or names of the bodies that arrived, in order. */
  arrived(): readonly string[];
  /** Frees everything; rejects when something leaks. */
  dispose(): Promise<void>;
}

/** Defines the suite; `makeRequest` gives requests with different bytes. */
export function describeExporterContract(
  name: string,
  create: () => Promise<ExporterUnderTest>,
  makeRequest: () => Promise<EncodedRequest>,
): void {
  describe(`the exporter contract, kept by ${name}`, () => {
    let subject: ExporterUnderTest;
    let abort: AbortController;

    beforeEach(async () => {
      subject = await create();
      abort = new AbortController();
    });

    afterEach(async () => {
      await subject.exporter.close();
      await subject.dispose();
      expect(subject.clock.pendingSleeps).toBe(0);
    });

    const start = async () => subject.exporter.export(await makeRequest(), abort.signal);
    const arrivals = (count: number) =>
      eventually(`${count} requests arrive`, () => subject.arrived().length === count);
    const waits = () => eventually("a wait begins", () => subject.clock.pendingSleeps === 1);

    it("comes back when the receiver has acknowledged", async () => {
      expect(await start()).toEqual({ kind: "delivered", warning: undefined, attempts: 1 });
      expect(subject.arrived()).toHaveLength(1);
    });

    it("comes back with a partial success and does not send again", async () => {
      subject.script(["partial"]);
      expect(await start()).toEqual({
        kind: "partial",
        status: 200,
        rejectedCount: 1,
        message: "why",
        attempts: 1,
      });
      await subject.clock.advance(3_600_000);
      expect(subject.arrived()).toHaveLength(1);
    });

    it("comes back with a refusal and does not send again", async () => {
      subject.script(["refused"]);
      const outcome = await start();
      expect(outcome).toMatchObject({
        kind: "refused",
        status: 400,
        isTooLarge: false,
        message: "no",
        attempts: 1,
      });
      expect(subject.exporter.isHolding).toBe(false);
      await subject.clock.advance(3_600_000);
      expect(subject.arrived()).toHaveLength(1);
    });

    it("knows what was taken since a refusal", async () => {
      subject.script(["refused", "retryable", "delivered"]);
      const outcome = await start();
      const at = outcome.kind === "refused" ? outcome.at : Infinity;
      expect(subject.exporter.acceptedSince(at)).toBe(false);
      const next = start();
      await arrivals(2);
      await waits();
      expect(subject.exporter.acceptedSince(at)).toBe(false);
      await subject.clock.advance(60_000);
      expect((await next).kind).toBe("delivered");
      expect(subject.exporter.acceptedSince(at)).toBe(true);
    });

    it("holds everything when told that a refusal is the last word, until something is taken", async () => {
      subject.script(["refused"]);
      const outcome = await start();
      subject.exporter.hold(outcome.kind === "refused" ? outcome.at : Infinity, "HTTP 400");
      expect(subject.exporter.isHolding).toBe(true);
      const next = start();
      await waits();
      expect(subject.arrived()).toHaveLength(1);
      await subject.clock.advance(60_000);
      expect((await next).kind).toBe("delivered");
      expect(subject.exporter.isHolding).toBe(false);
    });

    it("sends the same bytes again until they are acknowledged", async () => {
      subject.script(["retryable", "receiver-fault", "retryable", "hang"]);
      const outcome = start();
      for (let attempt = 1; attempt <= 3; attempt++) {
        await arrivals(attempt);
        await waits();
        await subject.clock.advance(subject.clock.nextWakeInMs ?? 0);
      }
      await arrivals(4);
      expect(new Set(subject.arrived()).size).toBe(1);
      abort.abort();
      await expect(outcome).rejects.toMatchObject({ code: "CANCELLED" });
    });

    it("delivers what waited when the receiver is back", async () => {
      subject.script(["receiver-fault"]);
      const outcomes = [start()];
      await arrivals(1);
      await waits();
      outcomes.push(start(), start());
      await subject.clock.advance(60_000);
      const kinds = (await Promise.all(outcomes)).map((outcome) => outcome.kind);
      expect(kinds).toEqual(["delivered", "delivered", "delivered"]);
      expect(new Set(subject.arrived()).size).toBe(3);
    });

    it("rejects with CANCELLED and sends nothing when it was cancelled before", async () => {
      abort.abort();
      await expect(start()).rejects.toMatchObject({ code: "CANCELLED" });
      expect(subject.arrived()).toHaveLength(0);
    });

    it("rejects with CANCELLED when it is cancelled midway through an attempt", async () => {
      subject.script(["hang"]);
      const outcome = start();
      await arrivals(1);
      abort.abort();
      await expect(outcome).rejects.toMatchObject({ code: "CANCELLED" });
    });

    it("rejects with CANCELLED when it is cancelled midway through a wait", async () => {
      subject.script(["retryable"]);
      const outcome = start();
      await arrivals(1);
      await waits();
      abort.abort();
      await expect(outcome).rejects.toMatchObject({ code: "CANCELLED" });
      expect(subject.arrived()).toHaveLength(1);
    });
  });
}
