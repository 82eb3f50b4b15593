// SPDX-License-Identifier: Apache-2.0
/**
 * `requestUri` into its parts, without secrets (pure). The text is cut, not normalised: what the
 * service logged is what arrives, but for user info, values of secret query parameters and
 * fragments, which become `REDACTED`. (The body keeps the record's own text; redacting that is an
 * option of its own.)
 */

export interface RequestUrl {
  /** The whole URL, redacted. */
  readonly full: string;
  /** Scheme and authority without user info: `https://contosomhsm.managedhsm.azure.net`. */
  readonly origin: string;
  /** Host without port and brackets. */
  readonly host: string;
  /** Path as written; empty when there is none. */
  readonly path: string;
  /** Query without `?`, redacted; empty when there is none. */
  readonly query: string;
}

const REDACTED = "REDACTED";
/** Scheme, user info, host, port, path, query with its `?`, fragment with its `#`. */
const URL_PARTS = new RegExp(
  [
    /^([a-z][a-z0-9+.-]*:\/\/)/,
    /(?:([^/?#@]*)@)?/,
    /(\[[^\]/?#@]+\]|[^:/?#@[\]]+)/,
    /(:\d*)?/,
    /(\/[^?#]*)?/,
    /(\?[^#]*)?/,
    /(#.*)?$/,
  ]
    .map((part) => part.source)
    .join(""),
  "is",
);

/** Names whose values are credentials: SAS, OAuth, signed requests of other clouds, common ones. */
const SECRET_NAMES = [
  "sig|signature|x-goog-signature|x-amz-signature|x-amz-security-token|x-amz-credential",
  "awsaccesskeyid|access_token|id_token|refresh_token|token|code|assertion|client_assertion",
  "client_secret|secret|password|passwd|pwd|sas|api_key|api-key|apikey|key|subscription-key",
  "accountkey|sharedaccesskey|sharedaccesssignature",
].join("|");
/** Those that mean nothing else, wherever they stand. */
const SURE_NAMES = [
  "sig|x-goog-signature|x-amz-signature|x-amz-security-token|access_token|refresh_token",
  "client_secret|password|accountkey|sharedaccesskey|sharedaccesssignature",
].join("|");
const HAS_SECRET = new RegExp(
  `(?:(?:^|[?&;#\\s])(?:${SECRET_NAMES})|(?<![\\w-])(?:${SURE_NAMES}))\\s*=|//[^/?#\\s]*@`,
  "i",
);
const IS_SECRET = new RegExp(`^(?:${SECRET_NAMES})$`, "i");
const SECRET_IN_TEXT = new RegExp(
  `((?:[?&;#](?:${SECRET_NAMES})|(?<![\\w-])(?:${SURE_NAMES}))\\s*=)[^&;#\\s]*`,
  "gi",
);
/** A name with an escape in it, which may hide what it is. */
const ESCAPED_NAME = /([^?&;#=\s]*%[^?&;#=\s]*)=[^&;#\s]*/g;
const USER_INFO_IN_TEXT = /(\/\/)[^/?#\s]*@/g;
const FRAGMENT_IN_TEXT = /(:\/\/[^\s#]*#)\S+/g;

/**
 * Cuts an absolute URL. Undefined when the text is none: `redactText` makes such a text fit to be
 * shown.
 */
export function parseRequestUrl(text: string): RequestUrl | undefined {
  return cutPlainUrl(text) ?? cutUrl(text);
}

const HTTPS = "https://";

/**
 * Nearly every URL is a plain host, a path and a harmless query; to find the cuts of one costs a
 * third of the pattern. Undefined for every other, whatever is the matter with it.
 */
function cutPlainUrl(text: string): RequestUrl | undefined {
  if (!text.startsWith(HTTPS)) return undefined;
  const hostEnd = text.indexOf("/", HTTPS.length);
  if (hostEnd <= HTTPS.length || text.includes("#")) return undefined;
  for (let index = HTTPS.length; index < hostEnd; index += 1) {
    if (!isHostCharacter(text.charCodeAt(index))) return undefined;
  }
  const mark = text.indexOf("?", hostEnd);
  const pathEnd = mark < 0 ? text.length : mark;
  const query = text.slice(pathEnd + 1);
  if (redactQuery(query) !== query) return undefined;
  const odd = text.indexOf("=", hostEnd);
  if ((odd >= 0 && odd < pathEnd) || text.includes("@", hostEnd)) return undefined;
  return {
    full: text,
    origin: text.slice(0, hostEnd),
    host: text.slice(HTTPS.length, hostEnd),
    path: text.slice(hostEnd, pathEnd),
    query,
  };
}

/** Letters, digits, dots and dashes. */
function isHostCharacter(code: number): boolean {
  const lower = code | 0x20;
  return (
    (lower >= 0x61 && lower <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2e ||
    code === 0x2d
  );
}

function cutUrl(text: string): RequestUrl | undefined {
  const parts = URL_PARTS.exec(text);
  if (parts === null) return undefined;
  const [, scheme = "", userInfo, host = "", port = "", rawPath = "", search = "", fragment] =
    parts;
  const path = redactText(rawPath);
  const query = redactQuery(search.slice(1));
  const origin = scheme + host + port;
  const who = userInfo === undefined ? "" : `${REDACTED}:${REDACTED}@`;
  const tail = fragment === undefined ? "" : `#${REDACTED}`;
  const full = `${scheme}${who}${host}${port}${path}${search === "" ? "" : "?"}${query}${tail}`;
  return { full, origin, host: unbracketed(host), path, query };
}

/** A text that is no absolute URL, with everything in it that looks like a credential replaced. */
export function redactText(text: string): string {
  const shown = text
    .replace(USER_INFO_IN_TEXT, `$1${REDACTED}:${REDACTED}@`)
    .replace(FRAGMENT_IN_TEXT, `$1${REDACTED}`)
    .replace(SECRET_IN_TEXT, `$1${REDACTED}`);
  if (!shown.includes("%")) return shown;
  return shown.replace(ESCAPED_NAME, (whole, name: string) => {
    return isSecretName(name) ? `${name}=${REDACTED}` : whole;
  });
}

function redactQuery(query: string): string {
  // A percent sign may hide a name (`%73ig`), so only a query without one is judged by one search.
  if (!query.includes("%") && !HAS_SECRET.test(query)) return query;
  return query.split("&").map(redactParameter).join("&");
}

function redactParameter(parameter: string): string {
  const equals = parameter.indexOf("=");
  const name = equals < 0 ? "" : parameter.slice(0, equals);
  const decoded = decodedOr(parameter);
  const isHarmless =
    decoded !== undefined && !isSecretName(name.trim()) && !HAS_SECRET.test(decoded);
  if (isHarmless) return parameter;
  return equals < 0 ? REDACTED : `${name}=${REDACTED}`;
}

function isSecretName(name: string): boolean {
  // An escape that is none: hidden in it could be anything, so the value goes.
  const decoded = decodedOr(name);
  return decoded === undefined || IS_SECRET.test(decoded);
}

function decodedOr(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function unbracketed(host: string): string {
  return host.startsWith("[") ? host.slice(1, -1) : host;
}
