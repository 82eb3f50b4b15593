// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { networkOutcome } from "../../../src/export/network-fault.ts";

const coded = (code: string, cause?: unknown): Error =>
  Object.assign(new Error("http://us:pass@host failed", { cause }), { code });

describe("networkOutcome", () => {
  it("names the innermost code and the place, and nothing of the message", () => {
    const error = coded("UND_ERR_PRX_TLS", coded("CERT_HAS_EXPIRED"));
    expect(networkOutcome(error, "host:4318")).toEqual({
      kind: "retryable",
      reason: "CERT_HAS_EXPIRED (host:4318)",
      retryAfterMs: undefined,
    });
  });

  it("has a name for an error without code and for what is no error", () => {
    for (const error of [new TypeError("fetch failed"), "oops", undefined]) {
      expect(networkOutcome(error, "h:1")).toMatchObject({ reason: "network error (h:1)" });
    }
  });

  it("survives an error that is its own cause", () => {
    const error = coded("A");
    error.cause = error;
    expect(networkOutcome(error, "h:1")).toMatchObject({ reason: "A (h:1)" });
  });

  it("tells a proxy that refuses from one that is busy", () => {
    const tunnel = (status: number): Error =>
      new Error(`Proxy response (${status}) !== 200 when HTTP Tunneling`);
    expect(networkOutcome(tunnel(403), "h:1, proxy p:2")).toEqual({
      kind: "receiver-fault",
      status: 403,
      reason: "the proxy answered HTTP 403 (h:1, proxy p:2)",
    });
    expect(networkOutcome(tunnel(502), "h:1, proxy p:2").kind).toBe("retryable");
  });
});
