// SPDX-License-Identifier: Apache-2.0
/**
 * Sends some dead letters and says what became of each. Letters that the receiver has already judged, or may already
 * have, go alone, so that each gets an answer of its own; the others share a request, and go alone where the receiver
 * refuses it.
 */
import type { StoredLetter } from "./dead-letter/dead-letter-archive.ts";
import { isCancelled } from "./errors.ts";
import type { EncodedRequest, Exporter, ExportOutcome } from "./export/exporter.ts";
import type { EncodedRecord, MappedRecord } from "./model.ts";

/** A letter, and how to make its record; encoding uses a record up, so it is made for each request anew. */
export interface ReplayLetter {
  readonly stored: StoredLetter;
  readonly rebuild: () => MappedRecord;
}

export type LetterFate =
  /** The receiver has it. */
  | { readonly kind: "replayed"; readonly isLikelyRepeat: boolean }
  /** It is as it was. `why` is safe for the log. */
  | { readonly kind: "stayed"; readonly why: string };

export interface Sent {
  readonly stored: StoredLetter;
  /** Undefined: cut short; perhaps the receiver has it. */
  readonly fate: LetterFate | undefined;
}

export interface ReplaySenderParts {
  readonly exporter: Exporter;
  readonly encode: (records: readonly EncodedRecord[]) => Promise<EncodedRequest>;
  readonly maxInFlight: number;
  readonly signal: AbortSignal;
  /** Told of each answer that decides something. */
  readonly onAnswer: () => void;
}

/** Whether the receiver has had this record, taken or not. */
export function goesAlone({ deadLetter }: StoredLetter): boolean {
  return deadLetter.reason === "partial-success" || deadLetter.receiver !== undefined;
}

/** Rejects for what must not happen only; a cancellation leaves letters without a fate. */
export async function sendLetters(
  parts: ReplaySenderParts,
  letters: readonly ReplayLetter[],
): Promise<Sent[]> {
  const alone = letters.filter(({ stored }) => goesAlone(stored));
  const together = letters.filter(({ stored }) => !goesAlone(stored));
  const sent = await sendEach(parts, alone);
  if (together.length === 0) return sent;
  const outcome = await sendOne(parts, together);
  if (outcome?.kind === "refused" && together.length > 1) {
    return [...sent, ...(await sendEach(parts, together))];
  }
  return [...sent, ...together.map(({ stored }) => ({ stored, fate: fateOf(stored, outcome) }))];
}

/** One request a letter, some at a time. */
async function sendEach(
  parts: ReplaySenderParts,
  letters: readonly ReplayLetter[],
): Promise<Sent[]> {
  const sent: Sent[] = [];
  const waiting = [...letters];
  const work = async (): Promise<void> => {
    for (let letter = waiting.shift(); letter !== undefined; letter = waiting.shift()) {
      const { stored } = letter;
      sent.push({ stored, fate: fateOf(stored, await sendOne(parts, [letter])) });
    }
  };
  await Promise.all(Array.from({ length: parts.maxInFlight }, work));
  return sent;
}

async function sendOne(
  { exporter, encode, signal, onAnswer }: ReplaySenderParts,
  letters: readonly ReplayLetter[],
): Promise<ExportOutcome | undefined> {
  try {
    const request = await encode(letters.map(({ rebuild }) => rebuild().logRecord));
    const outcome = await exporter.export(request, signal);
    onAnswer();
    return outcome;
  } catch (reason) {
    if (isCancelled(reason)) return undefined;
    throw reason;
  }
}

function fateOf(
  { deadLetter }: StoredLetter,
  outcome: ExportOutcome | undefined,
): LetterFate | undefined {
  if (outcome === undefined) return undefined;
  switch (outcome.kind) {
    case "delivered":
      return { kind: "replayed", isLikelyRepeat: deadLetter.reason === "partial-success" };
    case "partial": {
      const count = outcome.rejectedCount ?? "some";
      const why = `HTTP ${outcome.status}: the receiver rejected ${count} of its request, unnamed`;
      return { kind: "stayed", why };
    }
    case "refused":
      return { kind: "stayed", why: `refused again: ${outcome.reason}` };
  }
}
