// SPDX-License-Identifier: Apache-2.0
/**
 * Addresses as operators write them, taken apart at once: what is secret in them (a SAS, a user and password) leaves
 * the URL here, so that what remains may be shown. Pure. Messages never quote the written URL but masked.
 */
import { z } from "zod";
import { accountOfUrl } from "../azure/account-name.ts";
import { redactUrl } from "./redact.ts";
import { Secret } from "./secret.ts";
import type { ValueType } from "./value-types.ts";

/** A storage account's blob service. */
export interface AccountUrl {
  /** Without query and final slash. */
  readonly url: string;
  /** Lower-case account name that the URL names. */
  readonly account: string;
  /** The SAS that the URL carried. */
  readonly sasToken: Secret | undefined;
}

/** A receiver's URL as given; `v1/logs` is not yet appended. */
export interface EndpointUrl {
  /** Without user and password. */
  readonly url: string;
  /** `Basic …`, when the URL carried a user. */
  readonly authorization: Secret | undefined;
}

export function accountUrl(): ValueType<AccountUrl> {
  return {
    placeholder: "url",
    expected: "a blob service URL such as https://contoso.blob.core.windows.net",
    schema: z.unknown().transform((value, context) => {
      const result = readAccountUrl(value);
      if (typeof result !== "string") return result;
      context.addIssue({ code: "custom", message: result });
      return z.NEVER;
    }),
  };
}

export function endpointUrl(): ValueType<EndpointUrl> {
  return {
    placeholder: "url",
    expected: "an http or https URL such as http://localhost:4318",
    schema: z.unknown().transform((value, context) => {
      const result = readEndpointUrl(value);
      if (typeof result !== "string") return result;
      context.addIssue({ code: "custom", message: result });
      return z.NEVER;
    }),
  };
}

/** URL that log records are posted to, under a base endpoint: `http://c:4318/my` → `http://c:4318/my/v1/logs`. */
export function logsUrlUnder(base: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/logs`;
  return url.href;
}

function readAccountUrl(value: unknown): AccountUrl | string {
  const url = readHttpUrl(value);
  if (typeof url === "string") return url;
  if (url.username !== "" || url.password !== "") return "the URL holds a user; give a credential";
  if (/\.(dfs|queue|table|file|web)\./.test(url.hostname)) {
    return `${redactUrl(url.href)} is another service of the account; use its blob endpoint`;
  }
  if (url.search !== "" && !url.searchParams.has("sig")) {
    return "the URL has a query that is no SAS (it has no sig)";
  }
  const sasToken = url.search === "" ? undefined : new Secret(url.search.slice(1));
  url.search = "";
  url.hash = "";
  const account = accountOfUrl(url.href);
  if (account !== undefined) return { url: url.href.replace(/\/$/, ""), account, sasToken };
  return `${redactUrl(url.href)} does not end with the account; name the container by \`container\``;
}

function readEndpointUrl(value: unknown): EndpointUrl | string {
  const url = readHttpUrl(value);
  if (typeof url === "string") return url;
  const user = decodeUserInfo(url);
  if (user === undefined) return "the URL's user or password is not percent-encoded properly";
  url.username = "";
  url.password = "";
  const basic = Buffer.from(user, "utf8").toString("base64");
  return {
    url: url.href,
    authorization: user === ":" ? undefined : new Secret(`Basic ${basic}`),
  };
}

function readHttpUrl(value: unknown): URL | string {
  if (typeof value !== "string") return "the value is no text";
  const written = value.trim();
  if (!/^https?:\/\//i.test(written)) return "the value does not begin with http:// or https://";
  return URL.parse(written) ?? "the value is no URL";
}

function decodeUserInfo(url: URL): string | undefined {
  try {
    return `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  } catch {
    // A lone %: the caller reports it without quoting the password.
    return undefined;
  }
}
