// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { classify } from "../../../src/map/classification.ts";
import { OPERATION_ACTIONS, OPERATION_FAMILIES } from "../../../src/map/operation-kind.ts";
import { OPERATION_NAMES } from "../../../src/map/operation-names.ts";

const VERSION = "4e5f60718293a4b5c6d7e8f90a1b2c3d";
const ROLES = "/providers/Microsoft.Authorization";
/** A name that says nothing, as the vendor may invent one any day. */
const UNTELLING = "Op77";

/** `family/action` of an event, `*` behind it when the security severity raises it. */
function kindOf(name: string | undefined, path?: string, status?: number): string {
  const { family, action, isSensitive } = classify(name, path, status);
  return `${family}/${action ?? "?"}${isSensitive ? "*" : ""}`;
}

describe("by documented name", () => {
  it.each([
    ["Authentication", "authentication/authenticate"],
    ["VaultGet", "vault/read"],
    ["VaultPut", "vault/create"],
    ["VaultPatch", "vault/update*"],
    ["VaultDelete", "vault/delete*"],
    ["VaultPurge", "vault/purge*"],
    ["VaultListDeleted", "vault/list"],
    ["VaultAccessPolicyChangedEventGridNotification", "notification/notify*"],
    ["KeySign", "crypto/use"],
    ["KeyUnwrap", "crypto/use"],
    ["EkmProxyOperation", "crypto/use"],
    ["KeyCreate", "key/create"],
    ["KeyDelete", "key/delete*"],
    ["KeyPurge", "key/purge*"],
    ["KeyBackup", "key/backup*"],
    ["KeyRestore", "key/restore"],
    ["KeyRotateIfDue", "key/rotate"],
    ["KeyRotationPolicySet", "key/update"],
    ["SecretSet", "secret/create"],
    ["SecretBackup", "secret/backup*"],
    ["SecretNearExpiryEventGridNotification", "notification/notify"],
    ["CertificateEnroll", "certificate/create"],
    ["CertificateRenew", "certificate/rotate"],
    ["CertificateDelete", "certificate/delete*"],
    ["CertificatePendingDelete", "certificate/delete"],
    ["CertificateIssuersList", "certificate/list"],
    ["BackupCreate", "backup/backup*"],
    ["StorageAccountAutoSyncKey", "other/rotate"],
  ])("%s is %s", (name, expected) => {
    expect(kindOf(name)).toBe(expected);
  });

  it("names each once, and only from the closed sets", () => {
    expect(OPERATION_NAMES.length).toBeGreaterThan(80);
    expect(new Set(OPERATION_NAMES).size).toBe(OPERATION_NAMES.length);
    for (const name of OPERATION_NAMES) {
      const { family, action } = classify(name, undefined, undefined);
      expect(OPERATION_FAMILIES).toContain(family);
      expect(OPERATION_ACTIONS).toContain(action);
    }
  });

  it("lets no path speak against it, but for the poll of a job", () => {
    expect(kindOf("KeyGet", "/keys/restore", 200)).toBe("key/read");
    expect(kindOf("KeyDelete", "/keys/backup", 200)).toBe("key/delete*");
    expect(kindOf("BackupCreate", "/backup", 202)).toBe("backup/backup*");
    expect(kindOf("BackupCreate", "/backup/7d2c/pending", 200)).toBe("backup/read");
  });
});

describe("by the words of a name that no document has", () => {
  it.each([
    ["SecurityDomainDownload", "security_domain/download*"],
    ["HSMSecurityDomain_Download", "security_domain/download*"],
    ["SecurityDomainDownloadPending", "security_domain/read"],
    ["SecurityDomainUpload", "security_domain/upload*"],
    ["HSMSecurityDomain_UploadPending", "security_domain/read"],
    ["HSMSecurityDomain_TransferKey", "security_domain/read*"],
    ["SecurityDomainTransferKeyGet", "security_domain/read*"],
    ["SecurityDomainFrobnicate", "security_domain/?"],
    ["RoleAssignmentCreate", "role/create*"],
    ["RoleAssignments_Delete", "role/delete*"],
    ["RoleAssignments_ListForScope", "role/list"],
    ["RoleDefinitions_CreateOrUpdate", "role/create*"],
    ["RoleDefinitionUpdate", "role/update*"],
    ["RoleDefinitionGet", "role/read"],
    ["FullBackup", "backup/backup*"],
    ["FullBackupStatus", "backup/read"],
    ["BackupStatusGet", "backup/read"],
    ["FullRestoreOperation", "restore/restore*"],
    ["RestoreCreate", "restore/restore*"],
    ["RestoreStatus", "restore/read"],
    ["SelectiveKeyRestoreOperation", "restore/restore*"],
    ["SelectiveRestoreCreate", "restore/restore*"],
    ["SelectiveKeyRestoreStatus", "restore/read"],
    ["SettingUpdate", "settings/update*"],
    ["UpdateSetting", "settings/update*"],
    ["SettingsList", "settings/list"],
    ["GetSettings", "settings/read"],
    ["RandomBytesGet", "crypto/use"],
    ["GetRandomBytes", "crypto/use"],
    ["KeyRelease", "key/release"],
    ["KeyAttestationGet", "key/read"],
    ["KeyWrapKey", "crypto/use"],
    ["KeySetAttributes", "key/update"],
    ["SecretFrobnicate", "secret/?"],
    ["CertificateTransparencyLogGet", "certificate/read"],
    ["CertificateRevokedEventGridNotification", "notification/notify"],
    ["EkmConnectionDelete", "crypto/delete"],
    ["EkmHealthProbe", "crypto/?"],
    ["ManagedHsmDelete", "vault/delete*"],
    ["VaultUndelete", "vault/?"],
    ["StorageAccountGet", "other/read"],
    ["StorageSasDefinitionSet", "other/create"],
  ])("%s is %s", (name, expected) => {
    expect(kindOf(name)).toBe(expected);
  });

  it.each(["", "Op77", "Keystone", "Backupper", "Settle", "Secretary", "GetAway", "keyget"])(
    "%j says nothing",
    (name) => {
      expect(kindOf(name)).toBe("other/?");
    },
  );

  it("takes the path where only the noun is known: a path is what was asked for, a noun is a word", () => {
    const role = `${ROLES}/roleAssignments/7d2c`;
    expect(kindOf("RoleAssignmentFrobnicate", role, 201)).toBe("role/create*");
    expect(kindOf("RoleAssignmentFrobnicate", role, 200)).toBe("role/?");
    expect(kindOf("SecretFrobnicate", role, 201)).toBe("role/create*");
    expect(kindOf("KeyOperation", "/keys/k/wrapkey", 200)).toBe("crypto/use");
    expect(kindOf("HsmOperation", "/securitydomain/download", 202)).toBe(
      "security_domain/download*",
    );
    expect(kindOf("HsmCreate", "/securitydomain/upload", 500)).toBe("security_domain/?");
    expect(kindOf("SecretFrobnicate", "/nothing/known", 200)).toBe("secret/?");
    expect(kindOf("SecurityDomainExchange", "/securitydomain/upload", 200)).toBe(
      "security_domain/read*",
    );
  });
});

describe("names and paths that are easy to mix up", () => {
  it("knows an object's backup from a whole one", () => {
    expect(kindOf("BackupKey")).toBe("key/backup*");
    expect(kindOf("RestoreSecret")).toBe("secret/restore");
    expect(kindOf("BackupHsm")).toBe("backup/?");
  });

  it("knows a selective restore by its path, whatever it is called", () => {
    expect(kindOf("KeyRestore", "/keys/payroll/restore", 202)).toBe("restore/restore*");
    expect(kindOf("KeyRestore", "/keys/restore", 200)).toBe("key/restore");
  });

  it("reads verbs of a path in any case", () => {
    expect(kindOf("Op", "/securitydomain/Download", 202)).toBe("security_domain/download*");
    expect(kindOf("Op", "/keys/n/Backup", 200)).toBe("key/backup*");
    expect(kindOf("Op", "//securitydomain/download", 202)).toBe("security_domain/download*");
  });

  it("raises no poll and no removal of a certificate's surroundings", () => {
    expect(kindOf("KeyBackupStatus")).toBe("key/read");
    expect(kindOf("CertificateIssuersDelete")).toBe("certificate/delete");
    expect(kindOf("DeleteCertificateContacts")).toBe("certificate/delete");
    expect(kindOf("KeyRotationPolicyDelete")).toBe("key/delete");
  });

  it("knows the verbs of role assignments", () => {
    expect(kindOf("RoleAssignmentWrite")).toBe("role/create*");
    expect(kindOf("RoleAssignmentRemove")).toBe("role/delete*");
  });
});

describe("by path and status under a name that says nothing", () => {
  it.each([
    ["/securitydomain/download", 202, "security_domain/download*"],
    ["/securitydomain/download", 403, "security_domain/download*"],
    ["/securitydomain/download/pending", 200, "security_domain/read"],
    ["/securitydomain/upload", 202, "security_domain/upload*"],
    ["/securitydomain/upload", 204, "security_domain/upload*"],
    ["/securitydomain/upload", 200, "security_domain/read*"],
    ["/securitydomain/upload", 403, "security_domain/?"],
    ["/securitydomain/upload/pending", 200, "security_domain/read"],
    ["/backup", 202, "backup/backup*"],
    ["/backup/", 202, "backup/backup*"],
    ["/backup/7d2c/pending", 200, "backup/read"],
    ["/restore", 202, "restore/restore*"],
    ["/restore/7d2c/pending", 200, "restore/read"],
    ["/keys/payroll/restore", 202, "restore/restore*"],
    ["/keys/restore", 200, "key/restore"],
    [`/keys${ROLES}/roleAssignments/7d2c`, 201, "role/create*"],
    [`${ROLES}/roleAssignments/7d2c`, 200, "role/?"],
    [`${ROLES}/roleAssignments/7d2c`, 403, "role/?"],
    [`${ROLES}/roleAssignments`, 200, "role/list"],
    [`/keys/payroll${ROLES}/roleDefinitions/7d2c`, 201, "role/create*"],
    [`${ROLES}/roleDefinitions`, 200, "role/list"],
    ["/settings", 200, "settings/list"],
    ["/settings/AllowKeyManagementOperationsThroughARM", 200, "settings/?"],
    ["/rng", 200, "crypto/use"],
    [`/keys/payroll/${VERSION}/sign`, 200, "crypto/use"],
    [`/keys/payroll/${VERSION}/unwrapkey`, 200, "crypto/use"],
    ["/keys/payroll//decrypt", 200, "crypto/use"],
    [`/keys/payroll/${VERSION}/release`, 200, "key/release"],
    [`/keys/payroll/${VERSION}/attestation`, 200, "key/read"],
    [`/keys/payroll/${VERSION}`, 200, "key/?"],
    ["/keys/payroll", 200, "key/?"],
    ["/keys/payroll/create", 200, "key/create"],
    ["/keys/payroll/backup", 200, "key/backup*"],
    ["/keys/payroll/rotate", 200, "key/rotate"],
    ["/keys/payroll/rotationpolicy", 200, "key/?"],
    ["/keys/payroll/versions", 200, "key/list"],
    ["/keys", 200, "key/list"],
    ["/deletedkeys", 200, "key/list"],
    ["/deletedkeys/payroll", 200, "key/read"],
    ["/deletedkeys/payroll", 204, "key/purge*"],
    ["/deletedkeys/payroll", 403, "key/?"],
    ["/deletedkeys/payroll/recover", 200, "key/recover"],
    ["/secrets/db/backup", 200, "secret/backup*"],
    ["/deletedsecrets/db", 204, "secret/purge*"],
    ["/certificates/web/create", 202, "certificate/?"],
    ["/subscriptions/x/providers/Microsoft.KeyVault/vaults/v", 200, "vault/?"],
    ["/subscriptions/x/resourceGroups/g", 200, "other/?"],
    ["/", 200, "other/?"],
    ["", 200, "other/?"],
  ])("%s with %i is %s", (path, status, expected) => {
    expect(kindOf(UNTELLING, path, status)).toBe(expected);
    expect(kindOf(undefined, path, status)).toBe(expected);
  });

  it("is not misled by keys called restore, backup or create", () => {
    expect(kindOf(UNTELLING, "/keys/restore/create", 200)).toBe("key/create");
    expect(kindOf(UNTELLING, "/keys/restore/restore", 202)).toBe("restore/restore*");
    expect(kindOf(UNTELLING, "/keys/restore/backup", 200)).toBe("key/backup*");
    expect(kindOf(UNTELLING, `/keys/restore/${VERSION}/sign`, 200)).toBe("crypto/use");
    expect(kindOf(UNTELLING, `/keys/restore/${VERSION}`, 200)).toBe("key/?");
    expect(kindOf(UNTELLING, "/keys/backup", 200)).toBe("key/?");
    expect(kindOf(UNTELLING, "/keys/create", 200)).toBe("key/?");
    expect(kindOf(UNTELLING, "/keys/create/versions", 200)).toBe("key/list");
    expect(kindOf(UNTELLING, "/deletedkeys/recover", 200)).toBe("key/read");
    expect(kindOf(UNTELLING, "/keys/providers/sign", 200)).toBe("crypto/use");
    expect(kindOf(UNTELLING, "/keys/pending", 200)).toBe("key/?");
  });
});
