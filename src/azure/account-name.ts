// SPDX-License-Identifier: Apache-2.0
/**
 * Reads storage addresses: which account a URL or a connection string means. Pure, and without the SDK, so that
 * reading the configuration stays cheap. The name is part of every record id (permanent interface), so the rules here
 * must not change: lower case, first label of the host, `-secondary` of a geo-redundant reading endpoint removed.
 */

/** Hosts of Azure itself: their URLs never have a path before the container. */
const AZURE_HOST =
  /\.(core\.windows\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net|core\.cloudapi\.de|storage\.azure\.net)$/;

const IP_ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[.*\])$/;

const DEVELOPMENT_ACCOUNT = "devstoreaccount1";

/** Settings of a connection string, names in lower case; undefined for text that has not its form. */
function parseConnectionString(text: string): ReadonlyMap<string, string> | undefined {
  const settings = new Map<string, string>();
  for (const part of text.split(";")) {
    if (part.trim() === "") continue;
    const equals = part.indexOf("=");
    if (equals < 1) return undefined;
    settings.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim());
  }
  return settings.size === 0 ? undefined : settings;
}

/** True when a connection string holds all that a way into the account needs. */
export function isUsableConnectionString(text: string): boolean {
  const settings = parseConnectionString(text);
  if (settings === undefined) return false;
  const has = (...names: string[]): boolean => names.every((name) => settings.has(name));
  return (
    has("accountname", "accountkey") ||
    has("blobendpoint", "sharedaccesssignature") ||
    settings.get("usedevelopmentstorage")?.toLowerCase() === "true"
  );
}

/** Names as the SDK for JavaScript wants them; other SDKs, and so people, take any case. */
const SETTING_NAMES = [
  "DefaultEndpointsProtocol",
  "AccountName",
  "AccountKey",
  "BlobEndpoint",
  "EndpointSuffix",
  "SharedAccessSignature",
];

/**
 * The same connection string with what the SDK for JavaScript insists on: exact names, and the parts that have a
 * default in the documents but not there (protocol and endpoint suffix).
 */
export function completeConnectionString(text: string): string {
  const given = parseConnectionString(text);
  if (given === undefined || given.has("usedevelopmentstorage")) return text.trim();
  const settings = new Map(given);
  if (settings.has("accountkey")) {
    settings.set("defaultendpointsprotocol", given.get("defaultendpointsprotocol") ?? "https");
    settings.set("endpointsuffix", given.get("endpointsuffix") ?? "core.windows.net");
  }
  return SETTING_NAMES.filter((name) => settings.has(name.toLowerCase()))
    .map((name) => `${name}=${settings.get(name.toLowerCase()) ?? ""}`)
    .join(";");
}

/** Account that a connection string is for, or undefined when it does not say. */
export function accountOfConnectionString(text: string): string | undefined {
  const settings = parseConnectionString(text);
  if (settings?.get("usedevelopmentstorage")?.toLowerCase() === "true") return DEVELOPMENT_ACCOUNT;
  const named = settings?.get("accountname");
  if (named !== undefined && named !== "") return named.toLowerCase();
  const endpoint = settings?.get("blobendpoint");
  return endpoint === undefined ? undefined : accountOfUrl(endpoint);
}

/**
 * Account that a blob service URL is for: `contoso` for https://contoso.blob.core.windows.net, `devstoreaccount1` for
 * the emulator's http://127.0.0.1:10000/devstoreaccount1. Undefined when the URL names none, or names a container.
 */
export function accountOfUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return undefined;
  const segments = url.pathname.split("/").filter((segment) => segment !== "");
  if (!isPathStyle(url)) {
    const label = url.hostname.split(".")[0] ?? "";
    return segments.length > 0 || label === ""
      ? undefined
      : label.toLowerCase().replace(/-secondary$/, "");
  }
  return segments.length === 1 ? segments[0]?.toLowerCase() : undefined;
}

/** Emulators put the account into the path: by address, by a bare name, or behind a port of their own. */
function isPathStyle(url: URL): boolean {
  const host = url.hostname.toLowerCase();
  if (AZURE_HOST.test(host)) return false;
  const isBareName = !host.includes(".");
  return isBareName || IP_ADDRESS.test(host) || host === "host.docker.internal" || url.port !== "";
}
