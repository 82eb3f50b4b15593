// SPDX-License-Identifier: Apache-2.0
// The real program, killed with SIGKILL again and again while blobs grow. The moments are drawn
// from a seed and told by progress, not by time: at the n-th call to storage, before or after the
// answer to the n-th request, or once n records have arrived.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandomSource } from "../../src/simulate/random-source.ts";
import { EVENT_MARKER, auditLines } from "../support/audit-lines.ts";
import { ConnectorProcess } from "../support/connector-process.ts";
import type { ProcessEnd } from "../support/connector-process.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";
import type { ReceivedRecord } from "../support/received-records.ts";
import { expectAccountedFor, expectNoCursorAhead } from "../support/stored-cursors.ts";

const CRASHES = 22;

let world: DeliveryWorld;
let connector: ConnectorProcess | undefined;
beforeEach(async () => {
  world = await DeliveryWorld.create({
    env: {
      HSM_AUDIT_OTEL_POLL_INTERVAL: "1s",
      HSM_AUDIT_OTEL_MAX_IDLE_POLL_INTERVAL: "1s",
      HSM_AUDIT_OTEL_CHECKPOINT_INTERVAL: "10ms",
      HSM_AUDIT_OTEL_BATCH_FLUSH_INTERVAL: "10ms",
      HSM_AUDIT_OTEL_BATCH_MAX_RECORDS: "40",
      HSM_AUDIT_OTEL_OBSERVED_TIMESTAMP: "omit",
      HSM_AUDIT_OTEL_GIVE_UP_AFTER: "30s",
    },
  });
});
afterEach(async () => {
  connector?.kill();
  await connector?.ended;
  await world.close();
});

describe("D3: kill -9 at any moment never costs a record, and a repeat is the same record", () => {
  it(`loses nothing over ${CRASHES} kills while blobs grow`, { timeout: 120_000 }, async () => {
    const random = createRandomSource("kill -9");
    const blobs = [world.blobName("HSM-ONE", 1), world.blobName("HSM-ONE"), world.blobName("TWO")];
    let written = 0;
    const grow = async (lines: number): Promise<void> => {
      const from = written;
      written += lines;
      const poison = random.chance(0.2) ? "no record\n" : "";
      await world.container.append(random.pick(blobs), poison + auditLines(from, from + lines));
    };

    const ends: ProcessEnd[] = [];
    for (let crash = 0; crash < CRASHES; crash++) {
      for (let count = 0; count < 4; count++) await grow(60 + random.below(60));
      const growing: Promise<void>[] = [];
      killAt(random.pick(["storage", "before-answer", "after-answer", "records"]), {
        after: random.below(12),
        meanwhile: () => growing.push(grow(5)),
      });
      connector = new ConnectorProcess(["run"], world.environment);
      ends.push(await connector.ended);
      await Promise.all(growing);
      await expectNoCursorAhead(world, blobs);
    }
    world.proxy.inject(undefined);
    world.receiver.script([]);

    expect(ends.map(({ signal }) => signal)).toEqual(ends.map(() => "SIGKILL"));
    const stderr = ends.map((end) => end.stderr).join("");
    for (const secret of [EVENT_MARKER, world.accountKey]) expect(stderr).not.toContain(secret);

    expect(await once()).toMatchObject({ end: "drained" });
    expect(await keptUids()).toEqual(new Set(await world.expectedUids(...blobs)));
    expectEqualRepeats(world.receivedRecords);
    await expectAccountedFor(world, blobs);
    expect(await once()).toMatchObject({ end: "drained", recordsRead: 0, delivered: 0 });
  });

  it("settles and saves everything at SIGTERM, and the next start repeats nothing", async () => {
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 200));
    world.receiver.script(({ index }) => {
      if (index === 2) connector?.stop();
      return undefined;
    });
    connector = new ConnectorProcess(["run"], world.environment);
    const { code, stdout } = await connector.ended;
    expect([code, stdout]).toEqual([0, ""]);
    expect(await once()).toMatchObject({ end: "drained" });
    expect(world.receivedUids.toSorted()).toEqual((await world.expectedUids(blob)).toSorted());
    expect(await expectAccountedFor(world, [blob])).toMatchObject({ delivered: 200 });
  });

  /** Kills the connector after so many steps of a kind; `meanwhile` is called at each request. */
  function killAt(
    moment: string,
    { after, meanwhile }: { after: number; meanwhile: () => void },
  ): void {
    let stepsLeft = after;
    const step = (at: string): void => {
      if (at === moment && stepsLeft-- <= 0) connector?.kill();
    };
    const recordsBefore = world.receivedUids.length;
    world.proxy.inject(() => {
      step("storage");
      return undefined;
    });
    world.receiver.script((request) => {
      if (request.index % 3 === 0) meanwhile();
      step("before-answer");
      if (moment === "records" && world.receivedUids.length > recordsBefore + after * 20) {
        connector?.kill();
      }
      // Only now does the answer leave, or its records count as received.
      if (moment === "after-answer") setImmediate(step, moment);
      if (stepsLeft < 0 && after % 2 === 0) return "hang";
      return request.index % 11 === 5 ? { status: 503 } : undefined;
    });
  }

  async function once(): Promise<unknown> {
    connector = new ConnectorProcess(["once", "--json"], world.environment);
    const { code, stdout, stderr } = await connector.ended;
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as unknown;
  }

  async function keptUids(): Promise<Set<string>> {
    const letters = await world.deadLetters();
    return new Set([...world.receivedUids, ...letters.map(({ uid }) => String(uid))]);
  }
});

/** Promise D4: a record that came again is the one that came before, field by field. */
function expectEqualRepeats(records: readonly ReceivedRecord[]): void {
  const first = new Map<string, ReceivedRecord>();
  let repeats = 0;
  for (const record of records) {
    const before = first.get(record.uid);
    if (before === undefined) first.set(record.uid, record);
    else expect(record).toEqual(before);
    if (before !== undefined) repeats++;
  }
  // Kills between a record's arrival and its cursor's save must have happened, or nothing was tested.
  expect(repeats).toBeGreaterThan(0);
}
