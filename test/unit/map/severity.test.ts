// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { errorTypeOf, outcomeOf, type OutcomeFields } from "../../../src/map/outcome.ts";
import { atLeastWarning, severityOf } from "../../../src/map/severity.ts";

const NOTHING: OutcomeFields = {
  level: undefined,
  operationName: undefined,
  status: undefined,
  resultType: undefined,
  resultSignature: undefined,
};
const both = (fields: Partial<OutcomeFields>): unknown[] => {
  const all = { ...NOTHING, ...fields };
  const outcome = outcomeOf(all);
  const { number, text } = severityOf(all, outcome);
  return [number, text, errorTypeOf(all, outcome)];
};

describe("severity and error.type", () => {
  it.each([
    ["an accepted call", { status: 202, resultType: "Success" }, [9, "INFO", undefined]],
    ["a refused call", { status: 403, resultType: "Success" }, [13, "WARN", "403"]],
    ["a throttled call", { status: 429 }, [13, "WARN", "429"]],
    ["a fault of the service", { status: 503 }, [17, "ERROR", "503"]],
    [
      "a failure under a good status",
      { status: 200, resultType: "Failure", resultSignature: "OK" },
      [17, "ERROR", "Failure"],
    ],
    [
      "a failure under a good status with a telling signature",
      { status: 200, resultType: "Failure", resultSignature: "Timeout" },
      [17, "ERROR", "Timeout"],
    ],
    ["a failure without status", { resultType: "Failed" }, [17, "ERROR", "Failed"]],
    ["a signature alone", { resultSignature: "Forbidden" }, [13, "WARN", "Forbidden"]],
    ["a good signature alone", { resultSignature: "OK" }, [9, "INFO", undefined]],
    ["an event that says nothing", {}, [9, "INFO", undefined]],
    ["results in any case", { resultType: "SUCCEEDED" }, [9, "INFO", undefined]],
    ["a running operation", { resultType: "In Progress" }, [9, "INFO", undefined]],
  ])("of %s", (_, fields, expected) => {
    expect(both(fields)).toEqual(expected);
  });

  it("takes the 401 of an Authentication event for the normal challenge, any other 401 not", () => {
    const challenge = {
      operationName: "Authentication",
      status: 401,
      resultSignature: "Unauthorized",
    };
    expect(both(challenge)).toEqual([9, "INFO", undefined]);
    expect(both({ ...challenge, operationName: "SecretGet" })).toEqual([13, "WARN", "401"]);
    expect(both({ ...challenge, status: 403 })).toEqual([13, "WARN", "403"]);
  });

  it.each([
    ["Verbose", 5, "DEBUG"],
    ["Informational", 9, "INFO"],
    ["Information", 9, "INFO"],
    ["WARNING", 13, "WARN"],
    ["Error", 17, "ERROR"],
    ["Critical", 21, "FATAL"],
    ["1", 21, "FATAL"],
    ["2", 17, "ERROR"],
    ["3", 13, "WARN"],
    ["4", 9, "INFO"],
    ["5", 5, "DEBUG"],
  ])("lets the source's own level %s win", (level, number, text) => {
    expect(both({ level, status: 404 })).toEqual([number, text, "404"]);
  });

  it("ignores a level that it does not know", () => {
    expect(both({ level: "0", status: 404 })).toEqual([13, "WARN", "404"]);
    expect(both({ level: "verbosely", status: 404 })).toEqual([13, "WARN", "404"]);
  });

  it("raises to a warning, and never lowers", () => {
    const raised = (level: string): string =>
      atLeastWarning(severityOf({ ...NOTHING, level }, undefined)).text;
    expect(["Verbose", "Informational", "Warning", "Error", "Critical"].map(raised)).toEqual([
      "WARN",
      "WARN",
      "WARN",
      "ERROR",
      "FATAL",
    ]);
  });
});
