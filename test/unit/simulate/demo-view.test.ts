// SPDX-License-Identifier: Apache-2.0
import picocolors from "picocolors";
import { describe, expect, it } from "vitest";

import type { DemoCounts } from "../../../src/simulate/demo-format.ts";
import type { DemoRecord } from "../../../src/simulate/demo-record.ts";
import { createDemoView } from "../../../src/simulate/demo-view.ts";
import type { DemoOutput, DemoView } from "../../../src/simulate/demo-view.ts";
import { ManualClock } from "../../support/manual-clock.ts";

class RecordingOutput implements DemoOutput {
  readonly isTty: boolean;
  readonly columns: number | undefined;
  readonly colors = picocolors.createColors(false);
  text = "";

  constructor(isTty: boolean) {
    this.isTty = isTty;
    this.columns = isTty ? 120 : undefined;
  }

  async write(text: string): Promise<void> {
    this.text += text;
    await Promise.resolve();
  }
}

const RECORD: DemoRecord = {
  uid: "u",
  timeMs: Date.UTC(2026, 0, 15, 10),
  resource: "ContosoMHSM01",
  operation: "KeySign",
  status: 200,
  durationMs: 14,
  who: "someone",
  from: "203.0.113.9",
  object: undefined,
  isFailure: false,
  isSensitive: false,
};

const COUNTS: DemoCounts = {
  written: 10,
  delivered: 10,
  uncertain: 0,
  deadLettered: 0,
  filtered: 0,
  duplicates: 0,
  lagP50Ms: undefined,
  lagP99Ms: undefined,
  lagMaxMs: undefined,
};

function setUp(isTty: boolean): { view: DemoView; output: RecordingOutput; clock: ManualClock } {
  const output = new RecordingOutput(isTty);
  const clock = new ManualClock();
  return { view: createDemoView({ output, clock, maxRecordsPerSecond: 3 }), output, clock };
}

function renewals(output: RecordingOutput): string {
  return output.text.replaceAll("\r\u001b[2K", "<renew>");
}

describe("demo view", () => {
  it("prints the header once and then a line a record", () => {
    const { view, output } = setUp(false);
    view.record(RECORD, false);
    view.record(RECORD, false);
    expect(output.text.match(/resource/g)).toHaveLength(1);
    expect(output.text.match(/KeySign/g)).toHaveLength(2);
  });

  it("keeps the counters below the records on a terminal", () => {
    const { view, output } = setUp(true);
    view.counters(COUNTS);
    output.text = "";
    view.record(RECORD, false);
    expect(renewals(output)).toMatch(/^<renew>.*\n.*<renew>.*KeySign.*\nwritten 10/s);
    expect(output.text.endsWith("repeated 0")).toBe(true);
  });

  it("writes no terminal codes into a pipe, and counters every ten seconds only", async () => {
    const { view, output, clock } = setUp(false);
    for (let second = 0; second < 25; second++) {
      view.counters(COUNTS);
      await clock.advance(1_000);
    }
    await view.summary(COUNTS);
    expect(output.text.match(/written 10 ·/g)).toHaveLength(3);
    expect(output.text).not.toContain("\u001b");
    expect(output.text).not.toContain("\r");
  });

  it("prints no more than it may a second, but sensitive acts and failures first, and says so", async () => {
    const { view, output, clock } = setUp(false);
    for (let index = 0; index < 10; index++) view.record(RECORD, false);
    view.record({ ...RECORD, operation: "KeyPurge", isSensitive: true }, false);
    expect(output.text.match(/KeySign/g)).toHaveLength(3);
    expect(output.text).toContain("KeyPurge");
    await clock.advance(1_000);
    view.record(RECORD, false);
    expect(output.text).toContain("… and 7 more, delivered but not shown");
    expect(output.text.match(/KeySign/g)).toHaveLength(4);
  });

  it("ends with the account in place of the counters", async () => {
    const { view, output } = setUp(true);
    view.say("starting");
    view.counters(COUNTS);
    await view.summary(COUNTS);
    expect(renewals(output)).toMatch(/<renew>\nwritten/);
    expect(output.text.endsWith("Nothing was lost.\n")).toBe(true);
  });
});
