// SPDX-License-Identifier: Apache-2.0
/** The flags of the dead-letter commands, read and checked. Pure. */
import type { Flags } from "../config/sources.ts";
import { duration, oneOf } from "../config/value-types.ts";
import { DEAD_LETTER_REASONS } from "../dead-letter/dead-letter-entry.ts";
import type { StoredLetter } from "../dead-letter/dead-letter-archive.ts";
import { parseResource, resourcePrefixOf } from "../discover/blob-path.ts";
import { ConnectorError } from "../errors.ts";
import type { DeadLetterReason } from "../model.ts";
import type { CommandFlag } from "./command.ts";
import { FlagReader } from "./flag-reader.ts";
import { readResourceFlag, RESOURCE_FORMS, resourceMatcher } from "./resource-matcher.ts";
import type { SelectsResource } from "./resource-matcher.ts";

export type WantedState = "open" | "replayed" | "all";

/** Which letters are meant. */
export interface LetterFilter {
  readonly reason: DeadLetterReason | undefined;
  /** As given; undefined for all resources. */
  readonly resource: string | undefined;
  readonly selects: SelectsResource | undefined;
  readonly state: WantedState;
  /** Kept at least so long ago. */
  readonly olderThanMs: number | undefined;
}

const REASON_FLAG: CommandFlag = {
  name: "reason",
  placeholder: "reason",
  doc: `only letters of this reason: ${DEAD_LETTER_REASONS.join(", ")}`,
};
const RESOURCE_FLAG: CommandFlag = {
  name: "resource",
  placeholder: "name",
  doc: `only letters of ${RESOURCE_FORMS}`,
};

function stateFlag(byDefault: WantedState): CommandFlag {
  return {
    name: "state",
    placeholder: "open|replayed|all",
    doc: `which letters (default ${byDefault})`,
  };
}

export const LIST_FLAGS: readonly CommandFlag[] = [
  REASON_FLAG,
  RESOURCE_FLAG,
  stateFlag("open"),
  { name: "json", doc: "one JSON object a letter, and a summary on stderr" },
];

export const SHOW_FLAGS: readonly CommandFlag[] = [
  { name: "raw", doc: "only the original, byte for byte" },
  { name: "json", doc: "one JSON object" },
];

export const REPLAY_FLAGS: readonly CommandFlag[] = [
  REASON_FLAG,
  RESOURCE_FLAG,
  { name: "all", doc: "all open letters" },
  {
    name: "uncertain",
    doc: "also letters of reason partial-success, which the receiver may already have",
  },
  { name: "json", doc: "one JSON object a letter, and a summary" },
];

export const PURGE_FLAGS: readonly CommandFlag[] = [
  {
    name: "older-than",
    placeholder: "duration",
    doc: "only letters that were kept so long ago, such as 30d",
  },
  REASON_FLAG,
  RESOURCE_FLAG,
  stateFlag("replayed"),
  { name: "yes", doc: "do not ask" },
  { name: "json", doc: "one JSON object: what was chosen, and what was removed" },
];

const STATE = oneOf(["open", "replayed", "all"]);

/** The filter that the flags mean. Throws CONFIG_INVALID that names every flag that is wrong. */
export function readLetterFilter(flags: Flags, byDefault: WantedState): LetterFilter {
  const reader = new FlagReader(flags);
  const resource = readResourceFlag(flags, reader.problems);
  const filter = {
    reason: reader.read("reason", oneOf(DEAD_LETTER_REASONS)),
    resource,
    selects: resource === undefined ? undefined : resourceMatcher(resource),
    state: reader.read("state", STATE) ?? byDefault,
    olderThanMs: reader.read("older-than", duration("1s", "3650d")),
  };
  reader.refuseProblems();
  return filter;
}

/** uids as they were given, in lower case. Throws CONFIG_INVALID for what is none. */
export function readUids(args: readonly string[]): string[] {
  const wrong = args.filter((arg) => !/^[0-9a-f]{32}$/i.test(arg));
  if (wrong.length === 0) return args.map((arg) => arg.toLowerCase());
  const quoted = wrong.map((arg) => JSON.stringify(arg)).join(", ");
  const message = `${quoted}: no log.record.uid, which is 32 hex digits (see dead-letters list)`;
  throw new ConnectorError("CONFIG_INVALID", message);
}

/** Whether a letter is meant, apart from its state. */
export function isMeant(filter: LetterFilter, letter: StoredLetter, nowMs: number): boolean {
  const { reason, olderThanMs } = filter;
  const { deadLetter, keptAtMs } = letter;
  return (
    (reason === undefined || deadLetter.reason === reason) &&
    isOfResource(filter, letter) &&
    (olderThanMs === undefined || keptAtMs <= nowMs - olderThanMs)
  );
}

/** Whether it is of a resource that is meant. Where the blob's name does not say, only without the filter. */
export function isOfResource({ selects }: LetterFilter, { deadLetter }: StoredLetter): boolean {
  if (selects === undefined) return true;
  const prefix = resourcePrefixOf(deadLetter.blob.name);
  return prefix !== undefined && selects(parseResource(prefix));
}

export function hasState(state: WantedState, letter: StoredLetter): boolean {
  return state === "all" || letter.state.kind === state;
}

/** The resource that a blob belongs to; undefined where its name does not say. */
export function resourceOf(blobName: string): string | undefined {
  const prefix = resourcePrefixOf(blobName);
  return prefix === undefined ? undefined : parseResource(prefix).name;
}
