// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { ScalarAttributes } from "../../../src/map/coercions.ts";
import { summaryOf } from "../../../src/map/summary.ts";

function lineOf(attributes: ScalarAttributes, resourceName: string): string {
  return summaryOf({ get: (name) => attributes[name] }, resourceName);
}

const EVERYTHING = {
  "azure.operation.name": "BackupCreate",
  "azure.category": "AuditEvent",
  "http.response.status_code": 202,
  "azure.result.type": "Success",
  "user.name": "admin@contoso.com",
  "azure.identity.application.id": "04b07795",
  "client.address": "104.40.82.76",
  "azure.operation.duration": 488,
};

describe("summaryOf", () => {
  it("says what was done, how it went, to whom, by whom, from where and how long it took", () => {
    expect(lineOf(EVERYTHING, "contosomhsm")).toBe(
      "BackupCreate 202 Success contosomhsm by admin@contoso.com from 104.40.82.76 488ms",
    );
  });

  it("falls back to the category where no operation has a name", () => {
    expect(lineOf({ "azure.category": "AuditEvent" }, "hsm")).toBe("AuditEvent hsm");
  });

  it("leaves out what is empty, and keeps a duration of nothing", () => {
    const attributes = { "azure.result.type": "", "azure.operation.duration": 0 };
    expect(lineOf(attributes, "")).toBe("event 0ms");
  });

  it("falls back to the application where no person called", () => {
    const attributes = {
      "azure.operation.name": "KeySign",
      "http.response.status_code": 200,
      "azure.identity.application.id": "04b07795",
    };
    expect(lineOf(attributes, "hsm")).toBe("KeySign 200 hsm by 04b07795");
  });

  it("stays one line and is never empty", () => {
    expect(lineOf({ "azure.operation.name": "a\r\nb" }, "hsm")).toBe("a b hsm");
    expect(lineOf({ "azure.operation.name": "a  b\tc" }, "hsm")).toBe("a b c hsm");
    expect(lineOf({}, "")).toBe("event");
  });
});
