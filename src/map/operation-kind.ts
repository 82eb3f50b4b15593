// SPDX-License-Identifier: Apache-2.0
/**
 * The words for what an operation is about and what it does: closed sets, so that a rule written
 * once holds for names that the vendor adds later. Pure.
 */

/**
 * What an operation is about.
 *
 * `crypto` is use of a key inside the service: sign, verify, encrypt, decrypt, wrap, unwrap, random
 * bytes, and everything of external key managers (`Ekm…`). A key's release and attestation are of
 * family `key`: the one takes the key out, the other reads about it. `backup` and `restore` are
 * those of a whole HSM, selective restore included, because it takes a key out of a whole backup; the backup of
 * one object (`KeyBackup`) has the family of the object and the action `backup`, likewise its
 * restore. `vault` is the vault or the HSM itself as Azure's resource manager sees it.
 */
export type OperationFamily =
  | "key"
  | "crypto"
  | "secret"
  | "certificate"
  | "backup"
  | "restore"
  | "security_domain"
  | "role"
  | "vault"
  | "settings"
  | "notification"
  | "authentication"
  | "other";

/**
 * What an operation does.
 *
 * `create`: new, or written whole by a PUT that may have replaced an earlier one (`VaultPut`,
 * `SecretSet`). `update`: a change of something that exists, its policies included. `read`: one
 * thing or the state of a job. `use`: with a key, inside the service. `release`: a key's material
 * leaves the service. `download`, `upload`: of a security domain. `rotate`: a new version in place
 * of an old one. `notify`: the service tells of something that nobody called for.
 */
export type OperationAction =
  | "create"
  | "read"
  | "list"
  | "update"
  | "delete"
  | "purge"
  | "recover"
  | "import"
  | "rotate"
  | "backup"
  | "restore"
  | "use"
  | "release"
  | "download"
  | "upload"
  | "authenticate"
  | "notify";

/** All families, for documents and tests. */
export const OPERATION_FAMILIES = [
  "key",
  "crypto",
  "secret",
  "certificate",
  "backup",
  "restore",
  "security_domain",
  "role",
  "vault",
  "settings",
  "notification",
  "authentication",
  "other",
] as const satisfies readonly OperationFamily[];

/** All actions, for documents and tests. */
export const OPERATION_ACTIONS = [
  "create",
  "read",
  "list",
  "update",
  "delete",
  "purge",
  "recover",
  "import",
  "rotate",
  "backup",
  "restore",
  "use",
  "release",
  "download",
  "upload",
  "authenticate",
  "notify",
] as const satisfies readonly OperationAction[];

/** What an operation is, as far as it can be told. */
export interface OperationKind {
  readonly family: OperationFamily;
  readonly action: OperationAction | undefined;
  /** True for acts that the `security` severity raises when they succeed. */
  readonly isSensitive: boolean;
}

const OBJECTS = ["key", "secret", "certificate"] as const;

/**
 * What destroys for good, takes keys out or puts them back whole, or changes who may do what (a
 * vault's access policies and firewall are changed by its update); by action, the families of which it does. Release is not among them: confidential machines do it at
 * each start.
 */
const SENSITIVE: Partial<Record<OperationAction, readonly OperationFamily[]>> = {
  purge: OPERATION_FAMILIES,
  download: ["security_domain"],
  upload: ["security_domain"],
  delete: [...OBJECTS, "vault", "role"],
  backup: ["backup", ...OBJECTS],
  restore: ["restore"],
  create: ["role"],
  update: ["role", "settings", "vault"],
};

const PARTS = /^(?:Deleted)?Certificates?_?(?:Contacts|Issuers?|Pending)/;

/** True for the name of a certificate's surroundings: to take one away destroys no certificate. */
export function isPartOfCertificate(name: string): boolean {
  return PARTS.test(name);
}

/** A kind whose sensitivity follows from family and action. */
export function kindOf(
  family: OperationFamily,
  action: OperationAction | undefined,
): OperationKind {
  const families = action === undefined ? undefined : SENSITIVE[action];
  return { family, action, isSensitive: families?.includes(family) === true };
}
