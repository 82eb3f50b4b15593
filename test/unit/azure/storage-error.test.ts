// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { isStatus, toStorageError } from "../../../src/azure/storage-error.ts";
import { ConnectorError } from "../../../src/errors.ts";

const { signal } = new AbortController();
const SERVICE_DATE = "Thu, 15 Jan 2026 11:00:00 GMT";
const SERVICE_DATE_MS = Date.UTC(2026, 0, 15, 11);

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
    ["Thu, 15 Jan 2026 11:02:00 GMT", 120_000],
    ["Thursday, 15-Jan-26 11:02:00 GMT", 120_000],
    ["Thu, 15 Jan 2026 10:00:00 GMT", 0],
    ["Fri, 16 Jan 2026 11:00:00 GMT", 3_600_000],
    ["Thu, 32 Jan 2026 11:02:00 GMT", undefined],
    ["soon", undefined],
    ["-5", undefined],
    [undefined, undefined],
  ])("reads Retry-After %j as %j ms, an hour at most", (value, expected) => {
    const headers = value === undefined ? {} : { "retry-after": value };
    for (const status of [429, 500, 503]) {
      const error = translated(answer(status, "ServerBusy", { date: SERVICE_DATE, ...headers }));
      expect(error).toMatchObject({ code: "STORAGE_UNAVAILABLE", isRetryable: true });
      expect(error.retryAfterMs).toBe(expected);
    }
  });

  it("compares a Retry-After date with the service's clock, and with ours only for want of it", () => {
    const headers = { "retry-after": "Thu, 15 Jan 2026 11:02:00 GMT" };
    const facts = { nowMs: SERVICE_DATE_MS + 90_000, sasExpiresAtMs: undefined };
    const busy = (date: string): ConnectorError =>
      toStorageError(answer(503, "ServerBusy", { date, ...headers }), signal, "x", facts);
    expect(busy(SERVICE_DATE).retryAfterMs).toBe(120_000);
    expect(busy("").retryAfterMs).toBe(30_000);
    expect(translated(answer(503, "ServerBusy", headers)).retryAfterMs).toBeUndefined();
  });

  it.each([
    [20, /clock is 20 minutes ahead of the account's/],
    [-16, /clock is 16 minutes behind the account's/],
    [14, /wrong or expired/],
  ])("names the measured skew of a clock that is %d minutes off", (minutes, advice) => {
    const facts = { nowMs: SERVICE_DATE_MS + minutes * 60_000, sasExpiresAtMs: undefined };
    const refused = (code: string): string =>
      toStorageError(answer(403, code, { date: SERVICE_DATE }), signal, "x", facts).message;
    expect(refused("AuthenticationFailed")).toMatch(advice);
    // A missing role has nothing to do with the clock.
    expect(refused("AuthorizationPermissionMismatch")).toMatch(/Storage Blob Data Reader/);
  });

  it("names the time at which the SAS expired, by the service's clock", () => {
    const refused = (sasExpiresAtMs: number, date = SERVICE_DATE): string => {
      const facts = { nowMs: SERVICE_DATE_MS + 3_600_000, sasExpiresAtMs };
      return toStorageError(answer(403, "AuthenticationFailed", { date }), signal, "x", facts)
        .message;
    };
    expect(refused(SERVICE_DATE_MS)).toMatch(/The SAS expired at 2026-01-15T11:00:00.000Z: issue/);
    expect(refused(SERVICE_DATE_MS + 1)).toMatch(/clock is 60 minutes/);
    expect(refused(SERVICE_DATE_MS + 1, "")).toMatch(/The SAS expired at/);
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
