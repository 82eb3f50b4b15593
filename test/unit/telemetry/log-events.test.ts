// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import { ConnectorError } from "../../../src/errors.ts";
import type { BlobIdentity } from "../../../src/model.ts";
import type { ConnectorEvents } from "../../../src/telemetry/events.ts";
import { createLogEvents } from "../../../src/telemetry/log-events.ts";
import { createLogger, type LoggerOptions } from "../../../src/telemetry/logger.ts";
import { visibleText } from "../../../src/telemetry/visible-text.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const BLOB: BlobIdentity = {
  account: "contoso",
  container: "insights-logs-auditevent",
  name: "resourceId=/A/PT1H.json",
  createdAtMs: 0,
};
const DENIED = new ConnectorError("STORAGE_DENIED", "https://c/x?sig=geheim refused");

let clock: ManualClock;
let lines: string[];
let events: ConnectorEvents;

function create(options: Partial<LoggerOptions> = {}): ConnectorEvents {
  const write = (line: string): void => {
    lines.push(line);
  };
  return createLogEvents(
    createLogger({ level: "info", format: "json", write, clock, ...options }),
    clock,
  );
}

/** Lines so far, parsed; takes them. */
function taken(): Record<string, unknown>[] {
  return lines.splice(0).map((line) => JSON.parse(line) as Record<string, unknown>);
}

function codes(): unknown[] {
  return taken().map((line) => line["code"]);
}

beforeEach(() => {
  clock = new ManualClock();
  lines = [];
  events = create();
});

describe("a line", () => {
  it("has a time, a level, a stable code and words", () => {
    events.started({
      startHourMs: Date.UTC(2026, 0, 14, 10),
      askedStartHourMs: Date.UTC(2026, 0, 14, 10),
      isFresh: true,
      destination: "http://c/?k=geheim",
    });
    expect(taken()).toEqual([
      {
        level: "info",
        time: "2026-01-15T10:30:00.000Z",
        code: "STARTED",
        isFresh: true,
        destination: "http://c/?k=[redacted]",
        msg: "new checkpoint store; blobs of hours before 2026-01-14T10:00Z are not delivered",
      },
    ]);
  });

  it("tells when the start option asks for hours that an existing store leaves out", () => {
    const started = {
      startHourMs: Date.UTC(2026, 0, 14, 10),
      isFresh: false,
      destination: "http://c/",
    };
    events.started({ ...started, askedStartHourMs: Date.UTC(2026, 0, 15, 10) });
    expect(taken().map(({ code }) => code)).toEqual(["STARTED"]);
    events.started({ ...started, askedStartHourMs: Date.UTC(2026, 0, 8, 10) });
    expect(taken().map(({ code }) => code)).toContain("START_IGNORED");
  });

  it("is short and readable in the text form", () => {
    events = create({ format: "text" });
    events.resourceFound({ resource: "A\u001b[2J/", isKnown: false });
    expect(lines).toEqual([
      "10:30:00Z INFO  new resource found (resource=A\\u{1b}[2J/) [RESOURCE_FOUND]\n",
    ]);
  });

  it("shows no control characters of a blob's name and no secret of an error", () => {
    events.blobChanged({
      change: "replaced",
      blob: { ...BLOB, name: 'a\n{"level":"fatal"}\u202e\u001b]0;x' },
      settledBytes: 1,
      lostBytes: 0,
    });
    events.storageFailed({ resource: "r/", error: DENIED, waitMs: 1000 });
    const [changed, failed] = taken();
    expect(changed).toMatchObject({ level: "warn", code: "BLOB_REPLACED" });
    expect(changed?.["blob"]).toBe('a\\u{a}{"level":"fatal"}\\u{202e}\\u{1b}]0;x');
    expect(JSON.stringify(failed)).not.toContain("geheim");
  });

  it("is an error when bytes were lost", () => {
    events.blobChanged({ change: "deleted", blob: BLOB, settledBytes: 1, lostBytes: 9 });
    expect(taken()[0]).toMatchObject({ level: "error", code: "BLOB_DELETED", lostBytes: 9 });
  });
});

describe("the log", () => {
  it("says nothing for a window, a batch or a save", () => {
    for (let i = 0; i < 100; i++) {
      events.windowRead({ resource: "r", bytes: 1, records: 1 });
      events.batchSent({ bytes: 1 });
      events.recordsSettled({ fate: "delivered", records: 1, newestRecordMs: 0 });
      events.checkpointSaved({ resources: 1 });
    }
    expect(lines).toEqual([]);
  });

  it("shows the first dead letter of a reason, then a count a minute", async () => {
    for (let i = 0; i < 1000; i++)
      events.deadLettered({ reason: "not-json", uid: "u", blob: BLOB, offset: i });
    events.deadLettered({ reason: "oversize", uid: "u", blob: BLOB, offset: 7 });
    expect(taken()).toMatchObject([
      { code: "DEAD_LETTERED", reason: "not-json", offset: 0 },
      { code: "DEAD_LETTERED", reason: "oversize", offset: 7 },
    ]);
    await clock.advance(59_999);
    events.windowRead({ resource: "r", bytes: 1, records: 1 });
    expect(taken()).toEqual([]);
    await clock.advance(1);
    // Any event will do: no dead letter need come after them.
    events.windowRead({ resource: "r", bytes: 1, records: 1 });
    expect(taken()).toMatchObject([{ code: "DEAD_LETTERED", reason: "not-json", count: 999 }]);
    await clock.advance(120_000);
    events.deadLettered({ reason: "not-json", uid: "u", blob: BLOB, offset: 2000 });
    expect(taken()).toMatchObject([{ code: "DEAD_LETTERED", offset: 2000 }]);
  });

  it("reports what it has counted when it stops, with the totals", () => {
    events.recordsSettled({ fate: "delivered", records: 5, newestRecordMs: 0 });
    events.recordsSettled({ fate: "deadLettered", records: 2, newestRecordMs: 0 });
    events.deadLettered({ reason: "not-json", uid: "u", blob: BLOB, offset: 0 });
    events.deadLettered({ reason: "not-json", uid: "u", blob: BLOB, offset: 1 });
    events.stopped({ isDrained: true });
    expect(taken()).toMatchObject([
      { code: "DEAD_LETTERED", offset: 0 },
      { code: "DEAD_LETTERED", count: 1 },
      { code: "STOPPED", level: "info", delivered: 5, deadLettered: 2 },
    ]);
  });

  it("shows a storage fault once for each resource, again when it changes, and its end", () => {
    for (let i = 0; i < 5; i++) events.storageFailed({ resource: "a/", error: DENIED, waitMs: i });
    events.storageFailed({ resource: undefined, error: DENIED, waitMs: 1 });
    expect(codes()).toEqual(["STORAGE_FAILED", "STORAGE_FAILED"]);
    const other = new ConnectorError("STORAGE_NOT_FOUND", "gone");
    events.storageFailed({ resource: "a/", error: other, waitMs: 1 });
    expect(taken()).toMatchObject([{ code: "STORAGE_FAILED", errorCode: "STORAGE_NOT_FOUND" }]);
    events.storageRecovered({ resource: "a/" });
    events.storageRecovered({ resource: "a/" });
    events.storageRecovered({ resource: "never failed/" });
    expect(codes()).toEqual(["STORAGE_RECOVERED"]);
    events.storageFailed({ resource: "a/", error: DENIED, waitMs: 1 });
    expect(codes()).toEqual(["STORAGE_FAILED"]);
  });

  it("shows faults of receiver, checkpoint and dead letters once, and their ends", () => {
    const error = new ConnectorError("CHECKPOINT_UNAVAILABLE", "disk full");
    for (let i = 0; i < 3; i++) {
      events.receiverFaulted({ reason: "HTTP 401", waitMs: 1 });
      events.checkpointFailed({ error, waitMs: 1 });
      events.deadLetterFailed({ error, waitMs: 1 });
    }
    expect(codes()).toEqual(["RECEIVER_FAULT", "CHECKPOINT_FAILED", "DEAD_LETTERS_FAILED"]);
    events.receiverRecovered();
    events.checkpointSaved({ resources: 1 });
    events.deadLettered({ reason: "not-json", uid: "u", blob: BLOB, offset: 0 });
    expect(codes()).toEqual([
      "RECEIVER_RECOVERED",
      "CHECKPOINT_RECOVERED",
      "DEAD_LETTERS_RECOVERED",
      "DEAD_LETTERED",
    ]);
  });

  it("tells a clock that goes wrong, and access that is about to end", () => {
    events.clockSkewed({ skewMs: 400_400, isSkewed: true });
    events.clockSkewed({ skewMs: -1_000, isSkewed: false });
    events.accessExpires({ expiresAtMs: Date.UTC(2026, 0, 15, 12) });
    expect(taken()).toMatchObject([
      { level: "warn", code: "CLOCK_SKEWED", skewSeconds: 400 },
      { level: "info", code: "CLOCK_IN_STEP", skewSeconds: -1 },
      { level: "warn", code: "ACCESS_EXPIRES", expiresAt: "2026-01-15T12:00:00.000Z" },
    ]);
  });

  it("limits retries, warnings and uncertain batches", () => {
    for (let i = 1; i < 50; i++) {
      events.exportRetried({ reason: "HTTP 503", waitMs: 10, attempt: i });
      events.receiverWarned({ hasMessage: true });
      events.recordsSettled({ fate: "uncertain", records: 9, newestRecordMs: 0 });
      events.batchRefused({ reason: "HTTP 400 (client error)", records: i, alone: undefined });
    }
    expect(codes()).toEqual([
      "EXPORT_RETRIED",
      "RECEIVER_WARNED",
      "RECORDS_UNCERTAIN",
      "BATCH_REFUSED",
    ]);
  });
});

describe("visible text", () => {
  it("writes out what is invisible and leaves all else", () => {
    expect(visibleText("a\r\n\u0000\u007f\u009b\u2028\ufeffé漢")).toBe(
      "a\\u{d}\\u{a}\\u{0}\\u{7f}\\u{9b}\\u{2028}\\u{feff}é漢",
    );
  });
});

describe("dead letters that are nearly full", () => {
  it("are a warning that says what to do", () => {
    events.deadLettersNearlyFull({ usedBytes: 900, maxTotalBytes: 1_000 });
    expect(taken()).toMatchObject([
      {
        level: "warn",
        code: "DEAD_LETTERS_NEARLY_FULL",
        usedBytes: 900,
        maxTotalBytes: 1_000,
        msg: expect.stringContaining(
          'run "dead-letters replay" (uncertain ones with --uncertain) and',
        ) as string,
      },
    ]);
  });
});
