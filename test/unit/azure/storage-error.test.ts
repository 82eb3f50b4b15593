// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { isStatus, toStorageError } from "../../../src/azure/storage-error.ts";
import { ConnectorError } from "../../../src/errors.ts";

const { signal } = new AbortController();

/** What the SDK throws for an answer of the service. */
function answer(statusCode: number, code?: string, headers: Record<string, string> = {}): Error {
  const all: Record<string, string> = {
    ...headers,
    ...(code !== undefined && { "x-ms-error-code": code }),
  };
  const response = { headers: { get: (name: string) => all[name] } };
  return Object.assign(new Error("<html>a body with https://x?sig=SECRET</html>"), {
    name: "RestError",
    statusCode,
    response,
  });
}

const translated = (reason: unknown): ConnectorError => toStorageError(reason, signal, "reading x");

describe("storage error", () => {
  it.each([
    [403, "AuthorizationPermissionMismatch", /Storage Blob Data Reader/],
    [403, "AuthorizationFailure", /firewall/],
    [403, "AuthenticationFailed", /clock/],
    [401, "NoAuthenticationInformation", /role assignments/],
    [403, undefined, /role assignments/],
  ])("says of %d %s what a person can do", (status, code, advice) => {
    const error = translated(answer(status, code));
    expect(error).toMatchObject({ code: "STORAGE_DENIED", isRetryable: true });
    expect(error.message).toMatch(advice);
    expect(error.message).toMatch(/^STORAGE_DENIED: reading x failed: /);
    if (code !== undefined) expect(error.message).toContain(code);
  });

  it.each([
    "CredentialUnavailableError",
    "AuthenticationError",
    "AggregateAuthenticationError",
    "AuthenticationRequiredError",
  ])("takes %s of the identity library for a refusal", (name) => {
    const error = translated(Object.assign(new Error("tenant?secret"), { name, statusCode: 400 }));
    expect(error.code).toBe("STORAGE_DENIED");
    expect(error.message).toMatch(/az login/);
    expect(error.message).not.toContain("secret");
  });

  it("takes a container that is missing for a fault that may mend itself", () => {
    const error = translated(answer(404, "ContainerNotFound"));
    expect(error).toMatchObject({ code: "STORAGE_NOT_FOUND", isRetryable: true });
    expect(error.message).toMatch(/ContainerNotFound.*diagnostic setting/);
  });

  it.each([
    ["120", 120_000],
    ["0", 0],
    ["99999999", 3_600_000],
    ["Wed, 21 Oct 2026 07:28:00 GMT", undefined],
    ["-5", undefined],
    [undefined, undefined],
  ])("reads Retry-After %j as %j ms, an hour at most", (value, expected) => {
    const headers = value === undefined ? {} : { "retry-after": value };
    const error = translated(answer(503, "ServerBusy", headers));
    expect(error).toMatchObject({ code: "STORAGE_UNAVAILABLE", isRetryable: true });
    expect(error.retryAfterMs).toBe(expected);
  });

  it("never repeats the body of an answer: it can hold a signed URL or a proxy's page", () => {
    for (const status of [400, 409, 500, 502]) {
      const error = translated(answer(status));
      expect(error.message).not.toMatch(/sig=|html/);
      expect(error.message).toContain(String(status));
    }
  });

  it("says of an account that did not answer where to look, and keeps the cause", () => {
    const cause = Object.assign(new Error("getaddrinfo ENOTFOUND x"), { code: "ENOTFOUND" });
    const error = translated(cause);
    expect(error.message).toMatch(/^STORAGE_UNAVAILABLE: reading x failed: ENOTFOUND\. .*DNS/);
    expect(error.cause).toBe(cause);
    expect(translated("odd").message).toContain("no reason given");
  });

  it("is cancelled when the signal has aborted, whatever was thrown", () => {
    const stop = AbortSignal.abort();
    expect(toStorageError(answer(503), stop, "x").code).toBe("CANCELLED");
    expect(toStorageError(undefined, stop, "x").code).toBe("CANCELLED");
  });

  it("leaves our own errors as they are", () => {
    const own = new ConnectorError("STORAGE_DENIED", "x");
    expect(translated(own)).toBe(own);
  });

  it("matches an answer by status and by the service's code", () => {
    expect(isStatus(answer(404, "BlobNotFound"), 404)).toBe(true);
    expect(isStatus(answer(404, "BlobNotFound"), 404, "BlobNotFound")).toBe(true);
    expect(isStatus(answer(404, "ContainerNotFound"), 404, "BlobNotFound")).toBe(false);
    expect(isStatus(answer(500), 404)).toBe(false);
    expect(isStatus(undefined, 404)).toBe(false);
  });
});
