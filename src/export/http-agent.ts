// SPDX-License-Identifier: Apache-2.0
/**
 * The connections to one receiver: keep-alive, bounded in number, with TLS and proxies as
 * configured. It takes plain values only; undici's own reading of proxy variables is shut out, so
 * that what `config print` shows is what happens. HTTP/1.1 only: one request a connection at a time
 * keeps Content-Length, timeouts and resets easy to reason about.
 */
import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { Agent, EnvHttpProxyAgent, Pool } from "undici";
import type { Dispatcher } from "undici";
import { ConnectorError } from "../errors.ts";

/** PEM texts, not paths. */
export interface TlsMaterial {
  /** Verifies the receiver in the place of the built-in roots. */
  readonly ca?: string | undefined;
  /** Client certificate and its key: both or none. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Values of HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
export interface ProxySettings {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

export interface AgentOptions {
  readonly url: URL;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly tls: TlsMaterial | undefined;
  readonly proxy: ProxySettings | undefined;
}

/**
 * Throws CONFIG_INVALID for PEM texts or a proxy URL that cannot be used; a bad one must not wait
 * for the first batch.
 */
export function createHttpAgent(options: AgentOptions): Dispatcher {
  const tls = { ca: options.tls?.ca, cert: options.tls?.cert, key: options.tls?.key };
  assertUsable(tls);
  const poolOptions = {
    connections: options.maxConnections,
    allowH2: false,
    pipelining: 1,
    // The transport's own deadline covers the whole attempt; these would only blur which limit was
    // hit.
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: options.connectTimeoutMs,
    connect: { ...tls, timeout: options.connectTimeoutMs },
  };
  const proxyUri = proxyFor(options.url, options.proxy);
  if (proxyUri === undefined) return new Agent(poolOptions);
  return new EnvHttpProxyAgent({
    ...poolOptions,
    // undici sends https through HTTP_PROXY when HTTPS_PROXY is unset; the choice was made here, so
    // both are one.
    httpProxy: proxyUri,
    httpsProxy: proxyUri,
    noProxy: options.proxy?.noProxy ?? "",
    requestTls: tls,
    // Of our TLS material only the trust goes to a proxy: the client certificate is for the
    // receiver.
    proxyTls: { ca: tls.ca },
    // Without this the pool behind a forwarding proxy would be unbounded.
    factory: (origin, pool: Pool.Options) => new Pool(origin, { ...poolOptions, ...pool }),
  });
}

/**
 * host:port of the proxy that requests for `url` go through by scheme, or undefined. NO_PROXY is
 * not looked at.
 */
export function proxyHostFor(url: URL, proxy: ProxySettings | undefined): string | undefined {
  const uri = proxyFor(url, proxy);
  return uri === undefined ? undefined : new URL(uri).host;
}

function proxyFor(url: URL, proxy: ProxySettings | undefined): string | undefined {
  const value = url.protocol === "https:" ? proxy?.httpsProxy : proxy?.httpProxy;
  if (value === undefined || value === "") return undefined;
  // `proxy:3128` is common in the variables, and curl takes it for http.
  const uri = value.includes("://") ? value : `http://${value}`;
  if (URL.canParse(uri) && ["http:", "https:"].includes(new URL(uri).protocol)) return uri;
  // The value is not repeated: it may hold a password.
  throw new ConnectorError("CONFIG_INVALID", "the proxy for OTLP is not an http(s) URL");
}

function assertUsable(tls: TlsMaterial): void {
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new ConnectorError(
      "CONFIG_INVALID",
      "a client certificate for OTLP needs its key, and a key its certificate",
    );
  }
  try {
    if (tls.ca !== undefined) assertCertificates(tls.ca);
    createSecureContext(tls);
  } catch (reason) {
    const detail = reason instanceof Error ? reason.message : "unreadable";
    throw new ConnectorError("CONFIG_INVALID", `the OTLP certificate or key: ${detail}`, {
      cause: reason,
    });
  }
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Node takes any text for a `ca`: with garbage it trusts nobody, with "" the built-in roots. So it
 * is read here first.
 */
function assertCertificates(pem: string): void {
  const blocks = pem.match(PEM_CERTIFICATE);
  if (blocks === null) throw new Error("no certificate in PEM form");
  for (const block of blocks) new X509Certificate(block);
}
