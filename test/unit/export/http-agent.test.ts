// SPDX-License-Identifier: Apache-2.0
// TLS and proxies through the whole transport, against real sockets.
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type {
  AttemptOutcome,
  EncodedRequest,
  ExportTransport,
} from "../../../src/export/exporter.ts";
import type { ProxySettings, TlsMaterial } from "../../../src/export/http-agent.ts";
import { createOtlpEncoder } from "../../../src/export/otlp-encoder.ts";
import { createOtlpHttpTransport } from "../../../src/export/otlp-http-transport.ts";
import { createRequestEncoder } from "../../../src/export/request-encoder.ts";
import { startFakeReceiver } from "../../support/fake-receiver.ts";
import type { FakeReceiver } from "../../support/fake-receiver.ts";
import { recordsWithUids } from "../../support/log-record-samples.ts";
import { startTinyProxy } from "../../support/tiny-proxy.ts";
import type { TinyProxy } from "../../support/tiny-proxy.ts";

const pem = (name: string): string =>
  readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), "utf8");
const ca = pem("ca.cert");
const server = { cert: pem("server.cert"), key: pem("server.key") };
const client = { cert: pem("client.cert"), key: pem("client.key") };

const delivered: AttemptOutcome = { kind: "delivered", warning: undefined };
const never = new AbortController().signal;

let request: EncodedRequest;
let receiver: FakeReceiver;
let proxy: TinyProxy;
let transports: ExportTransport[];
const savedEnv = { ...process.env };

beforeEach(async () => {
  transports = [];
  const encoder = createOtlpEncoder("http/protobuf");
  request = await createRequestEncoder({ encoder, compression: "gzip", gzipLevel: 1 }).encode(
    recordsWithUids(2).map(encoder.encodeRecord),
  );
  receiver = await startFakeReceiver();
  proxy = await startTinyProxy();
});

afterEach(async () => {
  process.env = { ...savedEnv };
  for (const transport of transports) await transport.close();
  await receiver.close();
  await proxy.close();
});

async function restartReceiver(tls: typeof server & { ca?: string }): Promise<void> {
  await receiver.close();
  receiver = await startFakeReceiver({ tls });
}

async function restartProxy(refuseWith: number): Promise<void> {
  await proxy.close();
  proxy = await startTinyProxy(refuseWith);
}

function transport(settings: { tls?: TlsMaterial; proxy?: ProxySettings }): ExportTransport {
  const made = createOtlpHttpTransport({
    url: receiver.url,
    contentType: "application/x-protobuf",
    headers: {},
    version: "1.2.3",
    timeoutMs: 10_000,
    maxConnections: 2,
    clock: { now: () => 0 },
    ...settings,
  });
  transports.push(made);
  return made;
}

const send = (settings: { tls?: TlsMaterial; proxy?: ProxySettings }): Promise<AttemptOutcome> =>
  transport(settings).send(request, never);

describe("TLS", () => {
  it("trusts the CA that it was given", async () => {
    await restartReceiver(server);
    expect(await send({ tls: { ca } })).toEqual(delivered);
  });

  it("trusts nobody else, and retries with the reason told", async () => {
    await restartReceiver(server);
    expect(await send({})).toEqual({
      kind: "retryable",
      reason: `UNABLE_TO_VERIFY_LEAF_SIGNATURE (127.0.0.1:${receiver.port})`,
      retryAfterMs: undefined,
    });
    expect(receiver.requests).toHaveLength(0);
  });

  it("shows its client certificate", async () => {
    await restartReceiver({ ...server, ca });
    expect(await send({ tls: { ca, ...client } })).toEqual(delivered);
  });

  it("is retryable when the receiver wants a certificate and there is none", async () => {
    await restartReceiver({ ...server, ca });
    expect((await send({ tls: { ca } })).kind).toBe("retryable");
  });

  it.each<[string, TlsMaterial]>([
    ["a CA that is no certificate", { ca: "garbage" }],
    ["an empty CA", { ca: "" }],
    ["a CA with a broken certificate", { ca: ca.replace("MII", "QQQ").replace("MIIB", "QQQQ") }],
    ["a certificate without its key", { cert: client.cert }],
    ["a key without its certificate", { key: client.key }],
    ["a key that belongs to another certificate", { cert: client.cert, key: server.key }],
  ])("refuses %s at start", (_what, tls) => {
    expect(() => transport({ tls })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

describe("a proxy", () => {
  const at = (): string => `http://127.0.0.1:${proxy.port}`;

  it("forwards plain HTTP, within the limit of connections", async () => {
    const sender = transport({ proxy: { httpProxy: at() } });
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => sender.send(request, never)),
    );
    expect(outcomes).toEqual(Array.from({ length: 6 }, () => delivered));
    expect(proxy.asked).toEqual(Array.from({ length: 6 }, () => `POST ${receiver.url}`));
    expect(proxy.connectionCount()).toBeLessThanOrEqual(2);
  });

  it("tunnels TLS, where the receiver sees our client certificate", async () => {
    await restartReceiver({ ...server, ca });
    const tls = { ca, ...client };
    expect(await send({ tls, proxy: { httpsProxy: at() } })).toEqual(delivered);
    expect(proxy.asked).toEqual([`CONNECT 127.0.0.1:${receiver.port}`]);
  });

  it("takes the credentials of its URL, and a URL without scheme", async () => {
    expect(await send({ proxy: { httpProxy: `us:pa%40ss@127.0.0.1:${proxy.port}` } })).toEqual(
      delivered,
    );
    expect(proxy.authorizations).toEqual([`Basic ${btoa("us:pa@ss")}`]);
  });

  it("is chosen by the receiver's scheme alone", async () => {
    expect(await send({ proxy: { httpsProxy: at() } })).toEqual(delivered);
    await restartReceiver(server);
    expect(await send({ tls: { ca }, proxy: { httpProxy: at() } })).toEqual(delivered);
    expect(proxy.asked).toEqual([]);
  });

  it.each(["127.0.0.1", "*", "example.org, 127.0.0.1"])(
    "is passed by for NO_PROXY %j",
    async (noProxy) => {
      expect(await send({ proxy: { httpProxy: at(), noProxy } })).toEqual(delivered);
      expect(proxy.asked).toEqual([]);
    },
  );

  it("is never taken from the environment behind our back", async () => {
    process.env["HTTP_PROXY"] = at();
    process.env["http_proxy"] = at();
    expect(await send({})).toEqual(delivered);
    expect(proxy.asked).toEqual([]);
    process.env["NO_PROXY"] = "*";
    process.env["no_proxy"] = "*";
    expect(await send({ proxy: { httpProxy: at() } })).toEqual(delivered);
    expect(proxy.asked).toHaveLength(1);
  });

  it("that is down is retryable, and named without its password", async () => {
    await proxy.close();
    const httpProxy = `http://us:pass@127.0.0.1:${proxy.port}`;
    expect(await send({ proxy: { httpProxy } })).toEqual({
      kind: "retryable",
      reason: `ECONNREFUSED (127.0.0.1:${receiver.port}, proxy 127.0.0.1:${proxy.port})`,
      retryAfterMs: undefined,
    });
  });

  it.each(["http", "https"])(
    "that wants a password is a fault of configuration (%s)",
    async (scheme) => {
      await restartProxy(407);
      if (scheme === "https") await restartReceiver(server);
      const outcome = await send({ tls: { ca }, proxy: { httpProxy: at(), httpsProxy: at() } });
      expect(outcome).toMatchObject({ kind: "receiver-fault", status: 407 });
    },
  );

  it("that cannot reach the receiver now is retryable", async () => {
    await restartProxy(503);
    await restartReceiver(server);
    const outcome = await send({ tls: { ca }, proxy: { httpsProxy: at() } });
    expect(outcome).toMatchObject({
      kind: "retryable",
      reason: expect.stringContaining("proxy answered HTTP 503") as string,
    });
  });

  it.each(["socks5://127.0.0.1:1", "http://"])(
    "of the form %j is refused at start",
    (httpProxy) => {
      expect(() => transport({ proxy: { httpProxy } })).toThrow(
        expect.objectContaining({ code: "CONFIG_INVALID" }),
      );
    },
  );
});
