// SPDX-License-Identifier: Apache-2.0
// What the transport sends. What it makes of the answers: otlp-http-transport.answers.test.ts.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AttemptOutcome } from "../../../src/export/exporter.ts";
import { createOtlpEncoder } from "../../../src/export/otlp-encoder.ts";
import { createRequestEncoder } from "../../../src/export/request-encoder.ts";
import { eventually } from "../../support/eventually.ts";
import { recordsWithUids } from "../../support/log-record-samples.ts";
import type { ScriptedAnswer } from "../../support/scripted-answer.ts";
import { never, TransportFixture } from "../../support/transport-fixture.ts";

const delivered: AttemptOutcome = { kind: "delivered", warning: undefined };

let fixture: TransportFixture;

beforeEach(async () => {
  fixture = await TransportFixture.start();
});

afterEach(async () => {
  await fixture.close();
});

describe("what the transport sends", () => {
  it("is the request's own bytes, with their exact length and bare type", async () => {
    expect(await fixture.send()).toEqual(delivered);
    const [received] = fixture.receiver.requests;
    expect(received?.method).toBe("POST");
    expect(received?.path).toBe("/v1/logs");
    expect(received?.wireSha256).toBe(
      createHash("sha256").update(fixture.request.body).digest("hex"),
    );
    expect(received?.headers).toMatchObject({
      "content-type": "application/x-protobuf",
      "content-encoding": "gzip",
      "content-length": String(fixture.request.body.length),
    });
    expect(received?.headers["transfer-encoding"]).toBeUndefined();
    expect(fixture.receiver.uids).toEqual(["uid-0", "uid-1", "uid-2"]);
  });

  it("names no encoding when the body is not compressed", async () => {
    const encoder = createOtlpEncoder("http/json");
    const plain = createRequestEncoder({
      encoder,
      compression: "none",
      gzipLevel: 1,
    });
    const transport = fixture.transport({ contentType: "application/json" });
    const outcome = await transport.send(
      await plain.encode(recordsWithUids(1).map(encoder.encodeRecord)),
      never,
    );
    expect(outcome).toEqual(delivered);
    expect(fixture.receiver.requests[0]?.headers["content-encoding"]).toBeUndefined();
    expect(fixture.receiver.requests[0]?.headers["content-type"]).toBe("application/json");
  });

  it("says who it is, this program first, then the OTLP library in its version", async () => {
    const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
      devDependencies: Record<string, string>;
    };
    const version = manifest.devDependencies["@opentelemetry/otlp-transformer"] ?? "missing";
    await fixture.send();
    expect(fixture.receiver.requests[0]?.headers["user-agent"]).toBe(
      `hsm-audit-otel/1.2.3 OTel-OTLP-Exporter-JavaScript/${version}`,
    );
  });

  it("carries the user's headers, and the URL's query and userinfo", async () => {
    const url = fixture.receiver.url.replace("127.0.0.1", "us%40er:p%3Ass@127.0.0.1");
    await fixture
      .transport({ url: `${url}?stream=a%20b`, headers: { "X-Scope-OrgID": "t1" } })
      .send(fixture.request, never);
    const [received] = fixture.receiver.requests;
    expect(received?.headers["x-scope-orgid"]).toBe("t1");
    expect(received?.headers.authorization).toBe(`Basic ${btoa("us@er:p:ss")}`);
    expect(received?.path).toBe("/v1/logs?stream=a%20b");
  });

  it("goes over one connection for requests in sequence", async () => {
    const transport = fixture.transport();
    for (let count = 0; count < 10; count++) await transport.send(fixture.request, never);
    fixture.receiver.script([
      { status: 503, body: "busy" },
      { status: 401, body: "who?" },
    ]);
    for (let count = 0; count < 3; count++) await transport.send(fixture.request, never);
    expect(fixture.receiver.requests).toHaveLength(13);
    expect(fixture.receiver.connectionCount).toBe(1);
  });

  it("goes over no more connections at once than allowed", async () => {
    const transport = fixture.transport({ maxConnections: 2 });
    await Promise.all(Array.from({ length: 10 }, () => transport.send(fixture.request, never)));
    expect(fixture.receiver.requests).toHaveLength(10);
    expect(fixture.receiver.connectionCount).toBe(2);
  });
});

describe("a cancelled attempt", () => {
  it("sends nothing when it was cancelled before", async () => {
    await expect(
      fixture.transport().send(fixture.request, AbortSignal.abort()),
    ).rejects.toMatchObject({ code: "CANCELLED" });
    expect(fixture.receiver.connectionCount).toBe(0);
  });

  it("ends midway, before and within the answer", async () => {
    const answers: ScriptedAnswer[] = [
      "hang",
      { status: 200, headers: { "content-length": "9" }, body: "{" },
    ];
    for (const [index, answer] of answers.entries()) {
      fixture.receiver.script([answer]);
      const abort = new AbortController();
      const sending = fixture.transport().send(fixture.request, abort.signal);
      await eventually("the request arrives", () => fixture.receiver.requests.length === index + 1);
      setImmediate(() => {
        abort.abort();
      });
      await expect(sending).rejects.toMatchObject({ code: "CANCELLED" });
    }
  });

  it("ends at once while it waits for a free connection, and is never sent", async () => {
    fixture.receiver.script(["hang"]);
    const transport = fixture.transport({ maxConnections: 1 });
    const both = [new AbortController(), new AbortController()] as const;
    const first = transport.send(fixture.request, both[0].signal);
    await eventually("the request arrives", () => fixture.receiver.requests.length === 1);
    const second = transport.send(fixture.request, both[1].signal);
    both[1].abort();
    await expect(second).rejects.toMatchObject({ code: "CANCELLED" });
    both[0].abort();
    await expect(first).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await transport.send(fixture.request, never)).toEqual(delivered);
    expect(fixture.receiver.requests).toHaveLength(2);
  });
});

describe("a closed transport", () => {
  it("holds no connection and sends no more", async () => {
    const transport = fixture.transport();
    await transport.send(fixture.request, never);
    await transport.close();
    await transport.close();
    await expect(transport.send(fixture.request, never)).rejects.toMatchObject({
      code: "INTERNAL",
    });
  });
});

describe("the transport's options", () => {
  const invalid = { code: "CONFIG_INVALID" };

  it.each(["nowhere", "ftp://host/", "unix:/run/x"])("refuse the URL %j", (url) => {
    expect(() => fixture.transport({ url })).toThrow(expect.objectContaining(invalid));
  });

  it.each(["Content-Length", "content-type", "Transfer-Encoding", "proxy-authorization"])(
    "refuse the header %s, which is not the user's to set",
    (name) => {
      expect(() => fixture.transport({ headers: { [name]: "1" } })).toThrow(
        expect.objectContaining(invalid),
      );
    },
  );

  it("refuse a header that cannot be sent, without quoting its value", () => {
    for (const headers of [{ "a b": "secret" }, { a: "sec\r\nret" }, { a: "secret\u0100" }]) {
      expect(() => fixture.transport({ headers })).toThrow(/^CONFIG_INVALID: (?!.*sec)/);
    }
  });
});
