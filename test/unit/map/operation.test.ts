// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { objectOfId, objectOfRequest } from "../../../src/map/operation.ts";

const VERSION = "4e5f60718293a4b5c6d7e8f90a1b2c3d";

describe("objectOfRequest", () => {
  it.each([
    [`/keys/payroll/${VERSION}/sign`, "key", "payroll", VERSION],
    [`/keys/payroll/${VERSION}`, "key", "payroll", VERSION],
    ["/keys/payroll/backup", "key", "payroll", undefined],
    [`/keys/payroll/${VERSION.replace("4", "g")}`, "key", "payroll", undefined],
    [`/keys/payroll/${VERSION.toUpperCase()}`, "key", "payroll", VERSION.toUpperCase()],
    ["/keys/payroll", "key", "payroll", undefined],
    ["/keys/payroll/", "key", "payroll", undefined],
    ["/Secrets/db", "secret", "db", undefined],
    ["/deletedkeys/payroll/recover", "key", "payroll", undefined],
    ["/deletedcertificates/web", "certificate", "web", undefined],
    ["/certificates/web/pending", "certificate", "web", undefined],
  ])("reads %s", (path, type, name, version) => {
    expect(objectOfRequest(path, "KeySign")).toMatchObject({ type, name, version });
  });

  it.each([
    "/backup",
    "/keys",
    "/keys/",
    "/",
    "",
    "/certificates/issuers/ca",
    "/certificates/contacts",
    "/securitydomain/download",
    "/subscriptions/x/providers/Microsoft.KeyVault/vaults/v",
  ])("finds no object in %j", (path) => {
    expect(objectOfRequest(path, "VaultGet")).toBeUndefined();
  });

  it("takes the scope of a role assignment for no object", () => {
    const path = "/keys/providers/Microsoft.Authorization/roleAssignments/7d2c";
    expect(objectOfRequest(path, "RoleAssignmentCreate")).toBeUndefined();
    expect(objectOfRequest(path.toUpperCase(), "RoleAssignmentCreate")).toBeUndefined();
    expect(objectOfRequest("/keys/providers/sign", "KeySign")?.name).toBe("providers");
  });

  it("tells the restore of a key from a key called restore", () => {
    expect(objectOfRequest("/keys/restore", "KeyRestore")).toBeUndefined();
    expect(objectOfRequest("/keys/restore", "KeyGet")).toMatchObject({ name: "restore" });
    expect(objectOfRequest("/keys/payroll/restore", "SelectiveKeyRestore")).toMatchObject({
      name: "payroll",
      version: undefined,
    });
  });
});

describe("objectOfId", () => {
  it("takes what stands behind the name for the version, whatever its form", () => {
    expect(objectOfId("/keys/payroll/v1")).toMatchObject({ name: "payroll", version: "v1" });
    expect(objectOfId(`/secrets/db/${VERSION}`)).toEqual({
      path: `/secrets/db/${VERSION}`,
      type: "secret",
      name: "db",
      version: VERSION,
    });
  });

  it.each(["/certificates/web/pending", "/certificates/web/policy"])(
    "takes no part of a certificate for a version: %s",
    (path) => {
      expect(objectOfId(path)).toMatchObject({ name: "web", version: undefined });
    },
  );
});
