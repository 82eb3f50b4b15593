// SPDX-License-Identifier: Apache-2.0
/**
 * Which proxy requests to a URL go through, by the variables that every tool knows: HTTP_PROXY for http URLs,
 * HTTPS_PROXY for https URLs, NO_PROXY for exceptions, lower case before upper case. Pure. As with Go programs, and so
 * with the OpenTelemetry collector, this machine itself is never reached through a proxy: the usual receiver is a
 * sidecar on localhost. (Storage and identity requests are up to the Azure SDK, which reads the same variables.)
 */
import { BlockList, isIP } from "node:net";
import type { ConfigProblem } from "./problem.ts";
import { Secret } from "./secret.ts";
import type { Environment } from "./sources.ts";

/** The proxy for a URL; undefined `proxy` is a direct connection. */
export interface ProxyChoice {
  readonly proxy: Secret | undefined;
  /** The variable that decided, for `config print`. */
  readonly origin: string;
  readonly problems: readonly ConfigProblem[];
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** Chooses the proxy for `target`. A proxy URL may carry a user and password, hence the secret. */
export function chooseProxy(target: string, env: Environment): ProxyChoice {
  const direct = { proxy: undefined, origin: "default", problems: [] };
  const url = URL.parse(target);
  if (url === null || isLoopback(url.hostname)) return direct;
  const upper = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const variable = firstSet([upper.toLowerCase(), upper], env);
  if (variable === undefined) return direct;
  const exceptions = firstSet(["no_proxy", "NO_PROXY"], env);
  if (exceptions !== undefined && isExcepted(url, env[exceptions] ?? "")) {
    return { ...direct, origin: `env ${exceptions}` };
  }
  const origin = `env ${variable}`;
  const text = (env[variable] ?? "").trim();
  const proxy = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (proxy !== null && /^https?:$/.test(proxy.protocol)) {
    return { proxy: new Secret(proxy.href), origin, problems: [] };
  }
  const message = "is no http or https URL of a proxy, such as http://proxy.contoso.com:3128";
  return { ...direct, problems: [{ name: variable, origin: "env", message }] };
}

function firstSet(names: readonly string[], env: Environment): string | undefined {
  return names.find((name) => (env[name] ?? "").trim() !== "");
}

/** `NO_PROXY`: names with or without a leading dot mean the name and all below it; addresses, CIDR ranges, `*`. */
function isExcepted(url: URL, list: string): boolean {
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, "");
  const port = url.port === "" ? DEFAULT_PORTS[url.protocol] : url.port;
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => matches(entry.toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string | undefined): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isInRange(entry, host);
  if (isIP(entry) !== 0) return entry === host;
  const [name = "", wantedPort] = entry.split(":");
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const bare = name.replace(/^\*?\./, "");
  return host === bare || host.endsWith(`.${bare}`);
}

function isInRange(entry: string, host: string): boolean {
  const [network = "", bits = ""] = entry.split("/");
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false;
  const name = family === 4 ? "ipv4" : "ipv6";
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const range = new BlockList();
  range.addSubnet(network, Number(bits), name);
  return range.check(host, name);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || /^127\.\d+\.\d+\.\d+$/.test(hostname) || hostname === "[::1]";
}
