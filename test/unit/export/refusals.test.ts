// SPDX-License-Identifier: Apache-2.0
// What a retrying exporter makes of refusals: of one, of many in a row, and of what came since.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExporterHarness } from "../../support/exporter-harness.ts";
import { delivered, faulty, refused, retryable } from "../../support/fake-transport.ts";

let harness: ExporterHarness;

beforeEach(() => {
  harness = new ExporterHarness();
});

afterEach(async () => {
  await harness.dispose();
});

/** One request and its answer; gives what the exporter made of it. */
async function ask(name: string, answer = refused()): Promise<number> {
  const { done } = await harness.begin(name);
  await harness.answer(harness.sent().length - 1, answer);
  const outcome = await done;
  return outcome.kind === "refused" ? outcome.at : 0;
}

describe("a refusal", () => {
  it("comes back at once, with the number of attempts, and holds nobody", async () => {
    const { done } = await harness.begin("a");
    await harness.answer(0, retryable());
    await harness.clock.advance(1000);
    await harness.answer(1, refused(400, "no"));
    expect(await done).toMatchObject({ kind: "refused", message: "no", attempts: 2 });
    // It was the probe of a receiver that was away, which answers again.
    expect(harness.exporter.state()).toBe("open");
    await ask("b", delivered);
    await ask("c");
    expect(harness.exporter.state()).toBe("open");
  });

  it("closes the gate when it is the sixteenth in a row, and the next success opens it", async () => {
    for (let count = 1; count < 16; count++) await ask(`r${count}`);
    expect(harness.exporter.state()).toBe("open");
    await ask("r16");
    expect(harness.exporter.state()).toBe("refusing");
    expect(harness.told).toEqual(["fault, 5000: HTTP 400 (client error)"]);
    const { done } = await harness.begin("next");
    expect(harness.sent()).toHaveLength(16);
    await harness.clock.advance(5000);
    await harness.answer(16, delivered);
    expect((await done).kind).toBe("delivered");
    expect(harness.told.at(-1)).toBe("recovered");
  });

  it("counts anew after a success", async () => {
    for (let count = 0; count < 60; count++) {
      await ask(`r${count}`, count % 15 === 14 ? delivered : refused());
    }
    expect(harness.exporter.state()).toBe("open");
  });

  it("lets others probe before its own pieces do", async () => {
    for (let count = 0; count < 16; count++) await ask(`r${count}`);
    await harness.begin("older");
    await harness.clock.advance(5000);
    await harness.begin("younger");
    await harness.answer(16, refused());
    // The sender of the refused one comes again with a piece of it.
    await harness.begin("piece");
    await harness.clock.advance(60_000);
    expect(harness.sent().slice(16)).toEqual(["older", "younger"]);
    await harness.answer(17, refused());
    await harness.clock.advance(60_000);
    expect(harness.sent().slice(16)).toEqual(["older", "younger", "piece"]);
  });
});

describe("evidence", () => {
  it("is a request that was sent after the refusal and taken", async () => {
    const at = await ask("bad");
    expect(harness.exporter.acceptedSince(at)).toBe(false);
    await ask("good", delivered);
    expect(harness.exporter.acceptedSince(at)).toBe(true);
    const later = await ask("bad");
    expect(harness.exporter.acceptedSince(later)).toBe(false);
  });

  it("is not a request that was under way when the refusal came", async () => {
    const { done } = await harness.begin("before");
    const { done: bad } = await harness.begin("bad");
    await harness.answer(1, refused());
    await harness.answer(0, delivered);
    await done;
    const outcome = await bad;
    expect(outcome.kind === "refused" && harness.exporter.acceptedSince(outcome.at)).toBe(false);
  });

  it.each([
    [{ kind: "partial", status: 200, rejectedCount: 1, message: "" } as const, false],
    [{ kind: "partial", status: 400, rejectedCount: undefined, message: "old" } as const, false],
    [{ kind: "delivered", warning: "slow" } as const, true],
  ])("of a request of one record: %o", async (answer, isEvidence) => {
    const at = await ask("bad");
    await ask("other", answer);
    expect(harness.exporter.acceptedSince(at)).toBe(isEvidence);
  });
});

describe("hold", () => {
  it("makes the receiver a faulty one when nothing was taken since", async () => {
    const at = await ask("bad");
    harness.exporter.hold(at, "HTTP 400 (client error)");
    expect(harness.exporter.state()).toBe("refusing");
    await harness.begin("next");
    expect(harness.sent()).toEqual(["bad"]);
    await harness.clock.advance(5000);
    expect(harness.sent()).toEqual(["bad", "next"]);
  });

  it("does nothing when something was, or when the receiver is at fault already", async () => {
    const at = await ask("bad");
    await ask("good", delivered);
    harness.exporter.hold(at, "HTTP 400");
    expect(harness.exporter.state()).toBe("open");
    const again = await ask("bad");
    const { done } = await harness.begin("x");
    await harness.answer(harness.sent().length - 1, faulty());
    const { nextWakeInMs } = harness.clock;
    harness.exporter.hold(again, "HTTP 400");
    expect(harness.clock.nextWakeInMs).toBe(nextWakeInMs);
    await harness.clock.advance(5000);
    await harness.answer(harness.sent().length - 1, delivered);
    await done;
  });
});
