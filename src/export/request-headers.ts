// SPDX-License-Identifier: Apache-2.0
/**
 * Where requests go and what their headers say, worked out once and checked at start (pure), so
 * that a bad header is a configuration error and not an export that fails for ever. Error messages
 * name headers, never their values.
 */
import { ConnectorError } from "../errors.ts";
import type { OtlpContentType } from "./otlp-encoder.ts";

/**
 * Who we are in OTLP's terms: a distribution's own name comes first. Pinned to otlp-transformer's
 * version by a test.
 */
const OTEL_EXPORTER = "OTel-OTLP-Exporter-JavaScript/0.301.0";

/** They describe the body or the connection; a second opinion on them corrupts requests. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "keep-alive",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export interface Destination {
  /** Without userinfo. */
  readonly url: URL;
  /** Lower-case names; all but the length and encoding of the single body. */
  readonly headers: Readonly<Record<string, string>>;
  /** What must not appear in anything we report: header values, their tokens, the URL's query. */
  readonly secrets: readonly string[];
}

export interface DestinationOptions {
  readonly url: string;
  readonly contentType: OtlpContentType;
  readonly headers: Readonly<Record<string, string>>;
  readonly version: string;
}

/**
 * Throws CONFIG_INVALID for a URL that is not http(s), and for a header that cannot be sent or that
 * is ours to set.
 */
export function prepareDestination(options: DestinationOptions): Destination {
  const url = parseUrl(options.url);
  const basic = basicAuthorization(url);
  const headers: Record<string, string> = {
    "user-agent": `hsm-audit-otel/${options.version} ${OTEL_EXPORTER}`,
    ...basic,
  };
  url.username = "";
  url.password = "";
  for (const [name, value] of Object.entries(options.headers)) {
    assertSendable(name, value);
    headers[name.toLowerCase()] = value;
  }
  headers["content-type"] = options.contentType;
  return { url, headers, secrets: secretsIn(url, Object.values({ ...basic, ...options.headers })) };
}

/**
 * What a gateway may repeat of a request: whole values, and tokens and passwords without the word
 * before them.
 */
function secretsIn(url: URL, values: readonly string[]): string[] {
  const secrets = new Set([url.search.slice(1)]);
  for (const value of values) {
    const [scheme, ...credentials] = value.split(" ");
    for (const secret of [value, ...credentials]) secrets.add(secret);
    if (scheme?.toLowerCase() !== "basic") continue;
    const user = Buffer.from(credentials.join(""), "base64").toString("utf8");
    secrets.add(user).add(user.slice(user.indexOf(":") + 1));
  }
  // Longest first: blanking a token inside a longer secret would hide the longer one from the
  // search.
  return [...secrets].sort((a, b) => b.length - a.length);
}

function parseUrl(text: string): URL {
  // The text is not repeated: it may hold a password.
  if (!URL.canParse(text)) throw new ConnectorError("CONFIG_INVALID", "the OTLP URL is not a URL");
  const url = new URL(text);
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  throw new ConnectorError("CONFIG_INVALID", `the OTLP URL is ${url.protocol}, not http or https`);
}

function basicAuthorization(url: URL): { authorization?: string } {
  if (url.username === "" && url.password === "") return {};
  const user = `${decodeUserinfo(url.username)}:${decodeUserinfo(url.password)}`;
  return { authorization: `Basic ${Buffer.from(user, "utf8").toString("base64")}` };
}

function decodeUserinfo(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    const problem = "the OTLP URL holds a broken % sequence before the @";
    throw new ConnectorError("CONFIG_INVALID", problem, { cause });
  }
}

function assertSendable(name: string, value: string): void {
  if (OWN_HEADERS.has(name.toLowerCase())) {
    throw new ConnectorError(
      "CONFIG_INVALID",
      `the OTLP header ${name} is set by the exporter itself`,
    );
  }
  if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(value)) {
    throw new ConnectorError(
      "CONFIG_INVALID",
      `the OTLP header ${JSON.stringify(name)} holds a character that HTTP does not allow`,
    );
  }
}
