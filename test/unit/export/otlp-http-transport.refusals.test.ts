// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TransportFixture } from "../../support/transport-fixture.ts";

let fixture: TransportFixture;

beforeEach(async () => {
  fixture = await TransportFixture.start();
});

afterEach(async () => {
  await fixture.close();
});

describe("a refusal that may be about the records", () => {
  it.each([400, 408, 413, 422, 500])(
    "of %i keeps the receiver's words out of the reason",
    async (status) => {
      const outcome = await fixture.outcomeOf({ status, body: "record of user@contoso" });
      expect(outcome).toEqual({
        kind: "refused",
        status,
        isTooLarge: status === 413,
        reason: expect.stringMatching(`^HTTP ${status} \\((?:client|server) error\\)$`) as string,
        message: "record of user@contoso",
      });
    },
  );

  it("of 400 that speaks of single entries is a partial success of unknown size", async () => {
    const body = "entry for stream '{a=\"b\"}' has timestamp too old: 2020-01-01T00:00:00Z";
    expect(await fixture.outcomeOf({ status: 400, body })).toEqual({
      kind: "partial",
      status: 400,
      rejectedCount: undefined,
      message: body,
    });
  });

  it("of 400 for its size says so", async () => {
    const outcome = await fixture.outcomeOf({ status: 400, body: "http: request body too large" });
    expect(outcome).toMatchObject({ kind: "refused", isTooLarge: true });
  });

  it("keeps 4,096 characters of a long message", async () => {
    const outcome = await fixture.outcomeOf({ status: 400, body: "x".repeat(3_000_000) });
    const message = outcome.kind === "refused" ? outcome.message : "";
    expect(message).toHaveLength(4096);
    expect(message).toMatch(/^x+… \(3000000 characters\)$/);
  });
});

describe("a fault whose text repeats what was sent", () => {
  it.each([
    "blocked: BackupCreate is not allowed",
    `${"\n".repeat(2_100)}blocked: BackupCreate is not allowed`,
    JSON.stringify({ trace: "q".repeat(2_100), message: "blocked: BackupCreate is not allowed" }),
    '{"message":"blocked: Backup\\u0043reate is not allowed"}',
  ])("is told without it", async (body) => {
    expect(await fixture.outcomeOf({ status: 403, body })).toEqual({
      kind: "receiver-fault",
      status: 403,
      reason: "HTTP 403 (refused)",
    });
  });
});
