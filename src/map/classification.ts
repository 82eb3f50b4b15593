// SPDX-License-Identifier: Apache-2.0
/**
 * What kind of operation an event tells of (pure). A documented name decides; then the words of the
 * name, where they say what is done and not only to what; then path and status. A poll of
 * a job is a read, whatever its name: one backup is polled a hundred times and must count once.
 */
import { kindOf, type OperationKind } from "./operation-kind.ts";
import { kindOfDocumentedName } from "./operation-names.ts";
import { isJobState, kindOfRequest } from "./operation-paths.ts";
import { kindOfWords } from "./operation-words.ts";

const UNKNOWN = kindOf("other", undefined);

/** `PUT /keys/{name}/restore` takes a key out of a whole backup, whatever the event is called. */
function selectiveRestore(
  named: OperationKind,
  path: string | undefined,
  status: number | undefined,
): OperationKind | undefined {
  if (named.action !== "restore" || path === undefined) return undefined;
  const requested = kindOfRequest(path, status);
  return requested?.family === "restore" ? requested : undefined;
}

/** The kind of an event of Key Vault or Managed HSM; family `other` where nothing tells. */
export function classify(
  name: string | undefined,
  path: string | undefined,
  status: number | undefined,
): OperationKind {
  const named = name === undefined ? undefined : kindOfDocumentedName(name);
  // Only these have a job, or more than one meaning; a look at the path of everything else would be for nothing.
  if (named !== undefined && named.family !== "backup" && named.action !== "restore") return named;
  if (path !== undefined && isJobState(path)) return kindOfRequest(path, status) ?? UNKNOWN;
  if (named !== undefined) return selectiveRestore(named, path, status) ?? named;
  const worded = name === undefined ? undefined : kindOfWords(name);
  // The word HSM or vault may stand in any name: it tells less than a path does.
  const isVague = worded === undefined || worded.family === "vault";
  if (worded?.action !== undefined && !isVague) return worded;
  const requested = path === undefined ? undefined : kindOfRequest(path, status);
  if (worded === undefined || requested === undefined) return worded ?? requested ?? UNKNOWN;
  const tellsMore = isVague ? requested.family !== "vault" : requested.action !== undefined;
  return tellsMore ? requested : worded;
}
