// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { summaryOf } from "../../../src/map/summary.ts";

describe("summaryOf", () => {
  it("falls back to the application where no person called", () => {
    const attributes = {
      "azure.operation.name": "KeySign",
      "http.response.status_code": 200,
      "azure.identity.application.id": "04b07795",
    };
    expect(summaryOf(attributes, "hsm")).toBe("KeySign 200 hsm by 04b07795");
  });

  it("stays one line and is never empty", () => {
    expect(summaryOf({ "azure.operation.name": "a\r\nb" }, "hsm")).toBe("a b hsm");
    expect(summaryOf({}, "")).toBe("event");
  });
});
