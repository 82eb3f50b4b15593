// SPDX-License-Identifier: Apache-2.0
/** The proof of a ledger that a whole lifecycle wrote, on fakes. */
import { beforeEach, describe, expect, it } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import type { BlobProof, ProofStep } from "../../src/ledger-proof.ts";
import { line, lines } from "../support/numbered-records.ts";
import { blobsOf, proofSteps } from "../support/proven-world.ts";
import { HOUR_MS, prefixOf, TailingWorld } from "../support/tailing-world.ts";
import type { RunningLifecycle } from "../support/tailing-world.ts";

let world: TailingWorld;
let running: RunningLifecycle;
beforeEach(() => {
  world = new TailingWorld();
  running = world.start();
});

const DAY_MS = 24 * HOUR_MS;
/** Longer than it takes to find a new resource. */
const SOON_MS = 20 * 60_000;

async function steps(windowBytes = 64): Promise<ProofStep[]> {
  return await proofSteps(world, { resourceKeys: [prefixOf("HSM")], windowBytes });
}

async function prove(windowBytes = 64): Promise<BlobProof[]> {
  return blobsOf(await steps(windowBytes));
}

/** Closes the blob: a newer hour, and a day without change. */
async function close(): Promise<void> {
  await world.clock.advance(HOUR_MS);
  world.container.append(world.blobName(), line(900));
  await world.clock.advance(DAY_MS);
}

describe("a blob that is what the ledger says", () => {
  it("is proven, open or closed, whatever the windows are", async () => {
    const name = world.blobName();
    world.container.append(name, `${lines(1, 9)}not JSON\n \n${"x".repeat(300)}\n${line(10)}`);
    await world.clock.advance(SOON_MS);
    const open = await prove();
    expect(open).toMatchObject([{ name, claim: { isOpen: true }, verdict: { state: "proven" } }]);
    await close();
    for (const windowBytes of [1, 7, 64, 4_096]) {
      const [closed] = await prove(windowBytes);
      expect(closed).toMatchObject({
        claim: { isOpen: false, counts: { delivered: 10, deadLettered: 2 } },
        reread: { recount: { records: 12, unreadable: 2 } },
        verdict: { state: "proven", findings: [], behindBytes: 0 },
      });
    }
    await world.stop(running);
  });

  it("counts a torn line that was given up and written on later as two, known by its dead letter", async () => {
    const name = world.blobName();
    world.container.append(name, `${lines(1, 3)}{"n":`);
    await world.clock.advance(7 * HOUR_MS);
    world.container.append(name, `4}\n${line(5)}`);
    await world.clock.advance(HOUR_MS);
    const [blob] = await prove();
    expect(blob?.claim).toMatchObject({ isOpen: true, counts: { delivered: 4, deadLettered: 2 } });
    expect(blob?.verdict).toMatchObject({ state: "proven", findings: [] });
    await world.stop(running);
  });

  it("counts it so, too, where the blob was closed between and the letters are away", async () => {
    const name = world.blobName();
    world.container.append(name, `${lines(1, 3)}{"n":`);
    await close();
    world.container.append(name, `4}\n${line(5)}`);
    await world.clock.advance(2 * DAY_MS);
    await close();
    const letters = world.sink.kept.splice(0);
    expect(letters.map(({ reason }) => reason)).toEqual(["incomplete", "not-json"]);
    const [blob] = await prove();
    expect(blob?.claim).toMatchObject({ isOpen: false, marks: [{ records: 4 }] });
    expect(blob?.reread).toMatchObject({ recount: { records: 6 } });
    expect(blob?.verdict.findings.map(({ kind }) => kind)).toEqual(["letters"]);
    await world.stop(running);
  });

  it("says how much of it is not settled, which is no difference", async () => {
    const name = world.blobName();
    world.container.append(name, lines(1, 3));
    await world.clock.advance(SOON_MS);
    await world.stop(running);
    world.container.append(name, lines(4, 5));
    const [blob] = await prove();
    const behindBytes = lines(4, 5).length;
    expect(blob?.verdict).toEqual({ state: "proven", findings: [], behindBytes });
  });

  it("takes the end of an open document for nothing that is owed", async () => {
    world.container.put(world.blobName(), `{"records":[${line(1)},${line(2)}]}\n`);
    await world.clock.advance(SOON_MS);
    const [blob] = await prove();
    expect(blob?.claim?.counts.delivered).toBe(2);
    expect(blob?.verdict).toEqual({ state: "proven", findings: [], behindBytes: 0 });
    await world.stop(running);
  });
});

describe("a blob that is not", () => {
  it("is gone, without a difference", async () => {
    const name = world.blobName();
    world.container.append(name, lines(1, 3));
    await close();
    await world.stop(running);
    world.container.delete(name);
    expect((await prove())[0]?.verdict).toEqual({ state: "gone", findings: [], behindBytes: 0 });
  });

  it("is replaced, and known to be once the connector has seen it", async () => {
    const name = world.blobName();
    world.container.append(name, lines(1, 3));
    await world.clock.advance(SOON_MS);
    await world.stop(running);
    world.container.delete(name);
    world.container.append(name, lines(4, 6));
    const before = await prove();
    const end = lines(1, 3).length;
    expect(before).toMatchObject([
      {
        verdict: { state: "replaced", findings: [{ kind: "replaced", range: { start: 0, end } }] },
      },
    ]);
    running = world.start();
    await world.clock.advance(HOUR_MS);
    await world.stop(running);
    const after = await prove();
    expect(after.map(({ verdict }) => verdict.state)).toEqual(["replaced", "proven"]);
    expect(after.flatMap(({ verdict }) => verdict.findings)).toEqual([]);
  });

  it("is unknown where its hour is said to be settled, and behind where it is not", async () => {
    const [late, next] = [world.blobName("HSM", 1), world.blobName("HSM", -30)];
    world.container.append(world.blobName(), lines(1, 3));
    await close();
    await world.stop(running);
    world.container.append(late, lines(4, 6));
    world.container.append(next, lines(7, 8));
    const proofs = await prove();
    const verdictOf = (name: string): unknown => proofs.find((one) => one.name === name)?.verdict;
    const end = lines(4, 6).length;
    expect(verdictOf(late)).toMatchObject({
      state: "unknown",
      findings: [{ kind: "unknown", range: { start: 0, end } }],
    });
    expect(verdictOf(next)).toMatchObject({ state: "behind", findings: [] });
  });

  it("of a resource that was never begun is behind", async () => {
    world.container.append(world.blobName(), lines(1, 3));
    await world.clock.advance(SOON_MS);
    await world.stop(running);
    world.container.append(world.blobName("OTHER"), lines(1, 3));
    expect((await steps()).slice(-2)).toMatchObject([
      { kind: "resource", resource: { name: "OTHER" } },
      { kind: "blob", proof: { verdict: { state: "behind" } } },
    ]);
  });
});

describe("storage in trouble", () => {
  it("is tried again; what stays unreadable is named, and the rest is given up", async () => {
    for (let hour = 0; hour < 6; hour++) {
      world.container.append(world.blobName(), lines(1, 3));
      await world.clock.advance(HOUR_MS);
    }
    await world.stop(running);
    world.container.fault = () => {
      throw new ConnectorError("STORAGE_DENIED", "the key is wrong");
    };
    const failed = await steps();
    expect(failed.map(({ kind }) => kind)).toEqual(["resource", "blob", "blob", "blob", "fault"]);
    expect(blobsOf(failed)[0]?.verdict).toMatchObject({
      state: "unreadable",
      findings: [{ kind: "unreadable", detail: "STORAGE_DENIED: the key is wrong" }],
    });
  });

  it("that comes back after a moment costs nothing", async () => {
    world.container.append(world.blobName(), lines(1, 30));
    await world.clock.advance(SOON_MS);
    await world.stop(running);
    let calls = 0;
    world.container.fault = () => {
      if (++calls % 4 === 0) throw new ConnectorError("STORAGE_UNAVAILABLE", "busy");
    };
    let proofs: BlobProof[] | undefined;
    const proving = prove().then((done) => (proofs = done));
    for (let turn = 0; turn < 400 && proofs === undefined; turn++) await world.clock.advance(1_000);
    await proving;
    expect(proofs).toMatchObject([{ verdict: { state: "proven" } }]);
  });
});
