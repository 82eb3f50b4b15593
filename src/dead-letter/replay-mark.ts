// SPDX-License-Identifier: Apache-2.0
/**
 * The written form of "this dead letter got through" (pure): one JSON object on one line, in files
 * of its own. Nothing is ever changed in a letter's file, so a mark names the letter by its uid and
 * by the time when it was kept: a letter that is kept again later is not covered by it. Both times
 * are the letter's writer's, so that clocks of two machines are never compared.
 */
import { z } from "zod";
import { fieldsOf, parseLine, uidText } from "./dead-letter-entry.ts";

/** A letter that the receiver has taken after all. */
export interface ReplayMark {
  readonly uid: string;
  /** When the newest letter that it covers was kept, epoch ms. */
  readonly letterKeptAtMs: number;
  /** When it was replayed, epoch ms. */
  readonly replayedAtMs: number;
  /** True when the receiver may have had the record before: it was uncertain. */
  readonly isLikelyRepeat: boolean;
}

export type DecodedMark =
  | { readonly kind: "ok"; readonly mark: ReplayMark }
  | { readonly kind: "malformed"; readonly detail: string };

const markLine = z.strictObject({
  version: z.literal(2),
  mark: z.literal("replayed"),
  uid: uidText,
  letterTime: z.iso.datetime(),
  time: z.iso.datetime(),
  isLikelyRepeat: z.boolean(),
});

/** The mark as one line, with its newline. */
export function encodeMark(mark: ReplayMark): string {
  const line = {
    version: 2,
    mark: "replayed",
    uid: mark.uid,
    letterTime: new Date(mark.letterKeptAtMs).toISOString(),
    time: new Date(mark.replayedAtMs).toISOString(),
    isLikelyRepeat: mark.isLikelyRepeat,
  };
  return `${JSON.stringify(line)}\n`;
}

/** Reads one line back, with or without its newline. Never throws. */
export function decodeMark(line: string): DecodedMark {
  const value = parseLine(line);
  if (value === undefined) return { kind: "malformed", detail: "it is not JSON" };
  const checked = markLine.safeParse(value);
  if (!checked.success) return { kind: "malformed", detail: fieldsOf(checked.error) };
  const { uid, letterTime, time, isLikelyRepeat } = checked.data;
  const letterKeptAtMs = Date.parse(letterTime);
  return {
    kind: "ok",
    mark: { uid, letterKeptAtMs, replayedAtMs: Date.parse(time), isLikelyRepeat },
  };
}
