// SPDX-License-Identifier: Apache-2.0
/**
 * Where dead letters are kept: a directory, or a container of their own, in the audit account or in another. Pure.
 * The rules of a way in are those of storage-access.ts; the options only have other names.
 */
import { dirname, join } from "node:path";
import type { DeadLetterPlace, StorageConfig } from "./config.ts";
import type { ConfigProblem } from "./problem.ts";
import type { OptionName, OptionValues } from "./schema.ts";
import type { Setting } from "./setting.ts";
import type { Environment } from "./sources.ts";
import { resolveStorage, type OriginOf, type StorageValues } from "./storage-access.ts";

export interface DeadLetterInput {
  readonly values: OptionValues;
  readonly invalid: ReadonlySet<OptionName>;
  readonly originOf: OriginOf;
  readonly env: Environment;
  /** The audit log's own; undefined where no account is named. */
  readonly storage: StorageConfig | undefined;
}

export interface DeadLetterResult {
  readonly place: DeadLetterPlace;
  readonly derived: readonly Setting[];
  readonly problems: readonly ConfigProblem[];
}

/** Options that only mean something with a container. */
const ACCESS_NAMES = [
  "deadLetter.accountUrl",
  "deadLetter.connectionString",
  "deadLetter.accountKey",
  "deadLetter.sasToken",
] as const satisfies readonly OptionName[];

/** The place; meaningful only when there are no problems. */
export function resolveDeadLetters(input: DeadLetterInput): DeadLetterResult {
  const { values, originOf, invalid } = input;
  const directory = inDirectory(input);
  const own = ACCESS_NAMES.filter((name) => values[name] !== undefined);
  const container = values["deadLetter.container"];
  // A refused value looks like a missing one from here; its own problem says enough.
  if ([...ACCESS_NAMES, "deadLetter.container" as const].some((name) => invalid.has(name))) {
    return directory;
  }
  const problem = (name: OptionName, message: string): DeadLetterResult => ({
    ...directory,
    problems: [{ name, origin: originOf(name), message }],
  });
  if (container === undefined) {
    const [first] = own;
    if (first === undefined) return directory;
    return problem(first, "has no effect without deadLetter.container; give both or neither");
  }
  if (values["deadLetter.path"] !== undefined) {
    const other = `deadLetter.path (${originOf("deadLetter.path")})`;
    return problem("deadLetter.container", `is given together with ${other}; give one`);
  }
  return inContainer(input, container, own.length > 0);
}

function inContainer(
  input: DeadLetterInput,
  container: string,
  hasOwnAccess: boolean,
): DeadLetterResult {
  const { storage: audit, originOf } = input;
  const name = "deadLetter.container";
  const found = hasOwnAccess ? ownStorage(input, container) : audit && { ...audit, container };
  const wrong = (message: string): DeadLetterResult => ({
    ...inDirectory(input),
    problems: [{ name, origin: originOf(name), message }],
  });
  if (found === undefined) {
    const message = "needs an account: set deadLetter.accountUrl, or the audit log's accountUrl";
    return wrong(message);
  }
  if ("problems" in found) return { ...inDirectory(input), problems: found.problems };
  if (audit !== undefined && isSameContainer(found, audit)) {
    const message =
      "is the container of the audit log, which may be immutable and whose blobs expire; give another";
    return wrong(message);
  }
  const derived = [
    { name: "deadLetter.account", value: found.account, origin: `for ${name} (${originOf(name)})` },
  ];
  return { place: { kind: "container", storage: found }, derived, problems: [] };
}

/** The storage that the options of dead letters name, or what is wrong with them. */
function ownStorage(
  { values, originOf, env }: DeadLetterInput,
  container: string,
): StorageConfig | undefined | { readonly problems: readonly ConfigProblem[] } {
  const connectionString = values["deadLetter.connectionString"];
  const accountKey = values["deadLetter.accountKey"];
  const sasToken = values["deadLetter.sasToken"];
  const url = values["deadLetter.accountUrl"];
  const hasSecret = [connectionString, accountKey, sasToken, url?.sasToken].some(Boolean);
  // A key or SAS alone is another way into the audit account, whose own SAS then does not count.
  const auditUrl = values.accountUrl && { ...values.accountUrl, sasToken: undefined };
  const own: StorageValues = {
    accountUrl: url ?? (connectionString === undefined ? auditUrl : undefined),
    connectionString,
    accountKey,
    sasToken,
    credential: hasSecret ? "auto" : values.credential,
    managedIdentityClientId: hasSecret ? undefined : values.managedIdentityClientId,
    accountName:
      url === undefined && connectionString === undefined ? values.accountName : undefined,
    container,
  };
  const result = resolveStorage(own, (name) => originOf(toDeadLetterName(name)), env);
  if (result.kind === "none") return undefined;
  if (result.kind === "ok") return result.storage;
  return {
    problems: result.problems.map((problem) => ({
      ...problem,
      name: toDeadLetterName(problem.name as keyof StorageValues),
    })),
  };
}

function toDeadLetterName(name: keyof StorageValues): OptionName {
  const own = `deadLetter.${name}`;
  return ACCESS_NAMES.find((known) => known === own) ?? name;
}

function isSameContainer(one: StorageConfig, other: StorageConfig): boolean {
  const isSameUrl =
    "accountUrl" in one.access &&
    "accountUrl" in other.access &&
    one.access.accountUrl === other.access.accountUrl;
  return one.container === other.container && (one.account === other.account || isSameUrl);
}

/** The directory as it is in effect: its default depends on another option. */
function inDirectory({ values, originOf }: DeadLetterInput): DeadLetterResult {
  const name = "deadLetter.path";
  const path = values[name] ?? join(dirname(values["checkpoint.path"]), "dead-letters");
  const origin = values[name] === undefined ? "default" : originOf(name);
  return {
    place: { kind: "directory", path },
    derived: [{ name, value: path, origin }],
    problems: [],
  };
}
