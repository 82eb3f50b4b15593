// SPDX-License-Identifier: Apache-2.0
/** The events that mutations start from: every line of the fixtures, so a new fixture is fuzzed without a word here. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

export type JsonObject = Record<string, unknown>;

export interface SourceEvent {
  readonly bytes: Buffer;
  /** Its fields; not to be changed, `parseAgain` gives a copy. */
  readonly fields: JsonObject;
}

const FOLDER = join(import.meta.dirname, "../test/fixtures/audit-events");

export function readSourceEvents(): SourceEvent[] {
  const files = readdirSync(FOLDER)
    .filter((name) => name.endsWith(".jsonl"))
    .sort();
  const events = files.flatMap((name) =>
    readFileSync(join(FOLDER, name), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => ({ bytes: Buffer.from(line), fields: JSON.parse(line) as JsonObject })),
  );
  if (events.length === 0) throw new Error(`no events in ${FOLDER}`);
  return events;
}

/** A copy of the fields to be mutated. */
export function parseAgain({ bytes }: SourceEvent): JsonObject {
  return JSON.parse(bytes.toString("utf8")) as JsonObject;
}
