// SPDX-License-Identifier: Apache-2.0
/**
 * What a documented operation name means (pure): those of "Key Vault logging", of its earlier editions,
 * whose names old blobs hold, and what is known of Managed HSM. Any other name is read by its words
 * (operation-words.ts).
 */
import {
  isPartOfCertificate,
  kindOf,
  type OperationAction,
  type OperationFamily,
  type OperationKind,
} from "./operation-kind.ts";

type NameRow = readonly [OperationFamily, OperationAction, names: string];

const NAME_ROWS: readonly NameRow[] = [
  ["authentication", "authenticate", "Authentication"],
  ["vault", "read", "VaultGet VaultGetDeleted"],
  ["vault", "list", "VaultList VaultListDeleted"],
  ["vault", "create", "VaultPut VaultCreate"],
  ["vault", "update", "VaultPatch"],
  ["vault", "delete", "VaultDelete"],
  ["vault", "purge", "VaultPurge"],
  ["vault", "recover", "VaultRecover"],
  ["notification", "notify", "VaultAccessPolicyChangedEventGridNotification"],
  ["crypto", "use", "KeySign KeyVerify KeyEncrypt KeyDecrypt KeyWrap KeyUnwrap EkmProxyOperation"],
  ["key", "create", "KeyCreate"],
  ["key", "import", "KeyImport"],
  ["key", "read", "KeyGet KeyGetDeleted KeyRotationPolicyGet"],
  ["key", "list", "KeyList KeyListVersions KeyListDeleted"],
  ["key", "update", "KeyUpdate KeyRotationPolicySet"],
  ["key", "rotate", "KeyRotate KeyRotateIfDue"],
  ["key", "release", "KeyRelease"],
  ["key", "delete", "KeyDelete"],
  ["key", "purge", "KeyPurge"],
  ["key", "recover", "KeyRecover"],
  ["key", "backup", "KeyBackup"],
  ["key", "restore", "KeyRestore"],
  [
    "notification",
    "notify",
    "KeyNearExpiryEventGridNotification KeyExpiredEventGridNotification " +
      "SecretNearExpiryEventGridNotification SecretExpiredEventGridNotification " +
      "CertificateNearExpiryEventGridNotification CertificateExpiredEventGridNotification",
  ],
  ["secret", "create", "SecretSet"],
  ["secret", "read", "SecretGet SecretGetDeleted"],
  ["secret", "list", "SecretList SecretListVersions SecretListDeleted"],
  ["secret", "update", "SecretUpdate"],
  ["secret", "delete", "SecretDelete"],
  ["secret", "purge", "SecretPurge"],
  ["secret", "recover", "SecretRecover"],
  ["secret", "backup", "SecretBackup"],
  ["secret", "restore", "SecretRestore"],
  ["certificate", "create", "CertificateCreate CertificateEnroll CertificateIssuerSet"],
  ["certificate", "import", "CertificateImport"],
  ["certificate", "rotate", "CertificateRenew"],
  [
    "certificate",
    "read",
    "CertificateGet CertificateGetDeleted CertificatePolicyGet CertificateContactsGet " +
      "CertificateIssuerGet CertificatePendingGet",
  ],
  [
    "certificate",
    "list",
    "CertificateList CertificateListVersions CertificateListDeleted CertificateIssuersList",
  ],
  [
    "certificate",
    "update",
    "CertificateUpdate CertificatePolicyUpdate CertificatePolicySet CertificateContactsSet " +
      "CertificateIssuerUpdate CertificatePendingMerge CertificatePendingUpdate",
  ],
  [
    "certificate",
    "delete",
    "CertificateDelete CertificateContactsDelete CertificateIssuerDelete CertificatePendingDelete",
  ],
  ["certificate", "purge", "CertificatePurge"],
  ["certificate", "recover", "CertificateRecover"],
  ["certificate", "backup", "CertificateBackup"],
  ["certificate", "restore", "CertificateRestore"],
  ["backup", "backup", "BackupCreate"],
  ["other", "rotate", "StorageAccountAutoSyncKey"],
];

/** Tells that somebody changed who may do what. */
const POLICY_CHANGED = "VaultAccessPolicyChangedEventGridNotification";

const KINDS_BY_NAME: ReadonlyMap<string, OperationKind> = new Map(
  NAME_ROWS.flatMap(([family, action, names]) =>
    names.split(" ").map((name): [string, OperationKind] => {
      const kind = kindOf(family, action);
      const isSensitive =
        name === POLICY_CHANGED || (kind.isSensitive && !isPartOfCertificate(name));
      return [name, { ...kind, isSensitive }];
    }),
  ),
);

/** Every name of the table. */
export const OPERATION_NAMES: readonly string[] = [...KINDS_BY_NAME.keys()];

/** What a documented name means; undefined for any other name. */
export function kindOfDocumentedName(name: string): OperationKind | undefined {
  return KINDS_BY_NAME.get(name);
}
