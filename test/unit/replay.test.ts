// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { openSender } from "../../src/connector.ts";
import type { DeadLetterArchive, StoredLetter } from "../../src/dead-letter/dead-letter-archive.ts";
import { LetterDirectory } from "../../src/dead-letter/letter-directory.ts";
import { openDeadLetterArchive } from "../../src/dead-letter/place-archive.ts";
import { ConnectorError } from "../../src/errors.ts";
import type { EncodedRequest, ExportOutcome } from "../../src/export/exporter.ts";
import { recordIdPrefix, recordUid } from "../../src/map/record-id.ts";
import type { DeadLetter } from "../../src/model.ts";
import { rebuildRecord } from "../../src/replay-record.ts";
import type { LetterFate } from "../../src/replay-sender.ts";
import { replayLetters } from "../../src/replay.ts";
import type { ReplayParts } from "../../src/replay.ts";
import { joinEvents } from "../../src/telemetry/totals.ts";
import { DeadLetterDirectory } from "../support/dead-letter-directory.ts";
import { sampleDeadLetter } from "../support/dead-letter-samples.ts";
import { configOf } from "../support/given-config.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { storedLetters } from "../support/stored-letters.ts";

/** A letter that can be mapped, with the uid that its position gives. */
function mappable(start: number, more: Partial<DeadLetter> = {}): DeadLetter {
  const bytes = Buffer.from(
    `{"time":"2026-01-15T10:30:00Z","operationName":"KeyGet","n":${start}}`,
  );
  const letter = sampleDeadLetter(start, { reason: "unmappable", bytes, ...more });
  return { ...letter, uid: recordUid(recordIdPrefix(letter.blob), start) };
}

const sender = openSender(configOf({}), { clock: new ManualClock(), events: joinEvents() });
const DELIVERED = { kind: "delivered", warning: undefined, attempts: 1 } as const;
const REFUSED = {
  kind: "refused",
  status: 400,
  isTooLarge: false,
  reason: "HTTP 400",
  message: "content",
  attempts: 1,
  at: 1,
  acceptedBefore: 0,
} as const;
const PARTIAL = {
  kind: "partial",
  status: 200,
  rejectedCount: 1,
  message: "",
  attempts: 1,
} as const;

interface Bench {
  readonly requests: number[];
  readonly fates: Map<number, LetterFate>;
  readonly archive: DeadLetterArchive;
  readonly run: () => ReturnType<typeof replayLetters>;
}

function bench(
  directory: DeadLetterDirectory,
  answer: (request: EncodedRequest) => ExportOutcome,
  more: Partial<DeadLetterArchive> = {},
): Bench {
  const { clock } = directory;
  const requests: number[] = [];
  const fates = new Map<number, LetterFate>();
  const archive = openDeadLetterArchive(new LetterDirectory(directory), clock);
  const parts: ReplayParts = {
    archive: {
      ...more,
      name: archive.name,
      exists: () => archive.exists(),
      entries: () => archive.entries(),
      mark: more.mark ?? ((marks) => archive.mark(marks)),
      purge: (chosen) => archive.purge(chosen),
      logOperation: (operation) => archive.logOperation(operation),
      usedBytes: () => archive.usedBytes(),
      close: () => archive.close(),
    },
    understand: sender.understand,
    encode: sender.encode,
    newExporter: () => ({
      export: async (request) => {
        requests.push(request.recordCount);
        return await Promise.resolve(answer(request));
      },
      acceptedSince: () => false,
      isHolding: false,
      hold: () => undefined,
      close: () => Promise.resolve(),
      state: () => "open",
    }),
    clock,
    settings: {
      giveUpAfterMs: 60_000,
      shutdownGraceMs: 1_000,
      maxInFlight: 2,
      batchMaxBytes: 3 * 1024 * 1024,
      observedTimestamp: "omit",
    },
  };
  const wish = {
    isChosen: ({ state }: StoredLetter) => state.kind === "open",
    onFate: async ({ deadLetter }: StoredLetter, fate: LetterFate) => {
      fates.set(deadLetter.range.start, fate);
      await Promise.resolve();
    },
    onUnreadable: () => undefined,
  };
  const never = new AbortController().signal;
  const run = (): ReturnType<typeof replayLetters> =>
    replayLetters(parts, wish, { stop: never, abandon: never });
  return { requests, fates, archive, run };
}

async function withLetters(letters: readonly DeadLetter[]): Promise<DeadLetterDirectory> {
  const directory = await DeadLetterDirectory.create();
  await (await directory.open()).write(letters);
  return directory;
}

describe("a replay", () => {
  it("sends each letter alone, and says which are likely repeats", async () => {
    const receiver = { status: 400, message: "", attempts: 1 };
    await using directory = await withLetters([
      ...[0, 1_000, 2_000].map((start) => mappable(start)),
      mappable(3_000, { reason: "refused", receiver }),
      mappable(4_000, { reason: "partial-success" }),
    ]);
    const { requests, fates, archive, run } = bench(directory, () => DELIVERED);
    expect(await run()).toEqual({ kind: "done" });
    expect(requests).toEqual([1, 1, 1, 1, 1]);
    expect(fates.get(4_000)).toEqual({ kind: "replayed", isLikelyRepeat: true });
    expect(fates.get(3_000)).toEqual({ kind: "replayed", isLikelyRepeat: false });
    const states = (await storedLetters(archive)).map(({ state }) => state.kind);
    expect(states).toEqual(Array(5).fill("replayed"));
  });

  it("goes past any number of letters that are refused again", async () => {
    const all = Array.from({ length: 40 }, (_, index) => mappable(index * 1_000));
    await using directory = await withLetters(all);
    let answers = 0;
    const { fates, archive, run } = bench(directory, () => (answers++ < 30 ? REFUSED : DELIVERED));
    expect(await run()).toEqual({ kind: "done" });
    const kinds = [...fates.values()].map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "stayed")).toHaveLength(30);
    expect(kinds.filter((kind) => kind === "replayed")).toHaveLength(10);
    const letters = await storedLetters(archive);
    expect(letters.filter(({ state }) => state.kind === "open")).toHaveLength(30);
  });

  it("leaves letters open of which the receiver rejected some", async () => {
    await using directory = await withLetters([0, 1_000].map((start) => mappable(start)));
    const { fates, archive, run } = bench(directory, () => PARTIAL);
    await run();
    expect(fates.get(0)).toMatchObject({ kind: "stayed" });
    expect((await storedLetters(archive)).map(({ state }) => state.kind)).toEqual(["open", "open"]);
  });

  it("tells of nothing as replayed that could not be marked, and says that it will repeat", async () => {
    await using directory = await withLetters([mappable(0)]);
    const mark = (): Promise<void> =>
      Promise.reject(new ConnectorError("DEAD_LETTER_UNAVAILABLE", "the disk is full"));
    const { fates, run } = bench(directory, () => DELIVERED, { mark });
    await expect(run()).rejects.toThrow(
      "DEAD_LETTER_UNAVAILABLE: letters that got through (1) could not be marked; they stay open, " +
        "and the next replay repeats them: the disk is full",
    );
    expect(fates.size).toBe(0);
  });
});

describe("a letter as a record", () => {
  it("has the uid of the entry, and the time only where it is wanted", () => {
    const rebuilt = rebuildRecord(mappable(77), sender.understand, undefined);
    expect(rebuilt).toMatchObject({ kind: "record", record: { uid: mappable(77).uid } });
    expect(rebuilt.kind === "record" && rebuilt.record.origin).toMatchObject({
      resource: { name: "A" },
      hourMs: Date.UTC(2026, 0, 15, 10),
      observedAtMs: undefined,
    });
  });

  it.each<[string, DeadLetter, string]>([
    ["an oversize one", mappable(0, { reason: "oversize" }), "only its first"],
    [
      "one whose bytes are not all there",
      { ...mappable(0), range: { start: 0, end: 5_000 } },
      "only its first",
    ],
    [
      "one of no hour blob",
      { ...mappable(0), blob: { ...mappable(0).blob, name: "x" } },
      "hour blob",
    ],
    ["one that was moved", { ...mappable(0), uid: mappable(9).uid }, "another uid"],
    [
      "one of blanks",
      mappable(0, { bytes: Buffer.alloc(0), range: { start: 0, end: 0 } }),
      "blank",
    ],
    ["one that is still no JSON", sampleDeadLetter(0), "(not-json)"],
  ])("is none for %s", (_, letter, why) => {
    expect(rebuildRecord(letter, sender.understand, undefined)).toEqual({
      kind: "no-record",
      why: expect.stringContaining(why) as string,
    });
  });
});
