// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { errorTypeOf, outcomeOf, type OutcomeFields } from "../../../src/map/outcome.ts";
import { severityOf } from "../../../src/map/severity.ts";

const NOTHING: OutcomeFields = {
  level: undefined,
  operationName: undefined,
  status: undefined,
  resultType: undefined,
  resultSignature: undefined,
};

describe("outcome", () => {
  it.each<[string, Partial<OutcomeFields>]>([
    ["success", { status: 200, resultType: "Success", resultSignature: "OK" }],
    ["success", { status: 204 }],
    ["success", { resultType: "Success" }],
    ["success", { resultType: "Success", resultSignature: "Whatever" }],
    ["success", { operationName: "KeyExpiredEventGridNotification" }],
    ["success", { resultSignature: "OK" }],
    ["success", { resultSignature: "No Content" }],
    ["success", { resultSignature: "200" }],
    ["accepted", { status: 202, resultType: "Success" }],
    ["accepted", { resultType: "Success", resultSignature: "Accepted" }],
    ["accepted", { resultSignature: "Accepted" }],
    ["accepted", { resultSignature: "202" }],
    ["accepted", { resultType: "In Progress" }],
    ["denied", { status: 403, resultType: "Success" }],
    ["denied", { status: 401, operationName: "SecretGet" }],
    ["denied", { status: 403, operationName: "Authentication" }],
    ["denied", { resultType: "Failure", resultSignature: "Forbidden" }],
    ["denied", { resultType: "Unauthorized" }],
    // resultType is `Success` on many a refused call.
    ["denied", { resultType: "Success", resultSignature: "Forbidden" }],
    ["denied", { resultType: "Success", resultSignature: "403" }],
    ["failure", { resultType: "Success", resultSignature: "Not Found" }],
    ["failure", { resultType: "Succeeded", resultSignature: "400" }],
    ["denied", { operationName: "KeyExpiredEventGridNotification", status: 403 }],
    ["failure", { operationName: "KeyExpiredEventGridNotification", resultType: "Failure" }],
    ["denied", { resultSignature: "Unauthorized" }],
    ["denied", { resultSignature: "403" }],
    ["failure", { status: 404 }],
    ["failure", { status: 429 }],
    ["failure", { status: 500, resultType: "Success" }],
    ["failure", { status: 200, resultType: "Failure" }],
    ["failure", { status: 202, resultType: "Failed" }],
    ["failure", { resultType: "Failure", resultSignature: "Not Found" }],
    ["failure", { resultSignature: "Not Found" }],
  ])("is %s of %j", (expected, fields) => {
    expect(outcomeOf({ ...NOTHING, ...fields })).toBe(expected);
  });

  it("is none where the event says nothing about it", () => {
    expect(outcomeOf(NOTHING)).toBeUndefined();
    expect(outcomeOf({ ...NOTHING, operationName: "KeyGet" })).toBeUndefined();
  });

  it("is a success of a notification, which nobody called for", () => {
    const operationName = "KeyNearExpiryEventGridNotification";
    expect(outcomeOf({ ...NOTHING, operationName })).toBe("success");
  });

  it("agrees with severity and error.type on the challenge of an Authentication event", () => {
    const challenge = {
      ...NOTHING,
      operationName: "Authentication",
      status: 401,
      resultType: "Failure",
      resultSignature: "Unauthorized",
    };
    const outcome = outcomeOf(challenge);
    expect(outcome).toBe("success");
    expect(severityOf(challenge, outcome).text).toBe("INFO");
    expect(errorTypeOf(challenge, outcome)).toBeUndefined();
  });
});
