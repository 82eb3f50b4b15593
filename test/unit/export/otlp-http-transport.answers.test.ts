// SPDX-License-Identifier: Apache-2.0
// What the transport makes of answers, and of none.
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AttemptOutcome } from "../../../src/export/exporter.ts";
import type { ScriptedAnswer } from "../../support/scripted-answer.ts";
import { never, NOW_MS, TransportFixture } from "../../support/transport-fixture.ts";

const delivered: AttemptOutcome = { kind: "delivered", warning: undefined };

let fixture: TransportFixture;

beforeEach(async () => {
  fixture = await TransportFixture.start();
});

afterEach(async () => {
  await fixture.close();
});

/** A TCP port on which nobody listens (any more). */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("a 2xx", () => {
  it.each<[string, ScriptedAnswer]>([
    ["200 with an empty body", { status: 200 }],
    ["200 with an empty response in JSON", { status: 200, body: "{}" }],
    ["202", { status: 202 }],
    ["204", { status: 204 }],
  ])("acknowledges by %s", async (_what, answer) => {
    expect(await fixture.outcomeOf(answer)).toEqual(delivered);
  });

  it("acknowledges with a warning", async () => {
    const body = '{"partialSuccess":{"errorMessage":"deprecated"}}';
    expect(await fixture.outcomeOf({ status: 200, body })).toEqual({
      kind: "delivered",
      warning: "deprecated",
    });
  });

  it("tells of a partial success in either encoding, whatever its content type says", async () => {
    const expected = { kind: "partial", status: 200, rejectedCount: 2, message: "old" };
    const protobuf = Buffer.from("0a0708021203" + "6f6c64", "hex");
    expect(await fixture.outcomeOf({ status: 200, body: protobuf })).toEqual(expected);
    const json = '{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"old"}}';
    expect(await fixture.outcomeOf({ status: 200, body: json })).toEqual(expected);
  });

  it.each([4, -1])("puts all records in doubt when %i of 3 were rejected", async (count) => {
    const body = `{"partialSuccess":{"rejectedLogRecords":${count},"errorMessage":"old"}}`;
    expect(await fixture.outcomeOf({ status: 200, body })).toEqual({
      kind: "partial",
      status: 200,
      rejectedCount: 3,
      message: `the receiver reported ${count} of 3 records rejected: old`,
    });
  });

  it("is a receiver fault with a login page", async () => {
    const body = "<html><body>Please sign in</body></html>";
    expect(
      await fixture.outcomeOf({ status: 200, headers: { "content-type": "text/html" }, body }),
    ).toEqual({
      kind: "receiver-fault",
      status: 200,
      reason: "HTTP 200, but the answer is not an OTLP response",
    });
  });

  it("is a receiver fault with more than 4 MiB of answer", async () => {
    expect(await fixture.outcomeOf({ status: 200, body: Buffer.alloc(5_000_000) })).toEqual({
      kind: "receiver-fault",
      status: 200,
      reason: "HTTP 200, but over 4 MiB of answer",
    });
  });

  it("is retried when its body breaks off: nobody knows what it would have said", async () => {
    expect(await fixture.outcomeOf("cut-mid-body")).toMatchObject({
      kind: "retryable",
      reason: expect.stringContaining(`127.0.0.1:${fixture.receiver.port}`) as string,
    });
  });
});

describe("a refusal", () => {
  it.each([429, 502, 503, 504])("of %i is retryable", async (status) => {
    expect(await fixture.outcomeOf({ status, body: "secret text" })).toMatchObject({
      kind: "retryable",
      reason: expect.stringMatching(`^HTTP ${status} \\(\\w+\\)$`) as string,
      retryAfterMs: undefined,
    });
  });

  it("brings its Retry-After in seconds or as a date", async () => {
    const after = (value: string): ScriptedAnswer => ({
      status: 429,
      headers: { "retry-after": value },
    });
    expect(await fixture.outcomeOf(after("7"))).toMatchObject({ retryAfterMs: 7000 });
    const date = new Date(NOW_MS + 90_000).toUTCString();
    expect(await fixture.outcomeOf(after(date))).toMatchObject({ retryAfterMs: 90_000 });
  });

  it("is classified by its status even when its body is too long or breaks off", async () => {
    const body = Buffer.alloc(5_000_000);
    expect((await fixture.outcomeOf({ status: 503, body })).kind).toBe("retryable");
    const cut: ScriptedAnswer = { status: 401, headers: { "content-length": "9" }, body: "wh" };
    fixture.receiver.script([cut]);
    const transport = fixture.transport({ timeoutMs: 200 });
    expect(await transport.send(fixture.request, never)).toMatchObject({
      kind: "receiver-fault",
      status: 401,
    });
  });

  it("of 401 is a receiver fault with the receiver's words", async () => {
    expect(
      await fixture.outcomeOf({ status: 401, body: '{"code":16,"message":"token\\nexpired"}' }),
    ).toEqual({
      kind: "receiver-fault",
      status: 401,
      reason: "HTTP 401 (refused): token\\nexpired",
    });
  });

  it("never quotes a secret that was sent", async () => {
    fixture.receiver.script(() => ({
      status: 403,
      body: "tokens s3cr3t-token and k3y-in-url refused",
    }));
    const transport = fixture.transport({
      url: `${fixture.receiver.url}?k3y-in-url`,
      headers: { authorization: "Bearer s3cr3t-token" },
    });
    expect(await transport.send(fixture.request, never)).toMatchObject({
      reason: "HTTP 403 (refused): tokens [redacted] and [redacted] refused",
    });
  });

  it("by redirect is a receiver fault and is not followed", async () => {
    const headers = { location: fixture.receiver.url };
    expect(await fixture.outcomeOf({ status: 302, headers, body: "Found" })).toEqual({
      kind: "receiver-fault",
      status: 302,
      reason: "HTTP 302 (redirect): Found",
    });
    expect(fixture.receiver.requests).toHaveLength(1);
  });
});

describe("a network that fails", () => {
  it("is retryable when the receiver never answers", async () => {
    fixture.receiver.script(["hang"]);
    const outcome = await fixture.transport({ timeoutMs: 50 }).send(fixture.request, never);
    expect(outcome).toEqual({
      kind: "retryable",
      reason: `no complete answer within 50 ms (127.0.0.1:${fixture.receiver.port})`,
      retryAfterMs: undefined,
    });
  });

  it("is retryable when the answer stops halfway", async () => {
    fixture.receiver.script([{ status: 200, headers: { "content-length": "9" }, body: "{" }]);
    const outcome = await fixture.transport({ timeoutMs: 100 }).send(fixture.request, never);
    expect(outcome).toMatchObject({
      kind: "retryable",
      reason: expect.stringContaining("100 ms") as string,
    });
  });

  it("is retryable when the connection is reset", async () => {
    expect(await fixture.outcomeOf("reset")).toMatchObject({
      kind: "retryable",
      reason: expect.stringMatching(/^(ECONNRESET|UND_ERR_SOCKET) /) as string,
    });
  });

  it("is retryable when nobody listens, and names where without the credentials", async () => {
    const port = await closedPort();
    const outcome = await fixture
      .transport({ url: `http://user:pass@127.0.0.1:${port}/` })
      .send(fixture.request, never);
    expect(outcome).toEqual({
      kind: "retryable",
      reason: `ECONNREFUSED (127.0.0.1:${port})`,
      retryAfterMs: undefined,
    });
  });

  it("is retryable when the name does not resolve", async () => {
    const outcome = await fixture
      .transport({ url: "http://nonexistent.invalid/v1/logs" })
      .send(fixture.request, never);
    expect(outcome).toMatchObject({
      kind: "retryable",
      reason: expect.stringMatching(
        /^(ENOTFOUND|EAI_AGAIN) \(nonexistent\.invalid:80\)$/,
      ) as string,
    });
  });

  it("is retryable when something else than HTTP answers", async () => {
    const server = createServer((socket) => socket.resume().end("SSH-2.0-OpenSSH_9.6\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const outcome = await fixture
      .transport({ url: `http://127.0.0.1:${port}/` })
      .send(fixture.request, never);
    expect(outcome.kind).toBe("retryable");
    await new Promise((resolve) => server.close(resolve));
  });

  it("heals: the next attempt makes a new connection", async () => {
    fixture.receiver.script(["reset", "cut-mid-body"]);
    const transport = fixture.transport();
    expect((await transport.send(fixture.request, never)).kind).toBe("retryable");
    expect((await transport.send(fixture.request, never)).kind).toBe("retryable");
    expect(await transport.send(fixture.request, never)).toEqual(delivered);
  });
});
