// SPDX-License-Identifier: Apache-2.0
/**
 * The acts that random programs of the tailing model are made of, on one world with its witness. Acts that change the
 * container tell the witness; acts that let time pass ask it for complaints.
 */
import { hourOfBlob } from "../../src/discover/blob-path.ts";
import { ConnectorError } from "../../src/errors.ts";
import { blobsOf, proofSteps } from "./proven-world.ts";
import { HOUR_MS, prefixOf, TailingWorld } from "./tailing-world.ts";
import type { RunningLifecycle } from "./tailing-world.ts";
import { TailingWitness } from "./tailing-witness.ts";
import { expect } from "vitest";

export const RESOURCES = ["ONE", "TWO"] as const;
export type Resource = (typeof RESOURCES)[number];
export type Piece = "record" | "unwanted" | "bad" | "blank" | "oversize" | "half" | "no newline";

export const DAY_MS = 24 * HOUR_MS;
/** Longer than the longest poll, the listing interval and a storage back-off together. */
const SETTLED_MS = 45 * 60_000;

/** The world, the witness, and the acts that commands are made of. */
export class Theatre {
  readonly world = new TailingWorld({
    settings: { maxIdlePollIntervalMs: 30 * 60_000, resourceIntervalMs: 20 * 60_000 },
  });
  readonly witness = new TailingWitness(this.world);
  readonly #startHourMs = Math.floor(this.world.clock.now() / HOUR_MS) * HOUR_MS - 2 * HOUR_MS;
  #running: RunningLifecycle;
  #nextRecord = 1;
  /** A receiver that takes nothing between so many refused records is at fault, and they hold all of the tiny budget. */
  #unwantedLeft = 6;
  /** What is missing of a half-written line, by blob. */
  readonly #halves = new Map<string, string>();

  constructor() {
    this.#running = this.world.start();
  }

  async write(resource: Resource, hoursAgo: number, pieces: readonly Piece[]): Promise<void> {
    const name = this.world.blobName(resource, hoursAgo);
    if ((hourOfBlob(name) ?? 0) < this.#startHourMs) return;
    const rest = this.#halves.get(name) ?? "";
    this.#halves.delete(name);
    const text = rest + pieces.map((piece) => this.#textOf(name, piece)).join("");
    if (text === "") return;
    await this.#avoidSameSecond(name);
    this.world.container.append(name, text);
    this.witness.note(name);
  }

  async remove(resource: Resource, hoursAgo: number): Promise<void> {
    const name = this.world.blobName(resource, hoursAgo);
    this.world.container.delete(name);
    this.#halves.delete(name);
    await this.advance(0);
  }

  /** Another blob takes the name a moment later, at least as long as the old one. */
  async recreate(resource: Resource, hoursAgo: number): Promise<void> {
    const records = Math.ceil(
      this.world.container.lengthOf(this.world.blobName(resource, hoursAgo)) / 8,
    );
    await this.remove(resource, hoursAgo);
    await this.write(
      resource,
      hoursAgo,
      Array.from({ length: records + 1 }, () => "record"),
    );
  }

  async advance(ms: number): Promise<void> {
    await this.world.clock.advance(ms);
    this.witness.assertNoComplaint();
    expect(this.#running.hasEnded()).toBe(false);
  }

  async crash(): Promise<void> {
    await this.world.kill(this.#running);
    this.#restart();
  }

  /** A stop that drains, unless something is out of order. */
  async stop(): Promise<void> {
    const end = await this.world.stop(this.#running);
    this.witness.assertNoComplaint();
    if (end.kind === "drained") this.witness.assertAllSaved();
    this.#restart();
  }

  #restart(): void {
    this.witness.assertNoComplaint();
    expect(this.world.clock.pendingSleeps).toBe(0);
    this.witness.restarted();
    this.#running = this.world.start();
  }

  /** Another writer moves a version on; the resource may repeat from then on. */
  async overtake(resource: Resource): Promise<void> {
    if ((await this.world.store.load(prefixOf(resource))) === undefined) return;
    this.world.store.overtake(prefixOf(resource));
    this.witness.conflicted(prefixOf(resource));
  }

  failStorage(calls: number): void {
    let left = calls;
    this.world.container.fault = () => {
      if (left-- > 0) throw new ConnectorError("STORAGE_UNAVAILABLE", "busy");
    };
  }

  mendAll(): void {
    this.world.receiver.become("up");
    this.world.sink.isBroken = false;
    this.world.container.fault = () => undefined;
  }

  /** Everything that a listing can find is delivered; what only a sweep finds may wait. */
  async settle(): Promise<void> {
    this.mendAll();
    // A record that is refused is condemned only when another one is taken after it: there must be one.
    for (let round = 0; round < 2; round++) {
      await this.write("ONE", 0, ["record"]);
      await this.advance(SETTLED_MS);
    }
    const isOpen = new Map<string, (name: string) => boolean>();
    for (const resource of RESOURCES) {
      const key = prefixOf(resource);
      const loaded = await this.world.store.load(key);
      if (loaded === undefined) continue;
      const { floorHourMs, open } = loaded.checkpoint;
      const names = new Set(open.map(({ name }) => name));
      const isListed = (name: string): boolean => (hourOfBlob(name) ?? 0) >= floorHourMs;
      isOpen.set(key, (name) => names.has(name) || isListed(name));
    }
    this.witness.assertDelivered((name) =>
      [...isOpen].some(([key, covers]) => name.startsWith(key) && covers(name)),
    );
  }

  /** A day and a bit later the sweep has found the rest; then a clean stop, and the counts. */
  async end(): Promise<void> {
    await this.settle();
    await this.advance(DAY_MS + HOUR_MS);
    this.witness.assertDelivered(() => true);
    const end = await this.world.stop(this.#running);
    this.witness.assertNoComplaint();
    expect(end).toEqual({ kind: "drained" });
    expect(this.world.clock.pendingSleeps).toBe(0);
    this.witness.assertAllSaved();
    for (const resource of RESOURCES) {
      const loaded = await this.world.store.load(prefixOf(resource));
      const open = loaded?.checkpoint.open ?? [];
      this.witness.assertCounts(open.map((blob) => ({ ...blob, length: blob.offset })));
    }
    this.witness.assertCounts(this.world.store.ledger);
    await this.#assertProven();
  }

  /** What `verify` would say: it counts again what was counted, whatever the windows were. */
  async #assertProven(): Promise<void> {
    for (const windowBytes of [7, 4_096]) {
      const steps = await proofSteps(this.world, {
        resourceKeys: RESOURCES.map(prefixOf),
        windowBytes,
      });
      const differing = blobsOf(steps).filter(({ verdict }) => verdict.findings.length > 0);
      expect(differing.map(({ name, claim, verdict }) => ({ name, claim, verdict }))).toEqual([]);
      expect(steps.filter(({ kind }) => kind === "fault")).toEqual([]);
    }
  }

  async abandon(): Promise<void> {
    await this.world.kill(this.#running);
  }

  /** A blob that comes back in the second of its creation could not be told from the old one. */
  async #avoidSameSecond(name: string): Promise<void> {
    const { container, clock } = this.world;
    if (container.createdAtOf(name) !== undefined) return;
    while (this.witness.hasLived(name, Math.floor(clock.now() / 1000) * 1000)) {
      await clock.advance(500);
    }
  }

  #textOf(name: string, piece: Piece): string {
    const record = `{"n":${this.#nextRecord++}}`;
    switch (piece) {
      case "record":
        return `${record}\n`;
      case "unwanted":
        return this.#unwantedLeft-- > 0 ? `{"unwanted":${this.#nextRecord}}\n` : `${record}\n`;
      case "bad":
        return `bad-${record}\n`;
      case "blank":
        return " \n\n";
      case "oversize":
        return `{"n":"${"x".repeat(250)}"}\n`;
      case "half":
        this.#halves.set(name, `${record.slice(4)}\n`);
        return record.slice(0, 4);
      case "no newline":
        this.#halves.set(name, "\n");
        return record;
    }
  }
}
