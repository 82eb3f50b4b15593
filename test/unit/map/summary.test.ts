// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { ScalarAttributes } from "../../../src/map/coercions.ts";
import { summaryOf } from "../../../src/map/summary.ts";

function lineOf(attributes: ScalarAttributes, resourceName: string): string {
  return summaryOf({ get: (name) => attributes[name] }, resourceName);
}

describe("summaryOf", () => {
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
    expect(lineOf({}, "")).toBe("event");
  });
});
