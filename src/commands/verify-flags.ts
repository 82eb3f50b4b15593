// SPDX-License-Identifier: Apache-2.0
/** The flags of `verify`, read and checked, and what its help and its output say it does not prove. Pure. */
import { resolveStartHour } from "../config/start.ts";
import type { Start } from "../config/start.ts";
import type { Flags } from "../config/sources.ts";
import { startPoint } from "../config/value-types.ts";
import type { CommandFlag } from "./command.ts";
import { FlagReader } from "./flag-reader.ts";
import { readResourceFlag, RESOURCE_FORMS, resourceMatcher } from "./resource-matcher.ts";
import type { SelectsResource } from "./resource-matcher.ts";

export interface VerifyOptions {
  /** The hours from this one on, epoch ms. */
  readonly fromHourMs: number;
  /** The hours that begin before this time, epoch ms. */
  readonly toMs: number;
  readonly selects: SelectsResource;
  /** As given; undefined for all resources. */
  readonly resource: string | undefined;
  readonly hasLetters: boolean;
}

export const VERIFY_FLAGS: readonly CommandFlag[] = [
  {
    name: "from",
    placeholder: "time",
    doc: "from the hour that holds this ISO time, or so long ago, such as 7d (default: everything)",
  },
  { name: "to", placeholder: "time", doc: "only hours that begin before this time" },
  {
    name: "resource",
    placeholder: "name",
    doc: `only ${RESOURCE_FORMS}`,
  },
  {
    name: "skip-dead-letters",
    doc: "do not look for the dead letters: they were purged, or are kept elsewhere",
  },
  { name: "json", doc: "one JSON object a blob, and a summary" },
];

/** Closes the help and the output. */
export const NOT_PROVEN =
  "Not proven: that the receiver still has the records that it acknowledged; that nobody changed a blob, the ledger and " +
  "the dead letters together so that they agree; anything about blobs that are gone or were replaced, and about bytes " +
  "behind the settled ones. Records are cut with the present maxRecordBytes: with another value at delivery, counts of " +
  "over-long records may differ. So may those of a last line that was taken without its newline and written on to later.";

/** A paragraph in lines of at most so many characters. */
export function wrapped(text: string, columns: number): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join("\n");
}

/** The options that the flags mean. Throws CONFIG_INVALID that names every flag that is wrong. */
export function readVerifyFlags(flags: Flags, nowMs: number): VerifyOptions {
  const reader = new FlagReader(flags);
  const { problems } = reader;
  const from = reader.read("from", startPoint());
  const to = reader.read("to", startPoint());
  if (to?.kind === "beginning") problems.push("--to: nothing is before the beginning");
  const fromHourMs = from === undefined ? 0 : resolveStartHour(from, nowMs);
  const toMs = to === undefined ? Infinity : instantOf(to, nowMs);
  if (problems.length === 0 && fromHourMs >= toMs) problems.push("--from must be before --to");
  const resource = readResourceFlag(flags, problems);
  reader.refuseProblems();
  return {
    fromHourMs,
    toMs,
    selects: resource === undefined ? (): boolean => true : resourceMatcher(resource),
    resource,
    hasLetters: flags["skip-dead-letters"] !== true,
  };
}

function instantOf(start: Start, nowMs: number): number {
  if (start.kind === "at") return start.timeMs;
  return start.kind === "ago" ? nowMs - start.ms : nowMs;
}
