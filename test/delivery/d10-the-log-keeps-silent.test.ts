// SPDX-License-Identifier: Apache-2.0
import { rm, writeFile } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import { EVENT_MARKER, auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import type { ScriptedAnswer } from "../support/scripted-answer.ts";

let world: DeliveryWorld;
afterEach(async () => {
  await world.close();
});

const SAS_SIGNATURE = "c2lnbmF0dXJlLW9mLWEtdGVzdC1zYXM";
const HEADER_TOKEN = "token-of-the-receiver-0123456789";
const RECEIVER_TEXT = `cannot store ${EVENT_MARKER}`;

/** Answers that quote the record, as receivers do when they explain themselves. */
const TALKATIVE: readonly ScriptedAnswer[] = [
  { status: 503, body: RECEIVER_TEXT },
  { status: 429, body: RECEIVER_TEXT },
  { status: 400, body: RECEIVER_TEXT },
  { status: 413, body: RECEIVER_TEXT },
  { status: 422, body: JSON.stringify({ code: 3, message: RECEIVER_TEXT }) },
  { status: 500, body: RECEIVER_TEXT },
  { status: 200, body: `<html>${RECEIVER_TEXT}</html>` },
  { status: 401, body: `unknown token ${HEADER_TOKEN}` },
  "reset",
  "cut-mid-body",
];

const BAD_LINES = [`{"${EVENT_MARKER}":`, `["${EVENT_MARKER}"]`, `"${EVENT_MARKER}`].join("\n");

describe("D10: no secret and no event content reaches the program's own log", () => {
  it("keeps records and the receiver's texts out of it through every kind of failure", async () => {
    world = await DeliveryWorld.create({
      receiver: { script: TALKATIVE },
      env: { OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${HEADER_TOKEN}` },
    });
    const blob = world.blobName();
    await world.container.append(blob, `${BAD_LINES}\n${auditLines(0, 10)}`);
    const running = await world.run();
    await world.settle("it is through them", () => running.totals.delivered === 10, 1_000);
    world.receiver.script([
      partial({ rejectedLogRecords: "1", errorMessage: RECEIVER_TEXT }),
      partial({ errorMessage: RECEIVER_TEXT }),
    ]);
    for (let round = 1; round <= 2; round++) {
      const batches = running.totals.batches;
      await world.container.append(blob, auditLines(round * 10, round * 10 + 10));
      await world.settle("it is settled", () => running.totals.batches > batches, 1_000);
    }
    // The dead letters are the one place for it.
    expect(JSON.stringify(await world.deadLetters())).toContain(RECEIVER_TEXT);
    await rm(world.deadLetterPath, { recursive: true });
    await writeFile(world.deadLetterPath, "");
    await world.container.append(blob, `${BAD_LINES}\n`);
    await world.settle("it says so", () => running.said("deadLetterFailed").length > 0, 1_000);
    await rm(world.deadLetterPath);
    await running.stop();

    const log = world.logLines.join("");
    for (const code of [
      "RECEIVER_FAULT",
      "DEAD_LETTERED",
      "RECORDS_UNCERTAIN",
      "RECEIVER_WARNED",
    ]) {
      expect(log).toContain(`"code":"${code}"`);
    }
    expect(log).toContain('"code":"EXPORT_RETRIED"');
    for (const secret of [EVENT_MARKER, HEADER_TOKEN, world.accountKey, "cannot store"]) {
      expect(log).not.toContain(secret);
    }
  });

  it("keeps a shared access signature out of it when storage refuses, breaks off or is away", async () => {
    world = await DeliveryWorld.create();
    const url = `${world.proxy.accountUrl}?sv=2024-11-04&ss=b&srt=co&sp=rl&sig=${SAS_SIGNATURE}`;
    const running = await world.run({
      AZURE_STORAGE_CONNECTION_STRING: "",
      HSM_AUDIT_OTEL_ACCOUNT_URL: url,
    });
    const failures = [
      { kind: "status", status: 403, errorCode: "AuthenticationFailed" },
      { kind: "status", status: 503 },
      { kind: "status", status: 404, errorCode: "ContainerNotFound" },
      { kind: "reset" },
      { kind: "cut", afterBytes: 10 },
    ] as const;
    for (const fault of failures) {
      const said = running.said("storageFailed").length;
      world.proxy.inject(() => fault);
      await world.settle(
        "it says so",
        () => running.said("storageFailed").length > said + 1,
        1_000,
      );
    }
    await running.stop();
    const log = world.logLines.join("");
    expect(log).toContain('"code":"STORAGE_FAILED"');
    expect(log).not.toContain(SAS_SIGNATURE);
    expect(log).not.toContain("sig=c");
    const errors = running.said("storageFailed").map(({ error }) => error.message);
    expect(errors.join("\n")).not.toContain(SAS_SIGNATURE);
  });

  it("keeps the account key out of it when storage refuses it", async () => {
    world = await DeliveryWorld.create();
    const key = Buffer.from("not the key of this account, but a secret").toString("base64");
    const text = `${world.proxy.connectionString};`.replace(
      /AccountKey=[^;]*/,
      `AccountKey=${key}`,
    );
    const running = await world.run({ AZURE_STORAGE_CONNECTION_STRING: text });
    await world.settle("it says so", () => running.said("storageFailed").length > 1, 1_000);
    expect(running.said("storageFailed")[0]?.error.code).toBe("STORAGE_DENIED");
    await running.stop();
    expect(world.logLines.join("")).not.toContain(key);
  });
});

function partial(partialSuccess: Record<string, string>): ScriptedAnswer {
  return { status: 200, body: JSON.stringify({ partialSuccess }) };
}
