// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { formatProblem } from "../../../src/config/problem.ts";

const URL = "https://Contoso.blob.core.windows.net";
const KEY = Buffer.from("geheim").toString("base64");

function load(env: Record<string, string>) {
  const readFile = () => ({ kind: "unreadable", reason: "ENOENT" }) as const;
  return loadConfig({ env, flags: {}, readFile }, { storage: true });
}

function storageOf(env: Record<string, string>) {
  const result = load(env);
  if (result.kind === "invalid") throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.config.storage;
}

function problemsOf(env: Record<string, string>): string {
  const result = load(env);
  const text = result.kind === "ok" ? "" : result.problems.map(formatProblem).join("\n");
  expect(text).not.toContain("geheim");
  expect(text).not.toContain(KEY);
  return text;
}

describe("the way into storage", () => {
  it("is DefaultAzureCredential for a bare account URL", () => {
    expect(storageOf({ HSM_AUDIT_OTEL_ACCOUNT_URL: `${URL}/` })).toEqual({
      account: "contoso",
      container: "insights-logs-auditevent",
      access: {
        kind: "identity",
        accountUrl: "https://contoso.blob.core.windows.net",
        credential: "default",
        managedIdentityClientId: undefined,
      },
    });
  });

  it("is the SAS that the URL carries, which leaves the URL", () => {
    const access = storageOf({ HSM_AUDIT_OTEL_ACCOUNT_URL: `${URL}/?sv=1&sig=geheim%3D` })?.access;
    expect(access).toMatchObject({
      kind: "sas",
      accountUrl: "https://contoso.blob.core.windows.net",
    });
    expect(access?.kind === "sas" && access.sasToken.reveal()).toBe("sv=1&sig=geheim%3D");
    expect(JSON.stringify(access)).not.toContain("geheim");
  });

  it("is the SAS token of its own option, with or without question mark", () => {
    const env = { HSM_AUDIT_OTEL_ACCOUNT_URL: URL, HSM_AUDIT_OTEL_SAS_TOKEN: "?sv=1&sig=x" };
    const access = storageOf(env)?.access;
    expect(access?.kind === "sas" && access.sasToken.reveal()).toBe("sv=1&sig=x");
  });

  it("is the account key, without the newline of the file it was mounted from", () => {
    const env = { HSM_AUDIT_OTEL_ACCOUNT_URL: URL, HSM_AUDIT_OTEL_ACCOUNT_KEY: `${KEY}\n` };
    const access = storageOf(env)?.access;
    expect(access?.kind === "account-key" && access.accountKey.reveal()).toBe(KEY);
  });

  it("is the connection string, with the account that it names", () => {
    const text = `DefaultEndpointsProtocol=https;AccountName=Contoso;AccountKey=${KEY}`;
    expect(storageOf({ AZURE_STORAGE_CONNECTION_STRING: text })).toMatchObject({
      account: "contoso",
      access: { kind: "connection-string" },
    });
  });

  it("has the account name of its own option where the host does not begin with it", () => {
    const env = {
      HSM_AUDIT_OTEL_ACCOUNT_URL: "https://logs.contoso.com",
      HSM_AUDIT_OTEL_ACCOUNT_NAME: "ContosoLogs",
    };
    expect(storageOf(env)?.account).toBe("contosologs");
  });

  it("is one identity of several by its client id", () => {
    const access = storageOf({
      HSM_AUDIT_OTEL_ACCOUNT_URL: URL,
      HSM_AUDIT_OTEL_CREDENTIAL: "managed-identity",
      HSM_AUDIT_OTEL_MANAGED_IDENTITY_CLIENT_ID: "1234",
    })?.access;
    expect(access).toMatchObject({
      credential: "managed-identity",
      managedIdentityClientId: "1234",
    });
  });
});

describe("two ways into storage", () => {
  const url = { HSM_AUDIT_OTEL_ACCOUNT_URL: URL };
  it.each([
    [
      { ...url, AZURE_STORAGE_CONNECTION_STRING: `AccountName=c;AccountKey=${KEY}` },
      "accountUrl (env HSM_AUDIT_OTEL_ACCOUNT_URL): is given together with connectionString (env AZURE_STORAGE_CONNECTION_STRING)",
    ],
    [
      { ...url, HSM_AUDIT_OTEL_ACCOUNT_KEY: KEY, HSM_AUDIT_OTEL_SAS_TOKEN: "sig=geheim" },
      "accountKey (env HSM_AUDIT_OTEL_ACCOUNT_KEY): is given together with sasToken",
    ],
    [
      { HSM_AUDIT_OTEL_ACCOUNT_URL: `${URL}?sig=geheim`, HSM_AUDIT_OTEL_SAS_TOKEN: "sig=geheim" },
      "sasToken (env HSM_AUDIT_OTEL_SAS_TOKEN): is given together with accountUrl",
    ],
    [
      { ...url, HSM_AUDIT_OTEL_ACCOUNT_KEY: KEY, HSM_AUDIT_OTEL_CREDENTIAL: "azure-cli" },
      "is given together with credential azure-cli",
    ],
  ])("are refused rather than ranked: %#", (env, message) => {
    expect(problemsOf(env)).toContain(message);
  });
});

describe("a way that cannot work", () => {
  it.each([
    [
      { HSM_AUDIT_OTEL_ACCOUNT_URL: "http://contoso.blob.core.windows.net" },
      "sent over https only",
    ],
    [{ HSM_AUDIT_OTEL_ACCOUNT_URL: `${URL}/insights-logs` }, "does not end with the account"],
    [{ HSM_AUDIT_OTEL_ACCOUNT_URL: "https://c.dfs.core.windows.net" }, "use its blob endpoint"],
    [{ HSM_AUDIT_OTEL_ACCOUNT_URL: `${URL}?foo=geheim` }, "a query that is no SAS"],
    [{ HSM_AUDIT_OTEL_ACCOUNT_URL: "AccountName=c;AccountKey=geheim" }, "does not begin with http"],
    [{ AZURE_STORAGE_CONNECTION_STRING: "geheim" }, "is no connection string"],
    [{ AZURE_STORAGE_CONNECTION_STRING: "AccountName=geheim" }, "is no connection string"],
    [
      { HSM_AUDIT_OTEL_ACCOUNT_URL: URL, HSM_AUDIT_OTEL_ACCOUNT_KEY: "geheim!" },
      "is no base64 text",
    ],
    [{ HSM_AUDIT_OTEL_ACCOUNT_URL: URL, HSM_AUDIT_OTEL_SAS_TOKEN: "geheim" }, "it has no sig="],
    [
      { HSM_AUDIT_OTEL_ACCOUNT_URL: URL, HSM_AUDIT_OTEL_CREDENTIAL: "workload-identity" },
      "workload-identity needs the variable AZURE_FEDERATED_TOKEN_FILE, which is not set",
    ],
    [
      {
        HSM_AUDIT_OTEL_ACCOUNT_URL: URL,
        HSM_AUDIT_OTEL_CREDENTIAL: "service-principal",
        AZURE_TENANT_ID: "t",
        AZURE_CLIENT_ID: "c",
      },
      "needs the variable AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH",
    ],
  ])("is a problem at start, without showing a secret: %#", (env, message) => {
    expect(problemsOf(env)).toContain(message);
  });
});
