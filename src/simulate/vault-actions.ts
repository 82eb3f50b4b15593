// SPDX-License-Identifier: Apache-2.0
/**
 * What happens to a Key Vault, and how often. Pure. All names are documented by the vendor, but for
 * `StorageAccountAutoSyncKey`, which people report (it has no `resultSignature`).
 * The 401 `Authentication` events are no attack: an SDK asks once without a token to learn where to get one.
 */
import { actionsOf } from "./audited-action.ts";
import type { ActionRow, AuditedAction } from "./audited-action.ts";

const DATA_PLANE_USE: readonly ActionRow[] = [
  ["SecretGet", 35_000, 200, "secrets", (secret) => secret.versionPath, 24],
  ["KeyDecrypt", 8_000, 200, "keys", (key) => `${key.versionPath}/decrypt`, 38],
  ["KeyUnwrap", 7_000, 200, "keys", (key) => `${key.versionPath}/unwrapkey`, 36],
  ["KeyGet", 5_000, 200, "keys", (key) => key.versionPath, 22],
  ["KeyWrap", 4_000, 200, "keys", (key) => `${key.versionPath}/wrapkey`, 30],
  ["CertificateGet", 3_000, 200, "certificates", (certificate) => certificate.versionPath, 28],
  ["KeySign", 3_000, 200, "keys", (key) => `${key.versionPath}/sign`, 41],
  ["SecretList", 1_200, 200, undefined, () => "/secrets", 33],
  ["SecretListVersions", 400, 200, "secrets", (secret) => `${secret.path}/versions`, 30],
  ["CertificateList", 400, 200, undefined, () => "/certificates", 35],
  ["KeyList", 300, 200, undefined, () => "/keys", 33],
];

const DATA_PLANE_CARE: readonly ActionRow[] = [
  ["SecretSet", 300, 200, "secrets", (secret) => secret.path, 65],
  ["KeyCreate", 60, 200, "keys", (key) => `${key.path}/create`, 210],
  ["KeyRotate", 40, 200, "keys", (key) => `${key.path}/rotate`, 220],
  ["SecretDelete", 40, 200, "secrets", (secret) => secret.path, 70],
  ["CertificateCreate", 30, 202, "certificates", (it) => `${it.path}/create`, 300],
  ["CertificatePolicyGet", 30, 200, "certificates", (it) => `${it.path}/policy`, 20],
  ["SecretBackup", 20, 200, "secrets", (secret) => `${secret.path}/backup`, 50],
  ["KeyDelete", 15, 200, "keys", (key) => key.path, 75],
  ["SecretPurge", 10, 204, "secrets", (secret) => secret.deletedPath, 60],
  ["KeyPurge", 5, 204, "keys", (key) => key.deletedPath, 60],
];

const CHALLENGES: readonly ActionRow[] = [
  ["Authentication", 15_000, 401, "secrets", (secret) => secret.path, 2],
];

const RESOURCE_MANAGER: readonly ActionRow[] = [
  ["VaultGet", 600, 200, undefined, () => "", 18],
  ["VaultPatch", 60, 200, undefined, () => "", 140],
  ["VaultPut", 15, 200, undefined, () => "", 410],
];

const SERVICE_ITSELF: readonly ActionRow[] = [
  ["SecretNearExpiryEventGridNotification", 60, 200, "secrets", (it) => it.versionPath, 0],
  [
    "CertificateNearExpiryEventGridNotification",
    50,
    200,
    "certificates",
    (it) => it.versionPath,
    0,
  ],
  ["KeyNearExpiryEventGridNotification", 40, 200, "keys", (it) => it.versionPath, 0],
  ["SecretExpiredEventGridNotification", 15, 200, "secrets", (it) => it.versionPath, 0],
  ["KeyRotateIfDue", 20, 200, "keys", (key) => `${key.path}/rotate`, 180],
  ["StorageAccountAutoSyncKey", 15, 200, undefined, () => "/storage", 90],
];

/** Every action of a vault with its weight. */
export const VAULT_ACTIONS: readonly AuditedAction[] = [
  ...actionsOf(DATA_PLANE_USE, { plane: "data", isManual: false }),
  ...actionsOf(DATA_PLANE_CARE, { plane: "data", isManual: true }),
  ...actionsOf(CHALLENGES, { plane: "challenge", isManual: false }),
  ...actionsOf(RESOURCE_MANAGER, { plane: "arm", isManual: true }),
  ...actionsOf(SERVICE_ITSELF, { plane: "service", isManual: false }),
];
