// SPDX-License-Identifier: Apache-2.0
/** `verify` on ledgers that real deliveries wrote: it agrees with them, and finds what was tampered with. */
import { rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditLine, auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import { eventually } from "../support/eventually.ts";
import { runVerify, tamper, verifyJson } from "../support/verify-command.ts";

let world: DeliveryWorld;
beforeEach(async () => {
  world = await DeliveryWorld.create({ env: { HSM_AUDIT_OTEL_MAX_RECORD_BYTES: "64KiB" } });
});
afterEach(async () => {
  await world.close();
});

const event = (number: number): string => auditLine(number).trimEnd();
const events = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => event(from + index)).join(",");

/** Delivers what is there, and lets hours go by until so many blobs are in the ledger. */
async function deliverAndClose(records: number, blobs: number): Promise<void> {
  // A newer hour of each resource.
  await world.container.append(world.blobName("HSM-ONE", -1), auditLines(900, 903));
  if (blobs > 1) await world.container.append(world.blobName("BLOCK", -1), "\n");
  const running = await world.run();
  await world.settle("all is settled", () => {
    const { delivered, uncertain, deadLettered } = running.totals;
    return delivered + uncertain + deadLettered === records + 3;
  });
  await world.settle(
    "the others close",
    () => running.said("blobClosed").length === blobs,
    600_000,
  );
  await running.stop();
}

/** Creation times are whole seconds of the service's clock, which is the real one. */
async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1_000);
  await eventually("the next second", () => Math.floor(Date.now() / 1_000) > second);
}

describe("verify, after an honest delivery", () => {
  it("agrees with good, bad, oversize and uncertain records in every framing, and adds up", async () => {
    const partial = JSON.stringify({ partialSuccess: { rejectedLogRecords: "1" } });
    world.receiver.script([{ status: 200, body: partial }]);
    const oversize = `{"long":"${"x".repeat(70_000)}"}`;
    const texts: Readonly<Record<string, string>> = {
      LINES: `\ufeff${auditLines(0, 20)}not JSON\n\n17\n${oversize}\n{"half": `,
      ENVELOPE: `{"records":[${events(20, 40)}]}\n`,
      ARRAY: `[${events(40, 50)},\n{"torn": 1,\n${event(50)}]`,
      SEVERAL: `${event(60)}\n${event(61)} ${event(62)}\n{"records":[${events(63, 66)}]}\n`,
    };
    for (const [resource, text] of Object.entries(texts)) {
      await world.container.append(world.blobName(resource, 1), text);
    }
    await world.container.upload(world.blobName("BLOCK", 1), `{"records":[${events(70, 75)}]}`);
    const { totals } = await world.once();
    const letters = (await world.deadLetters()).length;
    expect(totals.uncertain).toBeGreaterThan(0);
    expect(totals.deadLettered).toBe(4);
    expect(letters).toBe(totals.uncertain + 4);
    const { code, blobs, summary } = await verifyJson(world);
    expect(
      [...blobs.values()].filter(({ ok, state }) => ok !== true || state !== "proven"),
    ).toEqual([]);
    const { delivered, uncertain, deadLettered } = totals;
    const records = delivered + uncertain + deadLettered;
    expect(summary).toMatchObject({
      ok: true,
      records,
      delivered,
      uncertain,
      deadLettered,
      filtered: 0,
    });
    expect(summary["states"]).toMatchObject({ proven: { blobs: 5, records } });
    expect(code).toBe(0);
    // The half line is behind; the ends of documents are not.
    const behind = [...blobs.values()].map(({ behindBytes }) => behindBytes);
    expect(behind.toSorted()).toEqual([0, 0, 0, 0, '{"half": '.length]);
  });

  it("agrees while the connector holds the store, and says what is behind", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 20));
    const running = await world.run();
    await world.settle("all arrive", () => running.totals.delivered === 20);
    await world.pass(1_000);
    await world.container.append(blob, auditLines(20, 25));
    const { code, stdout } = await runVerify(world);
    expect(code).toBe(0);
    const length = auditLines(0, 20).length;
    expect(stdout).toContain(`✓ proven ${blob}: 20 records (20 delivered,`);
    expect(stdout).toContain(`${blob}: behind: ${auditLines(20, 25).length} bytes are not settled`);
    expect(stdout).toContain(`${length} bytes, CRC-32 `);
    expect(stdout).toMatch(/^proven +1 +20 +20 +0 +0 +0 /m);
    expect(stdout).toContain("Not proven: that the receiver still has the records");
    await running.stop();
  });

  it("draws a table for a person, and takes spans and resources", async () => {
    // The hour may turn while they are delivered.
    const [older, newer] = [world.blobName("HSM-ONE", 1), world.blobName("HSM-TWO")];
    const hour = new Date(world.clock.now()).toISOString().slice(0, 13);
    await world.container.append(older, auditLines(0, 5));
    await world.container.append(newer, auditLines(0, 7));
    await world.once();
    const all = await runVerify(world, [], { isTty: true });
    expect(all.stdout).toMatch(/│ ✓ │ \d{4}-\d\d-\d\d \d\dh │ proven, open │ +5 │ +5 │ +0 │/);
    expect(all.stdout).toMatch(/HSM-ONE\n[^]*HSM-TWO\n/);
    expect(all.stderr).toContain("blobs");
    expect(all.stderr.endsWith("\r\u001b[2K")).toBe(true);
    const two = await verifyJson(world, ["--resource", "hsm-t*"]);
    expect([...two.blobs.keys()]).toEqual([newer]);
    const old = await verifyJson(world, ["--to", `${hour}:00Z`]);
    expect([...old.blobs.keys()]).toEqual([older]);
  });
});

describe("verify, after somebody touched the store", () => {
  let blob: string;
  const text = `${auditLines(0, 20)}not JSON\n`;
  beforeEach(async () => {
    blob = world.blobName("HSM-ONE", 1);
    await world.container.append(blob, text);
    await deliverAndClose(21, 1);
    expect((await verifyJson(world)).blobs.get(blob)).toMatchObject({ ok: true, open: false });
  });

  it.each([
    ["a count", "delivered = delivered - 1", "records"],
    ["a CRC", "crc32 = crc32 - 1", "crc"],
    ["an outcome", "delivered = delivered + 1, dead_lettered = dead_lettered - 1", "outcome"],
    ["another outcome", "delivered = delivered - 1, dead_lettered = dead_lettered + 1", "letters"],
  ])("finds that %s was changed", async (_what, change, kind) => {
    tamper(world, `UPDATE ledger SET ${change} WHERE delivered = 20`);
    const { code, blobs, summary } = await verifyJson(world);
    expect(code).toBe(1);
    const finding = { kind, start: 0, end: text.length };
    const narrow = { kind, start: auditLines(0, 20).length, end: text.length - 1 };
    const expected = kind === "outcome" ? narrow : finding;
    expect(blobs.get(blob)).toMatchObject({ state: "differs", findings: [expected] });
    expect(summary).toMatchObject({ ok: false, differing: 1 });
  });

  it("finds a length that was changed, and an entry that was taken out", async () => {
    tamper(world, "UPDATE ledger SET length = length - 9");
    const shorter = (await verifyJson(world)).blobs.get(blob);
    expect(shorter).toMatchObject({ findings: [{ kind: "crc" }, { kind: "records" }, {}] });
    tamper(world, "DELETE FROM ledger");
    const { code, blobs } = await verifyJson(world);
    expect(code).toBe(1);
    const findings = [{ kind: "unknown", start: 0, end: text.length }];
    expect(blobs.get(blob)).toMatchObject({ state: "unknown", findings });
  });

  it("finds dead letters that are away, unless it is told not to look", async () => {
    await rm(world.deadLetterPath, { recursive: true });
    const { code, stdout } = await runVerify(world);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `bytes [0, ${text.length}): letters: the dead letters hold 0 of 1 dead-lettered records, and 0 of all were purged`,
    );
    expect((await runVerify(world, ["--skip-dead-letters"])).code).toBe(0);
  });
});

describe("verify, after somebody touched the blobs", () => {
  let blob: string;
  let blockBlob: string;
  const text = auditLines(0, 20);
  beforeEach(async () => {
    [blob, blockBlob] = [world.blobName("HSM-ONE", 1), world.blobName("BLOCK", 1)];
    await world.container.append(blob, text);
    await world.container.upload(blockBlob, text);
    await deliverAndClose(40, 2);
    await nextSecond();
    await world.container.remove(blob);
  });

  it("calls one gone that is not there, and counts it apart", async () => {
    const { code, blobs, summary } = await verifyJson(world);
    expect(code).toBe(0);
    expect(blobs.get(blob)).toMatchObject({ state: "gone", ok: true, records: 20 });
    expect(summary).toMatchObject({ records: 43, states: { gone: { records: 20 } } });
  });

  it("finds one with other bytes of the same length", async () => {
    await world.container.append(blob, text.replaceAll("KeySign", "KeyList"));
    const { code, blobs } = await verifyJson(world);
    expect(code).toBe(1);
    const findings = [{ kind: "replaced", start: 0, end: text.length }];
    expect(blobs.get(blob)).toMatchObject({ state: "replaced", findings });
  });

  it("finds a block blob that was written again with other bytes, or shorter", async () => {
    const end = text.length;
    await world.container.upload(blockBlob, text.replaceAll("KeySign", "KeyList"));
    const other = (await verifyJson(world)).blobs.get(blockBlob);
    expect(other).toMatchObject({
      state: "replaced",
      findings: [{ kind: "replaced", start: 0, end }],
    });
    await world.container.upload(blockBlob, text.slice(0, 700));
    const { code, blobs } = await verifyJson(world);
    expect(code).toBe(1);
    const findings = [{ kind: "shrunk", start: 700, end }];
    expect(blobs.get(blockBlob)).toMatchObject({ state: "differs", findings });
    await world.container.upload(blockBlob, text + auditLines(20, 21));
    expect((await verifyJson(world)).blobs.get(blockBlob)).toMatchObject({
      state: "proven",
      ok: true,
    });
  });
});

describe("verify, where there is nothing to prove with", () => {
  it("creates no store, and says which one is missing", async () => {
    const { code, stderr } = await runVerify(world);
    expect(code).toBe(1);
    expect(stderr).toContain(`there is no checkpoint store at ${world.checkpointPath}`);
  });

  it("names every flag that is wrong, and a resource that is not there", async () => {
    const wrong = await runVerify(world, [
      "--from",
      "soon",
      "--to",
      "beginning",
      "--resource",
      " ",
    ]);
    expect(wrong.code).toBe(2);
    for (const flag of ["--from: ", "--to: ", "--resource: "]) expect(wrong.stderr).toContain(flag);
    await world.container.append(world.blobName(), auditLines(0, 1));
    await world.once();
    const absent = await runVerify(world, ["--resource", "HSM-NONE"]);
    expect(absent.code).toBe(2);
    expect(absent.stderr).toContain('no resource matches "HSM-NONE"; there are HSM-ONE');
  });
});
