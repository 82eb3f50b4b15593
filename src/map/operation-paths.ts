// SPDX-License-Identifier: Apache-2.0
/**
 * What a request's path and status say about an operation (pure), by the REST API 7.6. The HTTP
 * method is not logged, so an action is named only where the path, or the path with its status,
 * belongs to one method: `GET` and `DELETE` of a role assignment share both, and so have none.
 *
 * Segments are counted, never searched for: a key may be called `restore`, `backup` or `create`.
 */
import { isObjectVersion } from "./operation.ts";
import {
  kindOf,
  type OperationAction,
  type OperationFamily,
  type OperationKind,
} from "./operation-kind.ts";

const ROLES = /\/providers\/microsoft\.authorization\/role(?:assignments|definitions)(\/[^/]+)?$/i;
const RESOURCE_MANAGER = /^\/subscriptions\/.*\/providers\/microsoft\.keyvault\//i;
/** `x/pending`: the state of a job. */
const JOB_STATE = /^\/(?:backup|restore|securitydomain)\/[^/]+\/pending$/i;

const COLLECTIONS: ReadonlyMap<string, "key" | "secret" | "certificate"> = new Map([
  ["keys", "key"],
  ["secrets", "secret"],
  ["certificates", "certificate"],
]);

/** Verbs behind a key or one of its versions. */
const KEY_USES = new Set(["sign", "verify", "encrypt", "decrypt", "wrapkey", "unwrapkey"]);

/** What stands behind an object's name, where it belongs to one method. */
const OBJECT_VERBS: ReadonlyMap<string, OperationAction> = new Map([
  ["create", "create"],
  ["import", "import"],
  ["backup", "backup"],
  ["rotate", "rotate"],
  ["release", "release"],
  ["attestation", "read"],
  ["versions", "list"],
]);

/** True for the path of a poll: it reads a job's state, whatever the event is called. */
export function isJobState(path: string): boolean {
  return JOB_STATE.test(withoutSlash(path));
}

/** What the path of a call says; undefined where it is none of the API's. */
export function kindOfRequest(
  requestPath: string,
  status: number | undefined,
): OperationKind | undefined {
  const path = withoutSlash(requestPath.replace(/^\/\/+(?!providers\/)/i, "/"));
  const role = ROLES.exec(path);
  if (role !== null) return kindOf("role", roleAction(role[1] !== undefined, status));
  if (RESOURCE_MANAGER.test(path)) return kindOf("vault", undefined);
  const [first = "", ...rest] = path.slice(1).split("/");
  const collection = first.toLowerCase();
  switch (collection) {
    case "securitydomain":
      return kindOfSecurityDomain(rest, status);
    case "backup":
    case "restore":
      return kindOf(collection, jobAction(collection, rest));
    case "settings":
      return kindOf("settings", rest.length === 0 ? "list" : undefined);
    case "rng":
      return kindOf("crypto", "use");
    default:
      return kindOfObjectRequest(collection, rest, status);
  }
}

/** A PUT answers 201; a 200 may be a GET or a DELETE, and a refusal is of any of the three. */
function roleAction(hasName: boolean, status: number | undefined): OperationAction | undefined {
  if (!hasName) return "list";
  return status === 201 ? "create" : undefined;
}

function kindOfSecurityDomain(parts: readonly string[], status: number | undefined): OperationKind {
  const [act = "", tail] = parts.map((part) => part.toLowerCase());
  const family = "security_domain";
  if (tail === "pending") return kindOf(family, "read");
  if (act === "download") return kindOf(family, "download");
  if (act !== "upload") return kindOf(family, undefined);
  // The transfer key is read where the security domain is uploaded; only the status tells them
  // apart.
  if (status === 200) return { family, action: "read", isSensitive: true };
  return kindOf(family, status === 202 || status === 204 ? "upload" : undefined);
}

function jobAction(
  family: "backup" | "restore",
  [, tail]: readonly string[],
): OperationAction | undefined {
  return tail === undefined ? family : tail === "pending" ? "read" : undefined;
}

function kindOfObjectRequest(
  collection: string,
  rest: readonly string[],
  status: number | undefined,
): OperationKind | undefined {
  const isDeleted = collection.startsWith("deleted");
  const family = COLLECTIONS.get(isDeleted ? collection.slice("deleted".length) : collection);
  if (family === undefined) return undefined;
  if (rest.length === 0) return kindOf(family, "list");
  return isDeleted ? deletedKind(family, rest, status) : liveKind(family, rest);
}

function deletedKind(
  family: OperationFamily,
  [, verb]: readonly string[],
  status: number | undefined,
): OperationKind {
  if (verb === "recover") return kindOf(family, "recover");
  if (verb !== undefined) return kindOf(family, undefined);
  return kindOf(family, status === 204 ? "purge" : status === 200 ? "read" : undefined);
}

function liveKind(
  family: OperationFamily,
  [name, ...tail]: readonly string[],
): OperationKind | undefined {
  // POST /keys/restore, or a key of that name: the calls on a key have documented names, and this
  // is asked only about an event whose name is none of them.
  if (tail.length === 0) return kindOf(family, name === "restore" ? "restore" : undefined);
  const behind = isObjectVersion(tail[0] ?? "") || tail[0] === "" ? tail.slice(1) : tail;
  const verb = behind[0]?.toLowerCase() ?? "";
  if (family !== "key") {
    const isShared = verb === "backup" || verb === "versions" || verb === "import";
    return kindOf(family, isShared ? OBJECT_VERBS.get(verb) : undefined);
  }
  if (KEY_USES.has(verb)) return kindOf("crypto", "use");
  // PUT /keys/{name}/restore takes the key out of a whole HSM's backup.
  if (verb === "restore") return kindOf("restore", "restore");
  return kindOf("key", OBJECT_VERBS.get(verb));
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}
