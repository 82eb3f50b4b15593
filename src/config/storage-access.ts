// SPDX-License-Identifier: Apache-2.0
/**
 * Turns the storage options into exactly one way of access, or says why they contradict each other. Pure. Two ways at
 * once are refused rather than ranked: whoever set both would be surprised by either choice.
 */
import { accountOfConnectionString, isUsableConnectionString } from "../azure/account-name.ts";
import type { StorageAccess, StorageConfig } from "./config.ts";
import type { ConfigProblem } from "./problem.ts";
import type { OptionName, OptionValues } from "./schema.ts";
import { Secret } from "./secret.ts";
import type { Environment } from "./sources.ts";

export type StorageResult =
  | { readonly kind: "ok"; readonly storage: StorageConfig }
  /** No account is named. */
  | { readonly kind: "none" }
  | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

/** Where a value came from, for messages. */
export type OriginOf = (name: OptionName) => string;

/** The options that name an account and a way in. */
export type StorageValues = Pick<
  OptionValues,
  | "accountUrl"
  | "connectionString"
  | "accountKey"
  | "sasToken"
  | "credential"
  | "managedIdentityClientId"
  | "accountName"
  | "container"
>;

type StorageOption = keyof StorageValues;
type StorageOriginOf = (name: StorageOption) => string;

/** The storage account, its container, and how to get in. */
export function resolveStorage(
  values: StorageValues,
  originOf: StorageOriginOf,
  env: Environment,
): StorageResult {
  const problems = [
    ...contradictions(values, originOf),
    ...malformedSecrets(values, originOf),
    ...unusableIdentity(values, originOf, env),
  ];
  if (problems.length > 0) return { kind: "invalid", problems };
  const access = chooseAccess(values);
  if (access === undefined) return { kind: "none" };
  const account = values.accountName ?? accountOf(values);
  if (account === undefined) {
    const message = "does not say which account it is for; set accountName";
    const name = "connectionString";
    return { kind: "invalid", problems: [{ name, origin: originOf(name), message }] };
  }
  const storage = { account: account.toLowerCase(), container: values.container, access };
  return { kind: "ok", storage };
}

function accountOf(values: StorageValues): string | undefined {
  const text = values.connectionString?.reveal();
  return text === undefined ? values.accountUrl?.account : accountOfConnectionString(text);
}

function chooseAccess(values: StorageValues): StorageAccess | undefined {
  const { accountUrl, connectionString, accountKey } = values;
  if (connectionString !== undefined) return { kind: "connection-string", connectionString };
  if (accountUrl === undefined) return undefined;
  const { url } = accountUrl;
  if (accountKey !== undefined) return { kind: "account-key", accountUrl: url, accountKey };
  const sasToken = values.sasToken ?? accountUrl.sasToken;
  if (sasToken !== undefined) {
    const bare = new Secret(sasToken.reveal().replace(/^\?/, ""));
    return { kind: "sas", accountUrl: url, sasToken: bare };
  }
  return {
    kind: "identity",
    accountUrl: url,
    credential: values.credential === "auto" ? "default" : values.credential,
    managedIdentityClientId: values.managedIdentityClientId,
  };
}

function contradictions(values: StorageValues, originOf: StorageOriginOf): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const add = (name: StorageOption, message: string): void => {
    problems.push({ name, origin: originOf(name), message });
  };
  const secrets = secretsGiven(values);
  const [first, second] = secrets;
  if (first !== undefined && second !== undefined) {
    add(first, `is given together with ${named(second, originOf)}; give one way in only`);
  }
  if (first !== undefined && values.credential !== "auto") {
    const other = `credential ${values.credential} (${originOf("credential")})`;
    add(first, `is given together with ${other}; give one way in only`);
  }
  if (values.connectionString !== undefined && values.accountUrl !== undefined) {
    add("accountUrl", `is given together with ${named("connectionString", originOf)}; give one`);
  }
  if (first !== undefined && values.managedIdentityClientId !== undefined) {
    add("managedIdentityClientId", `has no effect beside ${named(first, originOf)}; give one`);
  }
  return problems;
}

/** Options that let us in by a secret; the URL counts when it carries a SAS. */
function secretsGiven(values: StorageValues): StorageOption[] {
  const given: StorageOption[] = [];
  if (values.connectionString !== undefined) given.push("connectionString");
  if (values.accountKey !== undefined) given.push("accountKey");
  if (values.sasToken !== undefined) given.push("sasToken");
  const isSasInUrl = values.connectionString === undefined && values.accountUrl?.sasToken;
  if (isSasInUrl instanceof Secret) given.push("accountUrl");
  return given;
}

/** Mistakes that the service would answer with a bare 403 hours later. */
function malformedSecrets(values: StorageValues, originOf: StorageOriginOf): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const add = (name: StorageOption, message: string): void => {
    problems.push({ name, origin: originOf(name), message });
  };
  if (
    values.connectionString !== undefined &&
    !isUsableConnectionString(values.connectionString.reveal())
  ) {
    const wanted = "AccountName and AccountKey, or BlobEndpoint and SharedAccessSignature";
    add("connectionString", `is no connection string with ${wanted}`);
  }
  if (
    values.accountKey !== undefined &&
    !/^[A-Za-z0-9+/]+={0,2}$/.test(values.accountKey.reveal())
  ) {
    add("accountKey", "is no base64 text as account keys are");
  }
  if (values.sasToken !== undefined && !/(^|[?&])sig=/.test(values.sasToken.reveal())) {
    add("sasToken", "is no SAS token (it has no sig=)");
  }
  return problems;
}

/** Variables that the SDK needs for an identity; of a list in the list one suffices. */
const IDENTITY_VARIABLES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "workload-identity": [["AZURE_TENANT_ID"], ["AZURE_CLIENT_ID"], ["AZURE_FEDERATED_TOKEN_FILE"]],
  "service-principal": [
    ["AZURE_TENANT_ID"],
    ["AZURE_CLIENT_ID"],
    ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"],
  ],
};

function unusableIdentity(
  values: StorageValues,
  originOf: StorageOriginOf,
  env: Environment,
): ConfigProblem[] {
  if (secretsGiven(values).length > 0) return [];
  const problems: ConfigProblem[] = [];
  const add = (name: StorageOption, message: string): void => {
    problems.push({ name, origin: originOf(name), message });
  };
  const { credential } = values;
  for (const names of IDENTITY_VARIABLES[credential] ?? []) {
    if (names.some((name) => (env[name] ?? "") !== "")) continue;
    add("credential", `${credential} needs the variable ${names.join(" or ")}, which is not set`);
  }
  const takesClientId = ["auto", "default", "managed-identity"].includes(credential);
  if (values.managedIdentityClientId !== undefined && !takesClientId) {
    const other = `credential ${credential} (${originOf("credential")})`;
    add("managedIdentityClientId", `has no effect with ${other}; give one`);
  }
  if (values.accountUrl?.url.startsWith("http://") === true) {
    add("accountUrl", "is an http URL, and identity tokens are sent over https only");
  }
  return problems;
}

function named(name: StorageOption, originOf: StorageOriginOf): string {
  return `${name} (${originOf(name)})`;
}
