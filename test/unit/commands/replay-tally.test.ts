// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { readReplayWish } from "../../../src/commands/replay-tally.ts";
import type { ReplayTally } from "../../../src/commands/replay-tally.ts";
import type { StoredLetter, UnreadableLine } from "../../../src/dead-letter/dead-letter-archive.ts";
import { ConnectorError } from "../../../src/errors.ts";
import { sampleDeadLetter } from "../../support/dead-letter-samples.ts";
import { createRecordingHost } from "../../support/recording-context.ts";

const PLACE = { place: "/letters", exists: true };
const never = new AbortController().signal;
const TORN = { kind: "unreadable", file: "f", line: 9, detail: "torn" } as const;

function letter(start: number): StoredLetter {
  const deadLetter = sampleDeadLetter(start);
  return { kind: "letter", deadLetter, keptAtMs: 0, state: { kind: "open" }, storedBytes: 1 };
}

function archiveOf(items: readonly (StoredLetter | UnreadableLine | Error)[]) {
  return {
    async *entries(): AsyncGenerator<StoredLetter | UnreadableLine> {
      for (const item of items) {
        if (item instanceof Error) throw item;
        yield await Promise.resolve(item);
      }
    },
  };
}

/** Asked for the letters 0, 1, 2; the first of them stayed. */
async function cutShort(args: readonly string[] = []): Promise<ReplayTally> {
  const flags = args.length > 0 ? {} : { all: true };
  const tally = readReplayWish({ ...createRecordingHost({}), flags, args });
  for (const start of [0, 1, 2]) tally.isChosen(letter(start));
  await tally.onFate(letter(0), { kind: "stayed", why: "refused" });
  return tally;
}

const ALL = [0, 1, 2, 3, 4, 5, 6].map(letter);

describe("the counts of a replay that ended early", () => {
  it("are of all chosen letters, those that were not reached included", async () => {
    const tally = await cutShort();
    await tally.countRest(archiveOf([...ALL.slice(0, 5), TORN, ...ALL.slice(5)]), never);
    expect(tally.text(PLACE)).toBe(
      "7 letters in /letters: 0 replayed, 1 stayed, 2 not decided, 4 not reached\n" +
        "1 lines cannot be read (see list)\n",
    );
    expect(tally.counts()).toMatchObject({ chosen: 7, undecided: 2, notReached: 4 });
  });

  it.each([
    ["nobody counts on", undefined],
    ["the letter asked for last is gone", archiveOf(ALL.slice(4))],
    [
      "the rest cannot be read",
      archiveOf([new ConnectorError("DEAD_LETTER_UNAVAILABLE", "gone", { isRetryable: true })]),
    ],
  ])("are said to be at least so many when %s", async (_, archive) => {
    const tally = await cutShort();
    if (archive !== undefined) await tally.countRest(archive, never);
    expect(tally.text(PLACE)).toBe(
      "at least 3 letters in /letters: 0 replayed, 1 stayed, 2 not decided\n" +
        "letters behind the last of them were not read or counted\n",
    );
    expect(tally.counts()).toMatchObject({ chosen: 3, notReached: null });
  });

  it("stop growing when somebody stops the count", async () => {
    const tally = await cutShort();
    await tally.countRest(archiveOf(ALL), AbortSignal.abort());
    expect(tally.counts()).toMatchObject({ chosen: 3, notReached: null });
  });

  it("call no letter missing before every letter was read", async () => {
    const uids = [0, 6, 99].map((start) => letter(start).deadLetter.uid);
    const tally = await cutShort(uids);
    expect(tally.text(PLACE)).not.toContain("no letter");
    await tally.countRest(archiveOf(ALL), never);
    expect(tally.missing).toEqual([uids[2]]);
    expect(tally.text(PLACE)).toContain(
      "2 letters in /letters: 0 replayed, 1 stayed, 1 not reached",
    );
  });
});
