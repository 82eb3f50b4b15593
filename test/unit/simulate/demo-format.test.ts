// SPDX-License-Identifier: Apache-2.0
import picocolors from "picocolors";
import { describe, expect, it } from "vitest";

import {
  addsUp,
  countersLine,
  recordHeader,
  recordLine,
  summaryText,
} from "../../../src/simulate/demo-format.ts";
import type { DemoCounts } from "../../../src/simulate/demo-format.ts";
import { toDemoRecord } from "../../../src/simulate/demo-record.ts";
import type { DemoRecord } from "../../../src/simulate/demo-record.ts";

const plain = { colors: picocolors.createColors(false), columns: undefined };
const painted = { colors: picocolors.createColors(true), columns: undefined };

const RECORD: DemoRecord = {
  uid: "u1",
  timeMs: Date.UTC(2026, 0, 15, 10, 0, 0, 123),
  resource: "ContosoMHSM01",
  operation: "KeySign",
  status: 200,
  durationMs: 14,
  who: "zoe.mueller4@contoso.com",
  from: "203.0.113.9",
  object: "key payments-signing-007",
  isFailure: false,
  isSensitive: false,
};

const COUNTS: DemoCounts = {
  written: 3_000,
  delivered: 2_980,
  uncertain: 5,
  deadLettered: 10,
  filtered: 5,
  duplicates: 2,
  lagP50Ms: 420,
  lagP99Ms: 1_900,
  lagMaxMs: 2_400,
};

describe("a record's line", () => {
  it("says when, where, what, how it ended, who, from where and on what", () => {
    expect(recordLine(RECORD, false, plain)).toBe(
      "10:00:00.123  ContosoMHSM01      KeySign                    200     14 ms  " +
        "zoe.mueller4@contoso.com            203.0.113.9      key payments-signing-007",
    );
    expect(recordHeader().indexOf("who")).toBe(recordLine(RECORD, false, plain).indexOf("zoe"));
  });

  it("makes control characters visible instead of obeying them", () => {
    const evil = { ...RECORD, who: "x\u001b[31mred", object: "key a\nb\u202e" };
    const line = recordLine(evil, false, plain);
    expect(line).toContain("x\\u{1b}[31mred");
    expect(line).toContain("a\\u{a}b\\u{202e}");
    // eslint-disable-next-line no-control-regex
    expect(line).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  it("shows what is missing as a dash, and marks a repeat", () => {
    const bare = {
      ...RECORD,
      status: undefined,
      durationMs: undefined,
      who: undefined,
      from: undefined,
    };
    expect(recordLine(bare, false, plain)).toMatch(/KeySign +- +- +- +- +key/);
    expect(recordLine(RECORD, true, plain)).toMatch(/ \(repeat\)$/);
  });

  it("paints failures and sensitive acts, and nothing else", () => {
    expect(recordLine(RECORD, false, painted)).not.toContain("\u001b[");
    expect(recordLine({ ...RECORD, isFailure: true }, false, painted)).toContain("\u001b[31m");
    expect(recordLine({ ...RECORD, isSensitive: true }, false, painted)).toContain("\u001b[33m");
  });

  it("fits the terminal, without cutting a character in half", () => {
    const wide = { ...RECORD, who: "😀".repeat(60) };
    const line = recordLine(wide, false, { ...plain, columns: 90 });
    expect(Array.from(line).length).toBeLessThan(90);
    expect(line.endsWith("…")).toBe(true);
    expect(Buffer.from(line).toString()).not.toContain("\ufffd");
  });
});

describe("the account", () => {
  it("adds up and says that nothing was lost", () => {
    const text = summaryText(COUNTS, plain.colors);
    expect(text).toContain("written          3,000\n");
    expect(text).toContain("= delivered      2,980\n");
    expect(text).toContain("+ lost               0\n");
    expect(text).toContain("more than once (same log.record.uid): 2.");
    expect(text).toContain("half within 420 ms, 99 % within 1.9 s, longest 2.4 s");
    expect(text).toMatch(/Nothing was lost\.\n$/);
    expect(addsUp(COUNTS)).toBe(true);
  });

  it("says how many are missing", () => {
    const text = summaryText({ ...COUNTS, delivered: 2_900 }, plain.colors);
    expect(text).toContain("+ lost              80\n");
    expect(text).toMatch(/80 records did not arrive\.\n$/);
    expect(addsUp({ ...COUNTS, delivered: 2_900 })).toBe(false);
  });

  it("never calls it success when more arrived than was written", () => {
    const text = summaryText({ ...COUNTS, delivered: 3_000 }, plain.colors);
    expect(text).toContain("20 records more than were written: the account is wrong.");
    expect(text).not.toContain("Nothing was lost");
  });

  it("counts what is on its way", () => {
    expect(countersLine({ ...COUNTS, delivered: 2_900 })).toBe(
      "written 3,000 · delivered 2,900 · on the way 80 · dead-lettered 10 · repeated 2 · lag p99 1.9 s",
    );
    const first = { ...COUNTS, lagP50Ms: undefined, lagP99Ms: undefined, lagMaxMs: undefined };
    expect(countersLine(first)).not.toContain("lag");
    expect(summaryText(first, plain.colors)).not.toContain("Lag");
  });
});

describe("a demo record", () => {
  const demo = (attributes: Record<string, string | number>, severityNumber = 9): DemoRecord =>
    toDemoRecord(
      { "azure.resource.name": "ContosoMHSM01" },
      {
        timeUnixNano: 1_768_471_200_123_456_700n,
        observedTimeUnixNano: 0n,
        severityNumber,
        severityText: "",
        body: "",
        attributes,
        droppedAttributesCount: 0,
        flags: 0,
        traceId: "",
        spanId: "",
        eventName: "azure.resource.log",
      },
    );

  it("keeps the millisecond, and names an application where there is no user", () => {
    const record = demo({
      "azure.identity.application.id": "a1",
      "azure.operation.name": "KeyGet",
    });
    expect(record.timeMs).toBe(1_768_471_200_123);
    expect(record.who).toBe("app a1");
    expect(demo({ "user.id": "o1" }).who).toBe("o1");
    expect(demo({ "user.name": "n", "user.id": "o1" }).who).toBe("n");
    expect(demo({}).operation).toBe("azure.resource.log");
  });

  it("takes warnings and worse for failures", () => {
    expect(demo({}, 9).isFailure).toBe(false);
    expect(demo({}, 13).isFailure).toBe(true);
  });

  it("knows sensitive acts by name and, where names are guesses, by path", () => {
    const sensitive = (operation: string, path: string): boolean =>
      demo({ "azure.operation.name": operation, "url.path": path }).isSensitive;
    expect(sensitive("KeyPurge", "/deletedkeys/a")).toBe(true);
    expect(sensitive("BackupCreate", "/backup")).toBe(true);
    expect(sensitive("Whatever", "/securitydomain/download")).toBe(true);
    expect(sensitive("Whatever", "/keys/providers/Microsoft.Authorization/roleAssignments/1")).toBe(
      true,
    );
    expect(sensitive("Whatever", "/keys/a/restore")).toBe(true);
    expect(sensitive("KeySign", "/keys/a/1/sign")).toBe(false);
    expect(sensitive("KeyGetDeleted", "/deletedkeys/a")).toBe(false);
    expect(sensitive("Whatever", "/securitydomain/download/pending")).toBe(false);
  });
});
