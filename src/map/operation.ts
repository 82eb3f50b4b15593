// SPDX-License-Identifier: Apache-2.0
/**
 * The key, secret or certificate that a call was about (pure). Key Vault names it in
 * `properties.id`; Managed HSM has only the request path. Paths are those of the Key Vault REST API
 * 7.6.
 *
 * Nothing is guessed: a path names a version only by its 32 hex digits, because verbs stand in the
 * same place (`/keys/{name}/sign`), and collections (`/certificates/issuers`) and `POST
 * /keys/restore` name no object.
 */

export type AuditedObjectType = "key" | "secret" | "certificate";

export interface AuditedObject {
  /** Path from the object's collection to its last known part: `/keys/{name}/{version}`. */
  readonly path: string;
  readonly type: AuditedObjectType;
  readonly name: string;
  readonly version: string | undefined;
}

const OBJECT_PATH = /^\/(deleted)?(keys|secrets|certificates)\/([^/]+)(?:\/([^/]+))?(?:\/|$)/i;
const VERSION_DIGITS = 32;

/** Collections and settings that stand where a certificate's name would. */
const NOT_A_CERTIFICATE = new Set(["contacts", "issuers"]);

/** A role assignment's scope comes first: `/keys/providers/Microsoft.Authorization/…` is about all keys. */
const ROLE_SCOPE = /^\/(?:keys|secrets|certificates)\/providers\/microsoft\.authorization\//i;

/** What stands where a version would in the ids of a certificate's own parts. */
const PARTS = new Set(["pending", "policy", "versions", "rotationpolicy"]);

/**
 * The object of an object id's path (`properties.id`): what stands behind the name is its version.
 */
export function objectOfId(path: string): AuditedObject | undefined {
  return objectOf(path, (text) => text !== undefined && !PARTS.has(text));
}

/**
 * The object that a request path names. The operation's name tells `POST /keys/restore` from a key
 * so called.
 */
export function objectOfRequest(
  path: string,
  operationName: string | undefined,
): AuditedObject | undefined {
  const found = objectOf(path, (text) => text !== undefined && isObjectVersion(text));
  if (found === undefined) return undefined;
  const isRestore = found.name === "restore" && operationName?.includes("Restore") === true;
  return isRestore ? undefined : found;
}

/** True for the 32 hex digits of a version. By hand: asked of each call on a key. */
export function isObjectVersion(text: string): boolean {
  if (text.length !== VERSION_DIGITS) return false;
  for (let index = 0; index < VERSION_DIGITS; index += 1) {
    const code = text.charCodeAt(index);
    const lower = code | 0x20;
    const isHex = (code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x66);
    if (!isHex) return false;
  }
  return true;
}

function objectOf(
  path: string,
  isVersion: (text: string | undefined) => boolean,
): AuditedObject | undefined {
  const parts = OBJECT_PATH.exec(path);
  if (parts === null) return undefined;
  const [, deleted = "", collection = "", name = "", last] = parts;
  if (name.toLowerCase() === "providers" && ROLE_SCOPE.test(path)) return undefined;
  const type = typeOf(collection);
  if (type === "certificate" && NOT_A_CERTIFICATE.has(name)) return undefined;
  const version = isVersion(last) ? last : undefined;
  const upToName = deleted.length + collection.length + name.length + 2;
  const end = version === undefined ? upToName : upToName + 1 + version.length;
  return { path: path.slice(0, end), type, name, version };
}

function typeOf(collection: string): AuditedObjectType {
  switch (collection.toLowerCase()) {
    case "keys":
      return "key";
    case "secrets":
      return "secret";
    default:
      return "certificate";
  }
}
