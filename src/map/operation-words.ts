// SPDX-License-Identifier: Apache-2.0
/**
 * What the words of an undocumented operation name say (pure): the noun in it is the family, the
 * verb the action. The names of security domains, roles, restore, settings and random bytes stand
 * in no document of the vendor, so the nouns of the REST API and of the documented names are looked
 * for, in either order of noun and verb (`RoleAssignmentCreate`, `RoleAssignments_Create`,
 * `GetSettings`).
 */
import {
  isPartOfCertificate,
  kindOf,
  type OperationAction,
  type OperationFamily,
  type OperationKind,
} from "./operation-kind.ts";

/** Nouns, the telling ones first. */
const FAMILIES: readonly (readonly [RegExp, OperationFamily])[] = [
  [/EventGridNotification$/, "notification"],
  [/^Ekm/, "crypto"],
  [/^(?:Managed)?(?:HSM|Hsm)?_?SecurityDomains?(?![a-z])/, "security_domain"],
  [/^Role(?:Assignment|Definition)s?(?![a-z])/, "role"],
  [/^Settings?(?![a-z])/, "settings"],
  [/^(?:Full|Hsm|HSM)?_?Backups?(?![a-z]|_?(?:Key|Secret|Certificate))/, "backup"],
  [
    /^(?:Full|Hsm|HSM|(?:Key)?Selective(?:Key)?)?_?Restores?(?![a-z]|_?(?:Key|Secret|Certificate))/,
    "restore",
  ],
  [/^(?:RandomBytes|Rng)(?![a-z])/, "crypto"],
  [/^(?:Deleted)?Keys?_?(?:Sign|Verify|Encrypt|Decrypt|Wrap|Unwrap)(?:Key|Data)?$/, "crypto"],
  [/^(?:Deleted)?Keys?(?![a-z])/, "key"],
  [/^(?:Deleted)?Secrets?(?![a-z])/, "secret"],
  [/^(?:Deleted)?Certificates?(?![a-z])/, "certificate"],
  [/^(?:Deleted)?(?:Vaults?|ManagedHsms?|ManagedHSMs?|Hsms?|HSMs?)(?![a-z])/, "vault"],
  [/^(?:Deleted)?Storage(?:Accounts?|SasDefinitions?)(?![a-z])/, "other"],
];

/** A verb before its noun: `GetSettings`. */
const VERB_FIRST =
  /^(Get|List|Create|Set|Update|Delete|Purge|Recover|Import|Rotate|Release|Sign|Verify|Encrypt|Decrypt|Wrap|Unwrap|Download|Upload|Backup|Restore)([A-Z].*)$/;

/** State of a job, whatever was asked of the job. */
const POLL = /(?:Pending|Status|Poll)(?![a-z])/;
const WORD = /[A-Z]+(?![a-z])|[A-Z][a-z]*/g;

const ACTIONS: ReadonlyMap<string, OperationAction> = new Map([
  ["Get", "read"],
  ["Read", "read"],
  ["Attestation", "read"],
  ["List", "list"],
  ["Create", "create"],
  ["Put", "create"],
  ["Write", "create"],
  ["Add", "create"],
  ["Update", "update"],
  ["Patch", "update"],
  ["Delete", "delete"],
  ["Remove", "delete"],
  ["Purge", "purge"],
  ["Recover", "recover"],
  ["Import", "import"],
  ["Rotate", "rotate"],
  ["Regenerate", "rotate"],
  ["Release", "release"],
  ["Backup", "backup"],
  ["Restore", "restore"],
  ["Download", "download"],
  ["Upload", "upload"],
  ["Sign", "use"],
  ["Verify", "use"],
  ["Encrypt", "use"],
  ["Decrypt", "use"],
  ["Wrap", "use"],
  ["Unwrap", "use"],
]);

/** Words that begin a job of these families. */
const STARTS = new Set(["Create", "Start", "Operation", "Backup", "Restore", "Begin", "Put"]);

/** What the words of a name say; undefined when none of the nouns is in it. */
export function kindOfWords(name: string): OperationKind | undefined {
  const family = familyOf(name);
  if (family !== undefined) return kindIn(family, name);
  const [, verb, rest] = VERB_FIRST.exec(name) ?? [];
  if (verb === undefined || rest === undefined) return undefined;
  const turned = rest + verb;
  const turnedFamily = familyOf(turned);
  return turnedFamily === undefined ? undefined : kindIn(turnedFamily, turned);
}

function familyOf(name: string): OperationFamily | undefined {
  return FAMILIES.find(([noun]) => noun.test(name))?.[1];
}

function kindIn(family: OperationFamily, name: string): OperationKind {
  if (family === "notification") return kindOf(family, "notify");
  if (family === "security_domain") return kindOfSecurityDomain(name);
  if (family === "backup" || family === "restore") return kindOf(family, jobAction(family, name));
  const isUse = family === "crypto" && !name.startsWith("Ekm");
  if (!isUse && POLL.test(name) && !isPartOfCertificate(name)) return kindOf(family, "read");
  const kind = kindOf(family, isUse ? "use" : verbOf(family, name));
  return isPartOfCertificate(name) || /Policy/.test(name) ? { ...kind, isSensitive: false } : kind;
}

/** The transfer key is read, but whoever asks for it is about to upload a security domain. */
function kindOfSecurityDomain(name: string): OperationKind {
  const family = "security_domain";
  if (POLL.test(name)) return kindOf(family, "read");
  if (name.includes("TransferKey")) return { family, action: "read", isSensitive: true };
  const action = verbOf(family, name);
  return kindOf(family, action === "download" || action === "upload" ? action : undefined);
}

function jobAction(family: "backup" | "restore", name: string): OperationAction | undefined {
  if (POLL.test(name)) return "read";
  const last = wordsOf(name).at(-1) ?? "";
  if (STARTS.has(last)) return family;
  const action = ACTIONS.get(last);
  return action === "read" || action === "list" ? action : undefined;
}

/** The last verb of a name: `KeyRotationPolicyGet` reads. */
function verbOf(family: OperationFamily, name: string): OperationAction | undefined {
  if (name.endsWith("CreateOrUpdate")) return "create";
  for (const word of wordsOf(name).reverse()) {
    if (word === "Set") return isWhole(family, name) ? "create" : "update";
    const action = ACTIONS.get(word);
    if (action !== undefined) return action;
  }
  return undefined;
}

/** `SecretSet` writes a thing, `KeyRotationPolicySet` a part of one. */
function isWhole(family: OperationFamily, name: string): boolean {
  if (family === "settings" || family === "vault") return false;
  return !/Policy|Contacts|Attributes|Properties/.test(name);
}

function wordsOf(name: string): string[] {
  return name.match(WORD) ?? [];
}
