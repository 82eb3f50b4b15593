// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { envNamesOf, flagNameOf } from "../../../src/config/option.ts";
import { groupOf, OPTION_NAMES, rowOf } from "../../../src/config/schema.ts";
import { nearestName } from "../../../src/config/suggestion.ts";

describe("the option table", () => {
  it("has the names that documents and deployments use", () => {
    const names = OPTION_NAMES.flatMap((name) => envNamesOf(name, rowOf(name)));
    for (const name of ["ACCOUNT_URL", "CONTAINER", "START", "POLL_INTERVAL", "CHECKPOINT_STORE"]) {
      expect(names).toContain(`HSM_AUDIT_OTEL_${name}`);
    }
    expect(names).toContain("HSM_AUDIT_OTEL_CHECKPOINT_PATH");
    expect(names).toContain("HSM_AUDIT_OTEL_DEAD_LETTER_PATH");
    expect(names).toContain("AZURE_STORAGE_CONNECTION_STRING");
    expect(flagNameOf("checkpoint.mustExist", rowOf("checkpoint.mustExist"))).toBe(
      "checkpoint-must-exist",
    );
  });

  it("uses no variable and no flag twice", () => {
    const variables = OPTION_NAMES.flatMap((name) => envNamesOf(name, rowOf(name)));
    const flags = OPTION_NAMES.map((name) => flagNameOf(name, rowOf(name))).filter(Boolean);
    expect(new Set(variables).size).toBe(variables.length);
    expect(new Set(flags).size).toBe(flags.length);
  });

  it.each(OPTION_NAMES)(
    "has a default that is a value of its own type, and a sentence: %s",
    (name) => {
      const row = rowOf(name);
      if (row.default !== undefined)
        expect(row.type.schema.safeParse(row.default).success).toBe(true);
      expect(row.doc).toMatch(/^\S.*\.$/);
      expect(groupOf(name)).toBeDefined();
    },
  );

  it("gives no flag to a secret: process lists are public", () => {
    const secrets = OPTION_NAMES.filter((name) => rowOf(name).isSecret === true);
    expect(secrets).toEqual([
      "connectionString",
      "accountKey",
      "sasToken",
      "deadLetter.connectionString",
      "deadLetter.accountKey",
      "deadLetter.sasToken",
      "export.headers",
    ]);
    for (const name of secrets) expect(flagNameOf(name, rowOf(name))).toBeUndefined();
  });
});

describe("a suggestion", () => {
  it.each([
    ["pollinterval", "pollInterval"],
    ["poll_interval", "pollInterval"],
    ["checkpoint.pth", "checkpoint.path"],
    ["HSM", undefined],
    ["xyzzy", undefined],
  ])("for %s is %s", (given, name) => {
    expect(nearestName(given, OPTION_NAMES)).toBe(name);
  });
});
