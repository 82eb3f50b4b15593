// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { DeadLetterPlace } from "../../../src/config/config.ts";
import { configOf, problemsOf, settingOf } from "../../support/given-config.ts";

const PREFIX = "HSM_AUDIT_OTEL_DEAD_LETTER_";
const AUDIT = { HSM_AUDIT_OTEL_ACCOUNT_URL: "https://contoso.blob.core.windows.net" };
const KEY = Buffer.from("geheim").toString("base64");
const OTHER_URL = "https://other.blob.core.windows.net";
const CONNECTION = `AccountName=other;AccountKey=${KEY}`;

function placeOf(
  own: Record<string, string>,
  audit: Record<string, string> = AUDIT,
): DeadLetterPlace {
  return configOf({ env: { ...audit, ...named(own) } }).deadLetter.place;
}

function named(own: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [PREFIX + name, value]));
}

function problems(own: Record<string, string>, audit: Record<string, string> = AUDIT): string {
  const text = problemsOf({ env: { ...audit, ...named(own) } }).join("\n");
  expect(text).not.toContain("geheim");
  expect(text).not.toContain(KEY);
  return text;
}

describe("the place of dead letters", () => {
  it("is a directory beside the checkpoint, or the one that is named", () => {
    expect(placeOf({})).toEqual({ kind: "directory", path: "hsm-audit-otel-data/dead-letters" });
    expect(placeOf({ PATH: "/d" })).toEqual({ kind: "directory", path: "/d" });
  });

  it("has a limit of 1 GiB, or the one that is given", () => {
    expect(configOf({}).deadLetter.maxBytes).toBe(1024 ** 3);
    const env = named({ MAX_BYTES: "64MiB" });
    expect(configOf({ env }).deadLetter.maxBytes).toBe(64 * 1024 ** 2);
  });

  it("must have room for the dead letters of one batch", () => {
    expect(problems({ MAX_BYTES: "5MiB" })).toContain(
      "deadLetter.maxBytes (5MiB, env HSM_AUDIT_OTEL_DEAD_LETTER_MAX_BYTES) must be at least 2 times batch.maxBytes (3MiB, default)",
    );
    expect(configOf({ env: named({ MAX_BYTES: "6MiB" }) }).deadLetter.maxBytes).toBe(6 * 1024 ** 2);
  });

  it("is a container of the audit account, by the same way in", () => {
    const key = { ...AUDIT, HSM_AUDIT_OTEL_ACCOUNT_KEY: KEY };
    expect(placeOf({ CONTAINER: "letters" }, key)).toMatchObject({
      kind: "container",
      storage: { account: "contoso", container: "letters", access: { kind: "account-key" } },
    });
    const setting = settingOf(
      { env: { ...AUDIT, ...named({ CONTAINER: "letters" }) } },
      "deadLetter.account",
    );
    expect(setting?.value).toBe("contoso");
  });

  it("is a container of another account, by its own way in", () => {
    const audit = { ...AUDIT, HSM_AUDIT_OTEL_ACCOUNT_KEY: KEY };
    const own = { CONTAINER: "letters", CONNECTION_STRING: CONNECTION };
    expect(placeOf(own, audit)).toMatchObject({
      storage: { account: "other", access: { kind: "connection-string" } },
    });
    expect(placeOf({ CONTAINER: "letters", ACCOUNT_URL: OTHER_URL }, audit)).toMatchObject({
      storage: {
        account: "other",
        access: { kind: "identity", accountUrl: OTHER_URL, credential: "default" },
      },
    });
  });

  it("takes the identity that was chosen, unless it has a secret of its own", () => {
    const audit = {
      ...AUDIT,
      HSM_AUDIT_OTEL_CREDENTIAL: "managed-identity",
      HSM_AUDIT_OTEL_MANAGED_IDENTITY_CLIENT_ID: "id",
    };
    const own = { CONTAINER: "letters", ACCOUNT_URL: OTHER_URL };
    expect(placeOf(own, audit)).toMatchObject({
      storage: { access: { credential: "managed-identity", managedIdentityClientId: "id" } },
    });
    expect(placeOf({ ...own, SAS_TOKEN: "?sv=1&sig=geheim" }, audit)).toMatchObject({
      storage: { access: { kind: "sas", accountUrl: OTHER_URL } },
    });
  });

  it("takes a SAS alone for the audit account, whose own SAS is for reading", () => {
    const audit = {
      HSM_AUDIT_OTEL_ACCOUNT_URL: `${AUDIT.HSM_AUDIT_OTEL_ACCOUNT_URL}/?sv=1&sig=reads`,
    };
    const place = placeOf({ CONTAINER: "letters", SAS_TOKEN: "sv=1&sig=geheim" }, audit);
    const access = place.kind === "container" ? place.storage.access : undefined;
    expect(access?.kind === "sas" && access.sasToken.reveal()).toBe("sv=1&sig=geheim");
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      "both places",
      { PATH: "/d", CONTAINER: "letters" },
      /container .*together with deadLetter.path/,
    ],
    [
      "the audit container",
      { CONTAINER: "insights-logs-auditevent" },
      /is the container of the audit log/,
    ],
    [
      "the audit container by another URL option",
      { CONTAINER: "insights-logs-auditevent", ACCOUNT_URL: AUDIT.HSM_AUDIT_OTEL_ACCOUNT_URL },
      /is the container of the audit log/,
    ],
    [
      "a way in without container",
      { ACCOUNT_KEY: KEY },
      /deadLetter.accountKey .*without deadLetter.container/,
    ],
    [
      "a bad SAS",
      { CONTAINER: "letters", SAS_TOKEN: "geheim" },
      /^deadLetter.sasToken .*is no SAS token/,
    ],
    [
      "two ways in",
      { CONTAINER: "letters", ACCOUNT_KEY: KEY, CONNECTION_STRING: CONNECTION },
      /^deadLetter.connectionString .*together with .*give one way in/,
    ],
    [
      "a name that is none",
      { CONTAINER: "No_Name" },
      /deadLetter.container .*has not the right form/,
    ],
  ])("is not %s", (_, own, problem) => {
    expect(problems(own)).toMatch(problem);
  });

  it("needs an account", () => {
    expect(problems({ CONTAINER: "letters" }, {})).toMatch(/needs an account/);
  });

  it("may be a container of the same name in another account", () => {
    const own = { CONTAINER: "insights-logs-auditevent", ACCOUNT_URL: OTHER_URL };
    expect(problems(own)).toBe("");
  });
});
