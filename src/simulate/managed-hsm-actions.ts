// SPDX-License-Identifier: Apache-2.0
/**
 * What happens to a Managed HSM, and how often: hot key use, lists, and the rare acts that an auditor looks for. Pure.
 *
 * Paths and status codes are those of the REST API 7.6. The vendor publishes no list of operation names for Managed
 * HSMs. Known from its pages: BackupCreate, KeyDelete, KeyPurge, KeyBackup, EkmProxyOperation. The other `Key…` names
 * are those of the vault's list (same API). The names in GUESSED_NAMES are guesses of this simulator: nobody should
 * build a rule on them, and a reader must recognise those acts by their path.
 */
import { actionsOf } from "./audited-action.ts";
import type { ActionRow, AuditedAction } from "./audited-action.ts";

const ROLE_ASSIGNMENT =
  "/keys/providers/Microsoft.Authorization/roleAssignments/5b1f2b0e-6a0c-4b7e-9d3a-0a4f8e2c6d11";
const ROLE_DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions";

const KEY_USE: readonly ActionRow[] = [
  ["KeySign", 30_000, 200, "keys", (key) => `${key.versionPath}/sign`, 14],
  ["KeyDecrypt", 18_000, 200, "keys", (key) => `${key.versionPath}/decrypt`, 12],
  ["KeyUnwrap", 15_000, 200, "keys", (key) => `${key.versionPath}/unwrapkey`, 11],
  ["KeyWrap", 9_000, 200, "keys", (key) => `${key.versionPath}/wrapkey`, 9],
  ["KeyGet", 8_000, 200, "keys", (key) => key.versionPath, 6],
  ["KeyEncrypt", 7_000, 200, "keys", (key) => `${key.versionPath}/encrypt`, 9],
  ["KeyVerify", 4_000, 200, "keys", (key) => `${key.versionPath}/verify`, 8],
  ["KeyList", 1_500, 200, undefined, () => "/keys", 21],
  ["KeyListVersions", 800, 200, "keys", (key) => `${key.path}/versions`, 18],
  ["EkmProxyOperation", 300, 200, "keys", (key) => `${key.versionPath}/unwrapkey`, 120],
];

const KEY_CARE: readonly ActionRow[] = [
  ["KeyCreate", 200, 200, "keys", (key) => `${key.path}/create`, 160],
  ["KeyUpdate", 180, 200, "keys", (key) => key.versionPath, 25],
  ["KeyRotate", 150, 200, "keys", (key) => `${key.path}/rotate`, 170],
  ["KeyRotationPolicyGet", 150, 200, "keys", (key) => `${key.path}/rotationpolicy`, 8],
  ["KeyListDeleted", 80, 200, undefined, () => "/deletedkeys", 20],
  ["KeyImport", 60, 200, "keys", (key) => key.path, 190],
  ["KeyGetDeleted", 50, 200, "keys", (key) => key.deletedPath, 9],
  ["KeyBackup", 50, 200, "keys", (key) => `${key.path}/backup`, 45],
  ["KeyDelete", 50, 200, "keys", (key) => key.path, 60],
  ["KeyRotationPolicySet", 40, 200, "keys", (key) => `${key.path}/rotationpolicy`, 15],
  ["KeyRecover", 20, 200, "keys", (key) => `${key.deletedPath}/recover`, 70],
  ["KeyRestore", 20, 200, undefined, () => "/keys/restore", 80],
  ["KeyPurge", 15, 204, "keys", (key) => key.deletedPath, 55],
];

/** Acts of an administrator. The first name is documented; the job polls behind it are not. */
const ADMINISTRATION: readonly ActionRow[] = [
  ["BackupCreate", 60, 202, undefined, () => "/backup", 480],
];

const GUESSED_NAMES: readonly ActionRow[] = [
  ["RandomBytesGet", 400, 200, undefined, () => "/rng", 5],
  ["RoleAssignmentList", 300, 200, undefined, () => ROLE_ASSIGNMENT.replace(/\/[^/]*$/, ""), 12],
  ["RoleDefinitionList", 120, 200, undefined, () => ROLE_DEFINITIONS, 12],
  ["KeyRelease", 100, 200, "keys", (key) => `${key.versionPath}/release`, 60],
  ["SettingsList", 60, 200, undefined, () => "/settings", 7],
  ["RoleAssignmentCreate", 60, 201, undefined, () => ROLE_ASSIGNMENT, 95],
  ["RoleAssignmentDelete", 40, 200, undefined, () => ROLE_ASSIGNMENT, 80],
  ["KeyAttestationGet", 30, 200, "keys", (key) => `${key.versionPath}/attestation`, 40],
  ["RestoreCreate", 8, 202, undefined, () => "/restore", 510],
  ["SelectiveRestoreCreate", 8, 202, "keys", (key) => `${key.path}/restore`, 430],
  [
    "SettingUpdate",
    8,
    200,
    undefined,
    () => "/settings/AllowKeyManagementOperationsThroughARM",
    30,
  ],
  ["SecurityDomainTransferKeyGet", 3, 200, undefined, () => "/securitydomain/upload", 90],
  ["SecurityDomainDownload", 6, 202, undefined, () => "/securitydomain/download", 900],
  ["SecurityDomainUpload", 2, 202, undefined, () => "/securitydomain/upload", 1_300],
];

/** Every action of a Managed HSM with its weight. */
export const MANAGED_HSM_ACTIONS: readonly AuditedAction[] = [
  ...actionsOf(KEY_USE, { plane: "data", isManual: false }),
  ...actionsOf(KEY_CARE, { plane: "data", isManual: true }),
  ...actionsOf(ADMINISTRATION, { plane: "data", isManual: true }),
  ...actionsOf(GUESSED_NAMES, { plane: "data", isManual: true }),
];
