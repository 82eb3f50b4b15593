// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  createLogRecordMapper,
  type LogRecordMapperOptions,
  type Mapped,
} from "../../../src/map/log-record.ts";
import type { RecordOrigin } from "../../../src/model.ts";
import { HSM_ORIGIN } from "../../support/record-origins.ts";

const OPTIONS: LogRecordMapperOptions = {
  scopeVersion: "1.2.3",
  bodyMode: "original",
  resourceDefaults: {},
};

function mapText(
  text: string,
  origin: RecordOrigin = HSM_ORIGIN,
  options: Partial<LogRecordMapperOptions> = {},
): Mapped {
  const mapper = createLogRecordMapper({ ...OPTIONS, ...options });
  return mapper.toLogRecord(JSON.parse(text) as Record<string, unknown>, text, 0, origin);
}
const mapEvent = (event: object): Mapped => mapText(JSON.stringify(event));
const attributesOf = (event: object): unknown => mapEvent(event).logRecord.attributes;

describe("operation family, action and outcome", () => {
  const NOWHERE: RecordOrigin = {
    ...HSM_ORIGIN,
    resource: { ...HSM_ORIGIN.resource, resourceId: "", provider: undefined, type: undefined },
  };
  const family = (event: object, origin = HSM_ORIGIN): unknown =>
    mapText(JSON.stringify(event), origin).logRecord.attributes["azure.keyvault.operation.family"];

  it("are those of Key Vault's resources only", () => {
    const attestation = "/subscriptions/a/resourceGroups/g/providers/Microsoft.Attestation";
    const resourceId = `${attestation}/attestationProviders/p`;
    expect(family({ operationName: "KeyGet" })).toBe("key");
    expect(family({ operationName: "Op77" })).toBe("other");
    const foreign = attributesOf({ operationName: "KeyGet", resourceId, resultType: "Success" });
    expect(Object.keys(foreign as object).filter((name) => name.includes("keyvault"))).toEqual([]);
  });

  it("need a documented name where no resource is known", () => {
    expect(family({ operationName: "KeyGet" }, NOWHERE)).toBe("key");
    expect(family({ operationName: "RoleAssignmentCreate" }, NOWHERE)).toBeUndefined();
    expect(family({ requestUri: "https://h/backup" }, NOWHERE)).toBeUndefined();
  });
});

describe("severity in security mode", () => {
  const severityOf = (event: object): unknown =>
    mapText(JSON.stringify(event), HSM_ORIGIN, { severityMode: "security" }).logRecord.severityText;
  const by = (path: string, httpStatusCode: number): object => ({
    operationName: "Op77",
    requestUri: `https://contosomhsm.managedhsm.azure.net${path}`,
    httpStatusCode,
  });

  it.each([
    [{ operationName: "KeyPurge", httpStatusCode: 204 }, "WARN"],
    [{ operationName: "SecretDelete", httpStatusCode: 200 }, "WARN"],
    [{ operationName: "BackupCreate", httpStatusCode: 202 }, "WARN"],
    [{ operationName: "KeyBackup", resultType: "Success" }, "WARN"],
    [{ operationName: "KeyPurge", httpStatusCode: 503 }, "ERROR"],
    [{ operationName: "KeyPurge", httpStatusCode: 403 }, "WARN"],
    [{ operationName: "KeyPurge" }, "INFO"],
    [{ operationName: "KeyGet", httpStatusCode: 200 }, "INFO"],
    [{ operationName: "KeyPurge", httpStatusCode: 204, level: "Critical" }, "FATAL"],
    [{ operationName: "KeyPurge", httpStatusCode: 204, level: "Verbose" }, "WARN"],
    [by("/securitydomain/download", 202), "WARN"],
    [by("/securitydomain/download/pending", 200), "INFO"],
    [by("/securitydomain/upload", 200), "WARN"],
    [by("/restore", 202), "WARN"],
    [by("/restore/7d2c/pending", 200), "INFO"],
    [by("/keys/payroll/restore", 202), "WARN"],
    [by("/providers/Microsoft.Authorization/roleAssignments/7d2c", 201), "WARN"],
    [by("/providers/Microsoft.Authorization/roleAssignments/7d2c", 200), "INFO"],
    [{ ...by("/settings/x", 200), operationName: "SettingUpdate" }, "WARN"],
  ])("of %j is %s", (event, expected) => {
    expect(severityOf(event)).toBe(expected);
  });

  it("is by outcome alone without it", () => {
    expect(
      mapEvent({ operationName: "KeyPurge", httpStatusCode: 204 }).logRecord.severityText,
    ).toBe("INFO");
  });
});
